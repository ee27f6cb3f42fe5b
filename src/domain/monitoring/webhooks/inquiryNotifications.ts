import { isoTime } from "../../kernel/time.ts";
import type { InquiryAct, InquiryEvent } from "../../record/inquiryAct.ts";
import { datesOf, type KeptInquiry } from "../responses/inquiry.ts";
import type { Notification, NotificationType } from "./notification.ts";

/** What of an inquiry may leave the house: when the accesses were and until when it can be answered; neither who is asked nor about whom. */
type Told = Pick<InquiryAct, "dates" | "endsAt"> & { readonly accesses: number };
const dataOf = ({ accesses, dates, endsAt }: Told, state: string) => ({
  state,
  accesses,
  dates,
  endsAt: isoTime(endsAt),
});

const STEPS = {
  ASKED: ["scopewarden.inquiry.asked", "OPEN"],
  ANSWERED: ["scopewarden.inquiry.answered", "ANSWERED"],
  WITHDRAWN: ["scopewarden.inquiry.withdrawn", "WITHDRAWN"],
} as const satisfies Record<InquiryEvent, readonly [NotificationType, string]>;

/** Of a step that was taken. */
export function inquiryStep({ at, dates, decisionIds, endsAt, event, inquiryId: subject }: InquiryAct): Notification {
  const [type, state] = STEPS[event];
  const id = `inquiry:${subject}:${event.toLowerCase()}`;
  return { id, type, subject, at, data: dataOf({ accesses: decisionIds.length, dates, endsAt }, state) };
}

/** That nobody answered in time. */
export const unansweredInquiry = (kept: KeptInquiry, at: number): Notification => ({
  id: `reminder:inquiry:${kept.id}:unanswered`,
  type: "scopewarden.inquiry.unanswered",
  subject: kept.id,
  at,
  data: dataOf({ accesses: kept.accesses.length, dates: datesOf(kept), endsAt: kept.endsAt }, "EXPIRED"),
});
