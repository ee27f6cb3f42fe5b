import type { Caller } from "../domain/callers/types.ts";
import type { DecideGrantInput } from "../domain/decisions/granting/grantInput.ts";
import { printedReason } from "../domain/decisions/reasonText.ts";
import { reasonCountOf, summaryText } from "../domain/decisions/summaryText.ts";
import type { GrantRecord } from "../domain/decisions/types.ts";
import { badInput, ScopewardenError } from "../domain/kernel/errors.ts";
import { type Members, Reader, readBody } from "../domain/kernel/reader.ts";
import type { Api } from "./deps.ts";

/** Members that may be null as well as absent, as in the GraphQL input that this is the JSON of. */
const given = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));

function readSubject(json: Reader, value: unknown): DecideGrantInput["subject"] {
  const subject = json.optionalObject(value, "subject");
  if (subject === null) return null;
  const { id, type, organization, attributes } = given(subject);
  return {
    id: json.string(id, "subject.id") ?? "",
    type: json.optionalString(type, "subject.type"),
    organization: json.optionalString(organization, "subject.organization"),
    attributes,
  };
}

function readContext(json: Reader, value: unknown): DecideGrantInput["context"] {
  const context = json.optionalObject(value, "context");
  if (context === null) return null;
  const { patient, ipAddress, region, userAgent, tokenId, attributes } = given(context);
  return {
    patient: json.optionalString(patient, "context.patient"),
    ipAddress: json.optionalString(ipAddress, "context.ipAddress"),
    region: json.optionalString(region, "context.region"),
    userAgent: json.optionalString(userAgent, "context.userAgent"),
    tokenId: json.optionalString(tokenId, "context.tokenId"),
    attributes,
  };
}

function readGrant(members: Members, caller: Caller): DecideGrantInput {
  const json = new Reader();
  const { clientId, subject, scopes, heldScopes, purposeOfUse, context, requestId } = given(members);
  const named = json.optionalString(clientId, "clientId") ?? caller.defaultClientId;
  if (named === null && clientId === undefined)
    json.problem("clientId", "is missing, and this caller has no default client: name the OAuth client");
  if (scopes === undefined) json.problem("scopes", "is missing");
  const input: DecideGrantInput = {
    clientId: named ?? "",
    subject: readSubject(json, subject),
    scopes: json.optionalTokens(scopes, "scopes") ?? [],
    heldScopes: json.optionalTokens(heldScopes, "heldScopes"),
    purposeOfUse: json.optionalString(purposeOfUse, "purposeOfUse"),
    context: readContext(json, context),
    requestId: json.optionalString(requestId, "requestId"),
  };
  json.check();
  return input;
}

/** The record in the shape of the GraphQL type `GrantDecision`. */
function grantText(record: GrantRecord): string {
  const { id, outcome, scope, reasons, policyRevision, decidedAt, request, callerId, details } = record;
  return JSON.stringify({
    id,
    outcome,
    scope,
    scopes: details.scopes.map((grant) => ({
      ...grant,
      reasons: grant.reasons.map(printedReason),
      sunsetAt: grant.sunsetAt === null ? null : new Date(grant.sunsetAt).toISOString(),
    })),
    newScopes: details.newScopes,
    summary: summaryText(record),
    reasons: reasons.map(printedReason),
    reasonCount: reasonCountOf(record),
    policyRevision,
    decidedAt: new Date(decidedAt).toISOString(),
    clientId: request.clientId,
    subjectId: request.subject?.id ?? null,
    patient: request.context?.patient ?? null,
    purposeOfUse: request.purposeOfUse,
    callerId,
  });
}

const PATH = "input";
function withoutPrefix(error: unknown): unknown {
  return error instanceof ScopewardenError && error.problems.length > 0
    ? badInput(error.problems.map(({ path, message }) => ({ path: path.replace(`${PATH}.`, ""), message })))
    : error;
}

export const GRANT_PATH = "/access/v1/grant";

/** GraphQL's `decideGrant` for authorization servers that speak no GraphQL; no API of the AuthZEN standard. */
export const grant: Api = async (deps, caller, body) => {
  const input = readGrant(readBody(body), caller);
  try {
    return grantText(await deps.authorizer.decideGrant(caller, input, PATH));
  } catch (error) {
    throw withoutPrefix(error);
  }
};
