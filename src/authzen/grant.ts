import type { Caller } from "../domain/callers/types.ts";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { DecideGrantInput } from "../domain/decisions/granting/grantInput.ts";
import { scopeWords } from "../domain/decisions/granting/scopeWords.ts";
import { printedReason } from "../domain/decisions/reasonText.ts";
import { reasonCountOf, summaryText } from "../domain/decisions/summaryText.ts";
import type { GrantRecord } from "../domain/decisions/types.ts";
import { badInput, ScopewardenError } from "../domain/kernel/errors.ts";
import { type Members, Reader, readBody } from "../domain/kernel/reader.ts";
import { clipped } from "../domain/kernel/text.ts";
import type { Snapshot } from "../domain/policy/snapshot.ts";
import type { Api } from "./deps.ts";

type Names<Part> = { readonly [Name in keyof Part]-?: true };

/** What a request may have, in the domain's names: on the wire they are in snake_case. */
const GRANT: Names<DecideGrantInput> = {
  clientId: true,
  subject: true,
  scopes: true,
  heldScopes: true,
  languages: true,
  purposeOfUse: true,
  context: true,
  requestId: true,
};
const SUBJECT: Names<NonNullable<AuthorizeInput["subject"]>> = {
  id: true,
  type: true,
  organization: true,
  roles: true,
  attributes: true,
};
const CONTEXT: Names<NonNullable<AuthorizeInput["context"]>> = {
  patient: true,
  ipAddress: true,
  region: true,
  userAgent: true,
  tokenId: true,
  attributes: true,
};

/** `purposeOfUse` as `purpose_of_use`. */
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A JSON value of our own making with the names of its members in snake_case, however deep they stand. */
function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [snakeCase(name), inSnakeCase(member)]));
}

/**
 * The members of a part by the domain's names, null like absent. Any other member is a problem: a misspelt one, left out
 * without a word, could widen what is granted.
 */
function membersOf<Name extends string>(
  json: Reader,
  part: Members,
  { names, path = "" }: { readonly names: { readonly [N in Name]: true }; readonly path?: string },
): { readonly [N in Name]?: unknown } {
  const ours = new Map(Object.keys(names).map((name) => [snakeCase(name), name]));
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(part)) {
    const known = ours.get(name);
    if (known === undefined)
      json.problem(path + clipped(name, 100), `is not known here; there are ${[...ours.keys()].join(", ")}`);
    else if (value !== null) found[known] = value;
  }
  return found as { readonly [N in Name]?: unknown };
}

function readSubject(json: Reader, value: unknown): DecideGrantInput["subject"] {
  const subject = json.optionalObject(value, "subject");
  if (subject === null) return null;
  const { id, type, organization, roles, attributes } = membersOf(json, subject, { names: SUBJECT, path: "subject." });
  return {
    id: json.string(id, "subject.id") ?? "",
    type: json.optionalString(type, "subject.type"),
    organization: json.optionalString(organization, "subject.organization"),
    roles: json.optionalStrings(roles, "subject.roles"),
    attributes,
  };
}

function readContext(json: Reader, value: unknown): DecideGrantInput["context"] {
  const context = json.optionalObject(value, "context");
  if (context === null) return null;
  const members = membersOf(json, context, { names: CONTEXT, path: "context." });
  return {
    patient: json.optionalString(members.patient, "context.patient"),
    ipAddress: json.optionalString(members.ipAddress, "context.ip_address"),
    region: json.optionalString(members.region, "context.region"),
    userAgent: json.optionalString(members.userAgent, "context.user_agent"),
    tokenId: json.optionalString(members.tokenId, "context.token_id"),
    attributes: members.attributes,
  };
}

function readGrant(body: Members, caller: Caller): DecideGrantInput {
  const json = new Reader();
  const members = membersOf(json, body, { names: GRANT });
  const { clientId, scopes } = members;
  const named = json.optionalString(clientId, "client_id") ?? caller.defaultClientId;
  if (named === null && clientId === undefined)
    json.problem("client_id", "is missing, and this caller has no default client: name the OAuth client");
  if (scopes === undefined) json.problem("scopes", "is missing");
  const input: DecideGrantInput = {
    clientId: named ?? "",
    subject: readSubject(json, members.subject),
    scopes: json.optionalTokens(scopes, "scopes") ?? [],
    heldScopes: json.optionalTokens(members.heldScopes, "held_scopes"),
    languages: json.optionalStrings(members.languages, "languages"),
    purposeOfUse: json.optionalString(members.purposeOfUse, "purpose_of_use"),
    context: readContext(json, members.context),
    requestId: json.optionalString(members.requestId, "request_id"),
  };
  json.check();
  return input;
}

const timeText = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** The record with the members of the GraphQL type `GrantDecision`, in snake_case. */
function grantText(record: GrantRecord, snapshot: Snapshot): string {
  const { id, outcome, scope, reasons, policyRevision, decidedAt, request, callerId, details } = record;
  const answer = {
    id,
    outcome,
    scope,
    scopes: details.scopes.map((grant) => ({
      ...grant,
      ...scopeWords(snapshot, grant, request.languages),
      reasons: grant.reasons.map(printedReason),
      sunsetAt: timeText(grant.sunsetAt),
      validUntil: timeText(grant.validUntil),
    })),
    newScopes: details.newScopes,
    summary: summaryText(record),
    reasons: reasons.map(printedReason),
    reasonCount: reasonCountOf(record),
    policyRevision,
    decidedAt: new Date(decidedAt).toISOString(),
    clientId: request.clientId,
    subjectId: request.subject?.id ?? null,
    subjectType: request.subject?.type ?? null,
    patient: request.context?.patient ?? null,
    purposeOfUse: request.purposeOfUse,
    callerId,
  };
  return JSON.stringify(inSnakeCase(answer));
}

const PATH = "input";
/** Problems that the domain found, with the paths that the caller knows. */
function inCallersWords(error: unknown): unknown {
  return error instanceof ScopewardenError && error.problems.length > 0
    ? badInput(error.problems.map(({ path, message }) => ({ path: snakeCase(path.replace(`${PATH}.`, "")), message })))
    : error;
}

export const GRANT_PATH = "/access/v1/grant";

/** GraphQL's `decideGrant` for authorization servers that speak no GraphQL; no API of the AuthZEN standard. */
export const grant: Api = async (deps, caller, body) => {
  const input = readGrant(readBody(body), caller);
  try {
    return grantText(await deps.authorizer.decideGrant(caller, input, PATH), deps.facts().snapshot);
  } catch (error) {
    throw inCallersWords(error);
  }
};
