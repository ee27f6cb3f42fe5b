import type {
  AccessRequestAct,
  AccessRequestEvent,
  AskedAccess,
  KeptState,
} from "../../consent/accessRequests/accessRequest.ts";
import { isoTime } from "../../kernel/time.ts";
import { withoutConstraint } from "../../scopes/withoutConstraint.ts";
import { type Notification, type NotificationType, plainId } from "./notification.ts";

/** What of an access request may leave the house: neither for whom it is, nor who asked, nor why. */
type Told = Omit<AskedAccess, "subject"> & { readonly expiresAt: number };

const dataOf = (state: KeptState, { role, organization, clientId, scope, minutes, expiresAt }: Told) => ({
  state,
  role,
  organization: plainId(organization),
  clientId,
  scope: scope === null ? null : withoutConstraint(scope),
  minutes,
  expiresAt: isoTime(expiresAt),
});

const STEPS = {
  REQUESTED: ["scopewarden.access_request.requested", "OPEN"],
  APPROVED: ["scopewarden.access_request.approved", "APPROVED"],
  REFUSED: ["scopewarden.access_request.refused", "REFUSED"],
  RETURNED: ["scopewarden.access_request.returned", "RETURNED"],
} as const satisfies Record<AccessRequestEvent, readonly [NotificationType, KeptState]>;

/** Of a step that was taken. */
export function accessRequestStep(act: AccessRequestAct): Notification {
  const [type, state] = STEPS[act.event];
  const id = `access-request:${act.requestId}:${act.event.toLowerCase()}`;
  return { id, type, subject: act.requestId, at: act.at, data: dataOf(state, act) };
}

const REMINDERS = {
  OPEN: ["scopewarden.access_request.waiting", "waiting"],
  APPROVED: ["scopewarden.access_request.ending", "ending"],
} as const satisfies Partial<Record<KeptState, readonly [NotificationType, string]>>;

/** That a request still waits for an answer, or that the access which it gave is about to end. */
export function accessRequestReminder(
  request: Told & { readonly id: string; readonly state: keyof typeof REMINDERS },
  at: number,
): Notification {
  const [type, what] = REMINDERS[request.state];
  return {
    id: `reminder:access-request:${request.id}:${what}`,
    type,
    subject: request.id,
    at,
    data: dataOf(request.state, request),
  };
}
