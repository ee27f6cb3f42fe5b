import { type OnRecord, open, PERSONAL, stepId } from "./onRecord.ts";

/** That somebody placed or lifted a legal hold: what it covers is not erased meanwhile. */
export interface LegalHoldAct {
  readonly event: "PLACED" | "LIFTED";
  readonly holdId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller. */
  readonly author: string;
  /** What it covers: acts that meet all of these; null: any. At least one is there. */
  readonly patient: string | null;
  readonly clientId: string | null;
  /** When the acts were, from and before, in milliseconds since 1970. */
  readonly from: number | null;
  readonly to: number | null;
  /** Why, in the words of who placed or lifted it. */
  readonly text: string;
}

export const legalHoldOnRecord = {
  words: "A legal hold was placed or lifted.",
  format: 1,
  id: stepId("legal-hold", "holdId"),
  time: "at",
  members: {
    ...open("event", "holdId", "at", "author", "clientId", "from", "to"),
    patient: PERSONAL,
    text: PERSONAL,
  },
  erased: "LASTING",
} as const satisfies OnRecord<LegalHoldAct>;
