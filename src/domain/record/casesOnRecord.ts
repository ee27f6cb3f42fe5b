import type { AccessRequestAct } from "../consent/accessRequests/accessRequest.ts";
import type { BreakGlassAct } from "../consent/breakGlass/breakGlass.ts";
import type { ConsentRequestAct } from "../consent/requests/consentRequest.ts";
import type { TokenRevocationAct } from "../consent/revocations/tokenRevocation.ts";
import type { RestrictionAct } from "../decisions/restrictions/restriction.ts";
import { type OnRecord, open, PERSONAL, SOMEBODY, stepId } from "./onRecord.ts";

const reference = open("id", "version");

export const accessRequestOnRecord = {
  words: "A step in the life of an access request.",
  format: 1,
  id: stepId("access-request", "requestId"),
  time: "at",
  members: {
    ...open("event", "requestId", "at", "author", "expiresAt", "policyRevision"),
    ...open("role", "organization", "clientId", "scope", "minutes"),
    subject: SOMEBODY,
    text: PERSONAL,
  },
  erased: "LASTING",
  notifies: true,
} as const satisfies OnRecord<AccessRequestAct>;

export const consentRequestOnRecord = {
  words: "A patient was asked for consent, or has answered.",
  format: 1,
  id: stepId("consent-request", "requestId"),
  time: "at",
  members: {
    ...open("event", "requestId", "at", "author", "decisionId", "expiresAt"),
    ...open("clientId", "purposes", "scopes", "grantAction", "grantId"),
    answer: { by: SOMEBODY, ...open("relation", "agreed", "refused"), consent: reference },
    inTheWay: [reference],
    patient: PERSONAL,
    subject: SOMEBODY,
  },
  erased: "LASTING",
} as const satisfies OnRecord<ConsentRequestAct>;

export const breakGlassOnRecord = {
  words: "A step in the life of an emergency.",
  format: 1,
  id: stepId("break-glass", "breakGlassId"),
  time: "at",
  members: {
    ...open("event", "breakGlassId", "version", "at", "author", "organization", "endsAt", "reviewDueAt", "justified"),
    patient: PERSONAL,
    subject: SOMEBODY,
    text: PERSONAL,
  },
  erased: "LASTING",
  notifies: true,
} as const satisfies OnRecord<BreakGlassAct>;

export const restrictionOnRecord = {
  words: "A restriction was imposed or lifted.",
  format: 1,
  id: stepId("restriction", "restrictionId"),
  time: "at",
  members: {
    ...open("event", "restrictionId", "response", "alertId", "clientId", "endsAt", "at", "author"),
    rule: open("organization", "revision"),
    subject: SOMEBODY,
    text: PERSONAL,
  },
  erased: "LASTING",
  notifies: true,
} as const satisfies OnRecord<RestrictionAct>;

export const tokenRevocationOnRecord = {
  words: "Tokens were revoked, or that was ended.",
  format: 1,
  id: stepId("token-revocation", "revocationId"),
  time: "at",
  members: {
    ...open("event", "revocationId", "at", "author", "issuer", "clientId", "until"),
    person: PERSONAL,
    text: PERSONAL,
    tokenId: PERSONAL,
  },
  erased: "LASTING",
} as const satisfies OnRecord<TokenRevocationAct>;
