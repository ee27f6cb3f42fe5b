import { identifierProblem, seenTextProblem, textProblem } from "../../kernel/text.ts";
import { isProtocolScope, protocolListProblem } from "../../scopes/protocol.ts";
import { explainSmartScope, looksLikeSmart } from "../../scopes/smart.ts";
import type { MemberOf } from "../members.ts";
import type {
  AssignRole,
  ClientRef,
  GrantScope,
  PutClient,
  PutMode,
  PutRole,
  RoleRef,
  UpdateClient,
  UpdateRole,
} from "../operations.ts";
import { ALL_ORGANIZATIONS, type Assignment, holderKey, holderText, rowKey, USER, type Validity } from "../types.ts";
import { readContent, type Said, type Write } from "./content.ts";
import type { Draft } from "./draft.ts";

/** Protocol scopes in one client's list. */
const MAX_PROTOCOL_SCOPES = 100;

function checkProtocolScopes(draft: Draft, scopes: readonly string[] | null, path: string): boolean {
  if (scopes === null) return true;
  const few = scopes.length <= MAX_PROTOCOL_SCOPES ? null : `must have at most ${MAX_PROTOCOL_SCOPES} items`;
  if (!draft.expect(path, few)) return false;
  return scopes.map((item, i) => draft.expect(`${path}[${i}]`, protocolListProblem(item))).every((good) => good);
}

function writeClient(draft: Draft, input: PutClient | UpdateClient, { path, update }: Write): void {
  const { id } = input;
  const before = draft.snapshot.clients.get(id) ?? null;
  const known = draft.expect(`${path}.id`, identifierProblem(id));
  const said = { ...input, protocolScopes: input.protocolScopes && [...new Set(input.protocolScopes)].sort() };
  const content = readContent(draft, "client", { input: said, before, update, path, what: `client ${id}` });
  if (content === null) return;
  const { name, description } = content;
  const named = draft.expect(`${path}.name`, name.trim() === "" ? "must not be empty" : seenTextProblem(name, 256));
  const described = draft.expect(`${path}.description`, textProblem(description ?? "", 2000));
  const listed = checkProtocolScopes(draft, content.protocolScopes, `${path}.protocolScopes`);
  if (known && named && described && listed) draft.put("client", { id, ...content }, path);
}

export function putClient(draft: Draft, input: PutClient, path: string, mode: PutMode): void {
  const exists = draft.snapshot.clients.has(input.id);
  if (draft.expectMode(mode, exists, `${path}.id`, `client ${input.id}`))
    writeClient(draft, input, { path, update: false });
}

export function updateClient(draft: Draft, input: UpdateClient, path: string): void {
  const exists = draft.snapshot.clients.has(input.id);
  if (draft.expectThere(exists, `${path}.id`, `client ${input.id}`)) writeClient(draft, input, { path, update: true });
}

export function deleteClient(draft: Draft, ref: ClientRef, path: string): void {
  if (!draft.snapshot.clients.has(ref.id)) draft.problem(`${path}.id`, `there is no client ${ref.id}`);
  draft.remove("client", ref.id, path);
}

function writeRole(draft: Draft, input: PutRole | UpdateRole, { path, update }: Write): void {
  const { name, inherits } = input;
  const before = draft.snapshot.roles.get(name) ?? null;
  const said = { ...input, inherits: inherits && [...new Set(inherits)].sort() };
  const known = draft.expect(`${path}.name`, identifierProblem(name));
  const content = readContent(draft, "role", { input: said, before, update, path, what: `role ${name}` });
  if (content === null) return;
  const described = draft.expect(`${path}.description`, textProblem(content.description ?? "", 2000));
  if (known && described) draft.put("role", { name, ...content }, path);
}

export function putRole(draft: Draft, input: PutRole, path: string, mode: PutMode): void {
  const exists = draft.snapshot.roles.has(input.name);
  if (draft.expectMode(mode, exists, `${path}.name`, `role ${input.name}`))
    writeRole(draft, input, { path, update: false });
}

export function updateRole(draft: Draft, input: UpdateRole, path: string): void {
  const exists = draft.snapshot.roles.has(input.name);
  if (draft.expectThere(exists, `${path}.name`, `role ${input.name}`)) writeRole(draft, input, { path, update: true });
}

export function deleteRole(draft: Draft, ref: RoleRef, path: string): void {
  if (!draft.snapshot.roles.has(ref.name)) draft.problem(`${path}.name`, `there is no role ${ref.name}`);
  draft.remove("role", ref.name, path);
}

/**
 * The validity period that a grant or an assignment is put with. An end in the past would be no permission at all; one that
 * has come since, and is said again, changes nothing.
 */
function validityOf(
  draft: Draft,
  noun: "grant" | "assignment",
  said: Omit<Said<"grant" | "assignment">, "update">,
): Validity | null {
  const { before, path } = said;
  const period: Validity | null = readContent<"grant" | "assignment">(draft, noun, { ...said, update: false });
  if (period === null) return null;
  const { validFrom, validUntil } = period;
  if (validUntil === null) return period;
  if (validFrom !== null && validUntil <= validFrom)
    return draft.problem(`${path}.validUntil`, "must be after validFrom");
  if (validUntil <= draft.facts.now && validUntil !== before?.validUntil)
    return draft.problem(
      `${path}.validUntil`,
      `must be in the future; to end it now, use ${noun === "grant" ? "revokeScope" : "unassignRole"}`,
    );
  return period;
}

export function grantScope(draft: Draft, input: GrantScope, path: string): void {
  const { clientId, scope } = input;
  if (looksLikeSmart(scope)) {
    const smart = explainSmartScope(scope, draft.fhirVersion);
    if (!draft.expect(`${path}.scope`, smart.ok ? null : smart.message)) return;
  } else if (isProtocolScope(scope)) {
    draft.problem(
      `${path}.scope`,
      `${scope} is a protocol scope, which is not granted: protocolScopes of a client says which it may be given`,
    );
    return;
  }
  const before = draft.snapshot.grants.get(clientId)?.get(scope) ?? null;
  const what = `the grant of ${scope} to ${clientId}`;
  const period = validityOf(draft, "grant", { input, before, path, what });
  if (period !== null) draft.put("grant", { clientId, scope, ...period }, path);
}

export function revokeScope(draft: Draft, input: GrantScope, path: string): void {
  const row = draft.snapshot.grants.get(input.clientId)?.get(input.scope);
  if (row === undefined) draft.problem(path, `client ${input.clientId} has no grant of ${input.scope}`);
  else draft.remove("grant", rowKey.grant(row), path);
}

/** Who holds which role where: what tells an assignment from others. */
function assignmentOf(
  draft: Draft,
  input: AssignRole,
  path: string,
): Pick<Assignment, MemberOf<"assignment", "key">> | null {
  const subjectId = input.subjectId ?? null;
  const clientId = input.clientId ?? null;
  const { role, subjectType } = input;
  // From outside it may be missing, whatever the types say.
  const organization: string | null | undefined = input.organization;
  if ((subjectId === null) === (clientId === null))
    return draft.problem(path, "must have exactly one of subjectId and clientId: who holds the role");
  if (organization === undefined || organization === null)
    return draft.problem(`${path}.organization`, 'must be given; "*" stands for all organizations');
  if (subjectType === null && subjectId !== null)
    return draft.problem(`${path}.subjectType`, `must not be null; leave it out for ${USER}`);
  if (subjectId === null && (subjectType ?? null) !== null)
    return draft.problem(`${path}.subjectType`, "is given, but no subjectId: a client has no type");
  const type = subjectId === null ? null : (subjectType ?? USER);
  const typed = type === null || draft.expect(`${path}.subjectType`, identifierProblem(type));
  const known = subjectId === null || draft.expect(`${path}.subjectId`, identifierProblem(subjectId));
  const placed =
    organization === ALL_ORGANIZATIONS || draft.expect(`${path}.organization`, identifierProblem(organization));
  return known && typed && placed ? { subjectId, subjectType: type, clientId, role, organization } : null;
}

const placeOf = (organization: string): string =>
  organization === ALL_ORGANIZATIONS ? "in all organizations" : `in ${organization}`;

export function assignRole(draft: Draft, input: AssignRole, path: string): void {
  const key = assignmentOf(draft, input, path);
  if (key === null) return;
  const row = { ...key, validFrom: null, validUntil: null };
  const before = draft.snapshot.assignments.get(holderKey(key))?.get(rowKey.assignment(row)) ?? null;
  const what = `role ${key.role} of ${holderText(key)} ${placeOf(key.organization)}`;
  const period = validityOf(draft, "assignment", { input, before, path, what });
  if (period !== null) draft.put("assignment", { ...key, ...period }, path);
}

export function unassignRole(draft: Draft, input: AssignRole, path: string): void {
  const key = assignmentOf(draft, input, path);
  if (key === null) return;
  const of = rowKey.assignment({ ...key, validFrom: null, validUntil: null });
  if (draft.snapshot.assignments.get(holderKey(key))?.has(of)) draft.remove("assignment", of, path);
  else draft.problem(path, `${holderText(key)} does not hold ${key.role} ${placeOf(key.organization)}`);
}
