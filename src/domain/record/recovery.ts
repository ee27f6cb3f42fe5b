import { type OnRecord, onceId, open } from "./onRecord.ts";

/**
 * Somebody has accepted that the journal is not what it was, and that the service goes on with what is there; `RESTORED`: has put a
 * backup in an empty place, where nothing says how far the journal was.
 */
export interface RecoveryAct {
  /** Who answers for it, as they called themselves on the machine. */
  readonly author: string;
  readonly reason: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  readonly finding: "ACTS_MISSING" | "ANOTHER_JOURNAL" | "MARK_UNREADABLE" | "RESTORED";
  /** The position that the journal had reached; null where nobody knows it any more. */
  readonly expectedPosition: number | null;
  /** The position at which it ended when this was accepted; later acts have the positions after it. */
  readonly foundPosition: number;
}

export const recoveryOnRecord = {
  words: "Somebody goes on with a journal that is not all there.",
  format: 1,
  id: onceId("recovery"),
  time: "at",
  members: open("author", "reason", "at", "finding", "expectedPosition", "foundPosition"),
  erased: "NOBODY",
} as const satisfies OnRecord<RecoveryAct>;
