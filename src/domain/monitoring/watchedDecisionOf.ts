import { decisionSubject } from "../decisions/decisionSubject.ts";
import { scopesUsed } from "../decisions/scopesUsed.ts";
import type { AccessRequest, DecisionRecord, GrantRequest } from "../decisions/types.ts";
import type { NetworkPlace, WatchedDecision, WatchedEmergency, WatchedPatient, Widening } from "./watchedDecision.ts";

/** The scopes it rests on that are deprecated, and when they end. */
function sunsetsOf(record: DecisionRecord): { readonly scope: string; readonly endsAt: number }[] {
  if (record.kind === "GRANT")
    return record.details.scopes.flatMap(({ scopes, sunsetAt }) =>
      sunsetAt === null ? [] : scopes.map((scope) => ({ scope, endsAt: sunsetAt })),
    );
  return record.reasons.flatMap((reason) =>
    reason.code === "SCOPE_DEPRECATED" && reason.scope !== null
      ? [{ scope: reason.scope, endsAt: reason.parameters.sunsetAt }]
      : [],
  );
}

/** A decision as watching sees it. `request` is merged with what the directory had. */
export function watchedDecisionOf(
  record: DecisionRecord,
  of: {
    readonly position: number;
    readonly request: AccessRequest | GrantRequest;
    readonly roles: readonly string[];
    readonly unit: string | null;
    readonly patients: readonly WatchedPatient[];
    readonly place: NetworkPlace | null;
    readonly widened: Widening | null;
    readonly emergency: WatchedEmergency | null;
  },
): WatchedDecision {
  const { emergency, patients, place, position, request, roles, unit, widened } = of;
  const { callerId, decidedAt: at, id, kind, outcome } = record;
  const { clientId, purposeOfUse, scopes: scopesAsked, subject } = request;
  const resource = "resource" in request ? request.resource : null;
  const about = resource === null ? null : decisionSubject(record);
  const carried = record.kind === "GRANT" ? (record.scope?.split(" ") ?? []) : scopesUsed(record);
  const sunsets = outcome === "ALLOW" ? sunsetsOf(record) : [];
  const reasons = [...new Set(record.reasons.map(({ code }) => code))];
  return {
    id,
    position,
    at,
    kind,
    outcome,
    reasons,
    callerId,
    clientId,
    roles,
    unit,
    scopesAsked,
    patients,
    purposeOfUse,
    place,
    action: about?.action ?? null,
    resourceId: about?.resourceId ?? null,
    resourceType: about?.resourceType ?? null,
    subject: subject === null ? null : { type: subject.type, id: subject.id },
    scopesUsed: carried,
    labels: [...(resource?.labels ?? [])].sort(),
    organization: resource?.organization ?? null,
    breakGlass: reasons.includes("BREAK_GLASS"),
    ...(widened !== null && { widened }),
    ...(sunsets.length > 0 && { sunsets }),
    ...(emergency !== null && { emergency }),
  };
}
