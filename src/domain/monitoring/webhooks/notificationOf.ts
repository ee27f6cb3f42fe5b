import type { RecordedAct } from "../../record/acts.ts";
import type { ActKind, NotifyingKind, RecordOf } from "../../record/kinds.ts";
import { accessRequestStep } from "./accessRequestNotifications.ts";
import { alertStep } from "./alertNotifications.ts";
import { breakGlassStep } from "./breakGlassNotifications.ts";
import { inquiryStep } from "./inquiryNotifications.ts";
import type { Notification } from "./notification.ts";
import { restrictionStep } from "./restrictionNotifications.ts";
import { reviewStep } from "./reviewNotifications.ts";

/** The kinds of acts that receivers are told of, and how. */
const TELLING: { readonly [Kind in NotifyingKind]: (record: RecordOf<Kind>) => Notification | null } = {
  ACCESS_REQUEST: accessRequestStep,
  BREAK_GLASS: breakGlassStep,
  REVIEW: reviewStep,
  ALERT: alertStep,
  INQUIRY: inquiryStep,
  RESTRICTION: restrictionStep,
};

export const TOLD_KINDS = Object.keys(TELLING) as readonly ActKind[];

/** What receivers are told of an act; null: nothing. */
export function notificationOf(act: RecordedAct): Notification | null {
  const tell = (TELLING as { readonly [Kind in ActKind]?: unknown })[act.kind] as
    | ((record: RecordedAct["record"]) => Notification | null)
    | undefined;
  return tell?.(act.record) ?? null;
}
