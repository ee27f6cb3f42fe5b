import { type OnRecord, onceId, open, PERSONAL } from "./onRecord.ts";

/** That checkpoints of the record are to be signed with another key. It stands under the last one that the key before signed. */
export interface CheckpointKeyAct {
  readonly event: "ROTATED";
  /** The public key until then. */
  readonly before: string;
  /** The public key from then on. */
  readonly publicKey: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller. */
  readonly author: string;
  /** Why, in their words. */
  readonly text: string;
}

export const checkpointKeyOnRecord = {
  words: "Another key signs checkpoints.",
  format: 1,
  id: onceId("checkpoint-key"),
  time: "at",
  members: { ...open("event", "before", "publicKey", "at", "author"), text: PERSONAL },
  erased: "LASTING",
} as const satisfies OnRecord<CheckpointKeyAct>;
