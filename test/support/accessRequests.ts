import type { CallerSubject } from "../../src/domain/callers/types.ts";
import type { KeptAccessRequest } from "../../src/domain/consent/accessRequests/accessRequest.ts";

export { actOf as requestAct } from "../../src/domain/consent/accessRequests/accessRequest.ts";

const person = (id: string): CallerSubject => ({ type: "user", id, issuer: null });

/** An access request as it is kept: `portal` asks for nora to be a nurse in the ward for two hours. */
export const keptRequest = (id: string, more: Partial<KeptAccessRequest> = {}): KeptAccessRequest => ({
  id,
  state: "OPEN",
  subject: { type: "user", id: "nora" },
  role: "nurse",
  organization: "ward",
  clientId: null,
  scope: null,
  minutes: 120,
  reason: "a test",
  requestedBy: { callerId: "key:portal", subject: { type: "client", id: "portal", issuer: null } },
  createdAt: 10,
  baseRevision: 0,
  expiresAt: 1_000,
  decided: null,
  given: null,
  returned: null,
  policyRevision: null,
  ...more,
});

export const decidedBy = (who: string, at = 20): NonNullable<KeptAccessRequest["decided"]> => ({
  at,
  by: { callerId: `key:${who}`, subject: person(who) },
  reason: "I know of it",
});
