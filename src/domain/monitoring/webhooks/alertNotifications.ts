import type { AlertAct } from "../../record/alertAct.ts";
import type { Notification, NotificationType } from "./notification.ts";

const STEPS: { readonly [Event in AlertAct["event"]]: readonly [NotificationType, string] | null } = {
  OPENED: ["scopewarden.alert.opened", "OPEN"],
  ACKNOWLEDGED: null,
  CLOSED: ["scopewarden.alert.closed", "CLOSED"],
  CORRECTED: null,
};

/** That an alert was opened or closed, with what was found by which detectors, and of nobody by name; null: of other steps nobody is told. */
export function alertStep({
  alertId,
  at,
  count,
  detectors,
  event,
  points,
  severity,
  verdict,
}: AlertAct): Notification | null {
  const step = STEPS[event];
  if (step === null) return null;
  const [type, state] = step;
  const id = `alert:${alertId}:${event.toLowerCase()}`;
  return { id, type, subject: alertId, at, data: { state, severity, detectors, points, count, verdict } };
}
