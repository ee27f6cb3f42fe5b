import { type OnRecord, open, PERSONAL, SOMEBODY, stepId } from "./onRecord.ts";

/** What happens to an inquiry. That it ends by itself is no act: when it does stands in the first. */
export type InquiryEvent = "ASKED" | "ANSWERED" | "WITHDRAWN";

/** Somebody by type and id. */
interface Named {
  readonly type: string;
  readonly id: string;
}

/** A step in the life of an inquiry: a person was asked about accesses, has answered, or need not any more. */
export interface InquiryAct {
  readonly event: InquiryEvent;
  readonly inquiryId: string;
  readonly alertId: string;
  /** Who is asked. */
  readonly subject: Named;
  readonly decisionIds: readonly string[];
  /** The days of those accesses, in UTC. */
  readonly dates: readonly string[];
  readonly endsAt: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller who took the step. */
  readonly author: string;
  /** Of ANSWERED: who did, as the caller says, and what it was for. */
  readonly answeredBy: Named | null;
  readonly reasonCode: string | null;
  /** Why it was asked or withdrawn, or what was answered. */
  readonly text: string;
}

export const inquiryOnRecord = {
  words: "A step in the life of an inquiry.",
  format: 1,
  id: stepId("inquiry", "inquiryId"),
  time: "at",
  members: {
    ...open("event", "inquiryId", "alertId", "decisionIds", "dates", "endsAt", "at", "author", "reasonCode"),
    answeredBy: SOMEBODY,
    subject: SOMEBODY,
    text: PERSONAL,
  },
  erased: "LASTING",
  notifies: true,
} as const satisfies OnRecord<InquiryAct>;
