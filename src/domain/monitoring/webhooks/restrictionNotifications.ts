import type { KeptRestriction, RestrictionAct, RestrictionEvent } from "../../decisions/restrictions/restriction.ts";
import { isoTime } from "../../kernel/time.ts";
import type { Notification, NotificationType } from "./notification.ts";

/** What of a restriction may leave the house: in which way and until when; neither whose access it is nor why. */
type Told = Pick<RestrictionAct, "alertId" | "endsAt" | "response"> & { readonly of: "CLIENT" | "SUBJECT" };

const dataOf = ({ alertId, endsAt, of, response }: Told, state: string) => ({
  state,
  response,
  of,
  alertId,
  endsAt: isoTime(endsAt),
});

const STEPS = {
  IMPOSED: ["scopewarden.restriction.imposed", "IN_FORCE"],
  LIFTED: ["scopewarden.restriction.lifted", "LIFTED"],
} as const satisfies Record<RestrictionEvent, readonly [NotificationType, string]>;

/** Of a step that was taken. */
export function restrictionStep(act: RestrictionAct): Notification {
  const { at, clientId, event, restrictionId: subject } = act;
  const [type, state] = STEPS[event];
  const of = clientId === null ? "SUBJECT" : "CLIENT";
  const id = `restriction:${subject}:${event.toLowerCase()}`;
  return { id, type, subject, at, data: dataOf({ ...act, of }, state) };
}

/** That its time is over. */
export const endedRestriction = (kept: KeptRestriction, at: number): Notification => ({
  id: `reminder:restriction:${kept.id}:ended`,
  type: "scopewarden.restriction.ended",
  subject: kept.id,
  at,
  data: dataOf({ ...kept, of: kept.holder.kind }, "ENDED"),
});
