import { reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRecord, AccessRequest } from "../../src/domain/decisions/types.ts";

let count = 0;

/** A question with everything absent but what a test is about. */
export function accessRequest(
  more: Partial<Omit<AccessRequest, "resource">> & { readonly resource?: Partial<AccessRequest["resource"]> } = {},
): AccessRequest {
  const resource = {
    type: "Observation",
    id: null,
    patient: null,
    patients: null,
    organization: null,
    labels: null,
    attributes: null,
    ...more.resource,
  };
  return {
    clientId: "app",
    subject: null,
    scopes: null,
    action: "read",
    purposeOfUse: null,
    context: null,
    requestId: null,
    ...more,
    resource,
  };
}

/** It, as the journal keeps it when it was allowed. */
export function allowedRecord(request: AccessRequest, scope: string, decidedAt: number): AccessRecord {
  return {
    kind: "ACCESS",
    id: `d${++count}`,
    decidedAt,
    callerId: "key:1",
    outcome: "ALLOW",
    scope,
    reasons: [reason("ALLOWED_BY_RULE", { ruleId: "r", scope })],
    obligations: [],
    policyRevision: 1,
    semantics: 1,
    request,
  };
}

/** Where records that name no version are made again. */
export const NO_VERSIONS = {
  directory: { version: async () => null },
  consents: { versions: async () => [] },
  breakGlasses: { versions: async () => [] },
  restrictions: { versions: async () => [] },
};
