import type { AlertAct } from "../../record/alertAct.ts";
import type { Notification, NotificationType } from "./notification.ts";

const STEPS: { readonly [Event in AlertAct["event"]]: readonly [NotificationType, string] | null } = {
  OPENED: ["scopewarden.alert.opened", "OPEN"],
  ACKNOWLEDGED: null,
  CLOSED: ["scopewarden.alert.closed", "CLOSED"],
  CORRECTED: null,
  REOPENED: ["scopewarden.alert.reopened", "OPEN"],
};

/** That an alert was opened, closed, or opened again, with what was found by which detectors, and of nobody by name; null: of other steps nobody is told. */
export function alertStep({
  alertId,
  at,
  count,
  detectors,
  earlier,
  event,
  points,
  severity,
  verdict,
}: AlertAct): Notification | null {
  const step = STEPS[event];
  if (step === null) return null;
  const [type, state] = step;
  // An alert is closed more than once where a verdict was taken back.
  const id = `alert:${alertId}:${event.toLowerCase()}${earlier === undefined ? "" : `:${earlier}`}`;
  return { id, type, subject: alertId, at, data: { state, severity, detectors, points, count, verdict } };
}
