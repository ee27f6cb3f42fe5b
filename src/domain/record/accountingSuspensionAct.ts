import { type OnRecord, open, PERSONAL, SOMEBODY, stepId } from "./onRecord.ts";

/** That somebody suspended a patient's right to an accounting of disclosures to a recipient, or ended that before its time. */
export interface AccountingSuspensionAct {
  readonly event: "SUSPENDED" | "ENDED";
  readonly suspensionId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller. */
  readonly author: string;
  readonly patient: string;
  /** One of these; the others are null. */
  readonly recipient: {
    readonly clientId: string | null;
    readonly subject: { readonly id: string; readonly type: string } | null;
    readonly organization: string | null;
  };
  readonly statement: "WRITTEN" | "ORAL";
  /** Who made the statement, and for which agency. */
  readonly by: string;
  /** Until when it holds, in milliseconds since 1970. */
  readonly until: number;
  /** Why, in the words of who recorded it. */
  readonly text: string;
}

export const accountingSuspensionOnRecord = {
  words: "A patient's right to an accounting of disclosures was suspended towards a recipient, or that was ended.",
  format: 1,
  id: stepId("accounting-suspension", "suspensionId"),
  time: "at",
  members: {
    ...open("event", "suspensionId", "at", "author", "statement", "until"),
    recipient: { ...open("clientId", "organization"), subject: SOMEBODY },
    by: PERSONAL,
    patient: PERSONAL,
    text: PERSONAL,
  },
  erased: "LASTING",
} as const satisfies OnRecord<AccountingSuspensionAct>;
