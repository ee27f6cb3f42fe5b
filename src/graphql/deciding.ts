import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import { decisionSubject } from "../domain/decisions/decisionSubject.ts";
import type { DecideGrantInput } from "../domain/decisions/granting/grantInput.ts";
import type { DecisionRecord } from "../domain/decisions/types.ts";
import { badInput, ScopewardenError } from "../domain/kernel/errors.ts";
import type { GraphqlContext } from "./context.ts";
import { reasonsOf, scopeGrantOf } from "./recordedReason.ts";

/** How many decisions one batch may ask for. */
export const MAX_BATCH = 100;

/** A record of the journal in the contract's form. */
export function decisionOf(record: DecisionRecord) {
  const { clientId, subject, purposeOfUse } = record.request;
  const { action, resourceType, resourceId, patient } = decisionSubject(record);
  const grant = record.kind === "GRANT" ? record.details : null;
  // Member by member: to spread two objects costs several times as much, and a batch has many.
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

/** @throws ScopewardenError as the authorizer does */
export async function authorizeOne(ctx: GraphqlContext, input: AuthorizeInput) {
  const [record] = await ctx.domain.authorizer.authorize(ctx.caller, [input], () => "input");
  if (record === undefined) throw new ScopewardenError("INTERNAL", "no decision for an input");
  return decisionOf(record);
}

/** @throws ScopewardenError as the authorizer does, and BAD_USER_INPUT for too many */
export async function authorizeAll(ctx: GraphqlContext, inputs: readonly AuthorizeInput[]) {
  if (inputs.length > MAX_BATCH)
    throw badInput([{ path: "inputs", message: `must have at most ${MAX_BATCH} items, not ${inputs.length}` }]);
  const records = await ctx.domain.authorizer.authorize(ctx.caller, inputs, (i) => `inputs[${i}]`);
  return records.map(decisionOf);
}

/** @throws ScopewardenError as the authorizer does */
export async function decideScopes(ctx: GraphqlContext, input: DecideGrantInput) {
  const record = await ctx.domain.authorizer.decideGrant(ctx.caller, input, "input");
  const { scopeGrants, newScopes, ...decision } = decisionOf(record);
  return { ...decision, scopes: scopeGrants ?? [], newScopes: newScopes ?? [], request: record.request };
}
