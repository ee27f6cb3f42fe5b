import type { BreakGlassAct, BreakGlassEvent, KeptBreakGlass } from "../../consent/breakGlass/breakGlass.ts";
import { isoTime } from "../../kernel/time.ts";
import { type Notification, type NotificationType, plainId } from "./notification.ts";

/** What of an emergency may leave the house: neither whose it is, nor about whom, nor why. */
type Told = Pick<KeptBreakGlass, "endsAt" | "organization" | "reviewDueAt">;

const dataOf = ({ endsAt, organization, reviewDueAt }: Told, justified: boolean | null) => ({
  organization: plainId(organization),
  endsAt: isoTime(endsAt),
  reviewDueAt: isoTime(reviewDueAt),
  justified,
});

const STEPS = {
  OPENED: "scopewarden.break_glass.opened",
  ENDED: "scopewarden.break_glass.ended",
  REVIEWED: "scopewarden.break_glass.reviewed",
} as const satisfies Record<BreakGlassEvent, NotificationType>;

/** Of a step that was taken. */
export function breakGlassStep(act: BreakGlassAct): Notification {
  const { at, breakGlassId: subject, event, justified } = act;
  const id = `break-glass:${subject}:${event.toLowerCase()}`;
  return { id, type: STEPS[event], subject, at, data: dataOf(act, justified) };
}

/** That the time is over in which somebody else should have reviewed it. */
export const overdueReview = (kept: KeptBreakGlass, at: number): Notification => ({
  id: `reminder:break-glass:${kept.id}:overdue`,
  type: "scopewarden.break_glass.review_overdue",
  subject: kept.id,
  at,
  data: dataOf(kept, null),
});
