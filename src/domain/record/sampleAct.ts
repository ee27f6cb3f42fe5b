import { type OnRecord, open, PERSONAL } from "./onRecord.ts";

/** A step of a weekly sample: it was drawn, or somebody judged one of its accesses. */
export interface SampleAct {
  readonly event: "DRAWN" | "JUDGED";
  /** When its week begins, in milliseconds since 1970. */
  readonly week: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller who took the step; of DRAWN who asked for it first. */
  readonly author: string;
  /** From how many accesses it was drawn. */
  readonly population: number;
  /** Of DRAWN all its decisions, of JUDGED the one. */
  readonly decisionIds: readonly string[];
  /** Of JUDGED, as the text. */
  readonly verdict: string | null;
  readonly text: string | null;
}

export const sampleOnRecord = {
  words: "A weekly sample was drawn, or an access of it was judged.",
  format: 1,
  // The access that was judged tells judgements apart.
  id: ({ week }, accessId) => (accessId === "" ? `sample:${week}:drawn` : `sample:${accessId}:judged`),
  time: "at",
  members: {
    ...open("event", "week", "at", "author", "population", "decisionIds", "verdict"),
    text: PERSONAL,
  },
  erased: "LASTING",
} as const satisfies OnRecord<SampleAct>;
