import type { Caller } from "../domain/callers/types.ts";
import type { DecideGrantInput } from "../domain/decisions/granting/grantInput.ts";
import { printedReason } from "../domain/decisions/reasonText.ts";
import type { GrantRecord } from "../domain/decisions/types.ts";
import { badInput, ScopewardenError } from "../domain/kernel/errors.ts";
import type { Api } from "./deps.ts";
import { JsonReader, type Members, readBody } from "./read.ts";

/** Members that may be null as well as absent, as in the GraphQL input that this is the JSON of. */
const given = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));

function readSubject(json: JsonReader, value: unknown): DecideGrantInput["subject"] {
  const subject = json.optionalObject(value, "subject");
  if (subject === null) return null;
  const { id, type, organization, attributes } = given(subject);
  return {
    id: json.text(id, "subject.id") ?? "",
    type: json.optionalText(type, "subject.type"),
    organization: json.optionalText(organization, "subject.organization"),
    attributes,
  };
}

function readContext(json: JsonReader, value: unknown): DecideGrantInput["context"] {
  const context = json.optionalObject(value, "context");
  if (context === null) return null;
  const { patient, ipAddress, region, userAgent, tokenId, attributes } = given(context);
  return {
    patient: json.optionalText(patient, "context.patient"),
    ipAddress: json.optionalText(ipAddress, "context.ipAddress"),
    region: json.optionalText(region, "context.region"),
    userAgent: json.optionalText(userAgent, "context.userAgent"),
    tokenId: json.optionalText(tokenId, "context.tokenId"),
    attributes,
  };
}

function readGrant(members: Members, caller: Caller): DecideGrantInput {
  const json = new JsonReader();
  const { clientId, subject, scopes, heldScopes, purposeOfUse, context, requestId } = given(members);
  const named = json.optionalText(clientId, "clientId") ?? caller.defaultClientId;
  if (named === null && clientId === undefined)
    json.problem("clientId", "is missing, and this caller has no default client: name the OAuth client");
  if (scopes === undefined) json.problem("scopes", "is missing");
  const input: DecideGrantInput = {
    clientId: named ?? "",
    subject: readSubject(json, subject),
    scopes: json.optionalTexts(scopes, "scopes") ?? [],
    heldScopes: json.optionalTexts(heldScopes, "heldScopes"),
    purposeOfUse: json.optionalText(purposeOfUse, "purposeOfUse"),
    context: readContext(json, context),
    requestId: json.optionalText(requestId, "requestId"),
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
    reasons: reasons.map(printedReason),
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
