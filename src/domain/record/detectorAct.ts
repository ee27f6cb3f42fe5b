import { type OnRecord, open, PERSONAL } from "./onRecord.ts";

/** How a detector is set. */
interface DetectorTerms {
  readonly mode: string;
  /** Those that are not as they come. */
  readonly parameters: { readonly [name: string]: number };
  readonly alertsPerWeek: number | null;
}

/** That somebody set a detector: as it is from then on, and as it was before. */
export interface DetectorAct extends DetectorTerms {
  readonly detector: string;
  /** From 1, of each detector. */
  readonly version: number;
  readonly before: DetectorTerms;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller. */
  readonly author: string;
  /** Why, in their words. */
  readonly text: string;
}

const terms = open("mode", "parameters", "alertsPerWeek");

export const detectorOnRecord = {
  words: "A detector was set.",
  format: 1,
  id: ({ detector, version }) => `detector:${detector}:${version}`,
  time: "at",
  members: { ...terms, ...open("detector", "version", "at", "author"), before: terms, text: PERSONAL },
  erased: "LASTING",
} as const satisfies OnRecord<DetectorAct>;
