import { decisionSubject } from "../domain/decisions/decisionSubject.ts";
import type { DecisionRecord } from "../domain/decisions/types.ts";
import { reasonsOf, scopeGrantOf } from "./recordedReason.ts";

/** A record of the journal in the contract's form. */
export function decisionOf(record: DecisionRecord) {
  const { clientId, subject, purposeOfUse } = record.request;
  const { action, resourceType, resourceId, patient } = decisionSubject(record);
  const grant = record.kind === "GRANT" ? record.details : null;
  // Member by member, as spreading two objects is dear where a batch has many.
  return {
    id: record.id,
    kind: record.kind,
    outcome: record.outcome,
    scope: record.scope,
    reasons: reasonsOf(record.reasons),
    obligations: record.obligations,
    policyRevision: record.policyRevision,
    decidedAt: record.decidedAt,
    clientId,
    subjectId: subject?.id ?? null,
    action,
    resourceType,
    resourceId,
    patient,
    purposeOfUse,
    request: record.request,
    callerId: record.callerId,
    scopeGrants: grant?.scopes.map(scopeGrantOf) ?? null,
    newScopes: grant?.newScopes ?? null,
  };
}
