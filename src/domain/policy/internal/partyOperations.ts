import { identifierProblem, nameProblem, textProblem } from "../../kernel/text.ts";
import { explainSmartScope, looksLikeSmart } from "../../scopes/smart.ts";
import type { AssignRole, ClientRef, GrantScope, PutClient, PutMode, PutRole, RoleRef } from "../operations.ts";
import { holderKey, rowKey } from "../types.ts";
import type { Draft } from "./draft.ts";

export function putClient(draft: Draft, input: PutClient, path: string, mode: PutMode): void {
  const ok = draft.expect(`${path}.id`, identifierProblem(input.id));
  const named = draft.expect(
    `${path}.name`,
    input.name.trim() === "" ? "must not be empty" : textProblem(input.name, 256),
  );
  const described = draft.expect(`${path}.description`, textProblem(input.description ?? "", 2000));
  if (
    !ok ||
    !named ||
    !described ||
    !draft.expectMode(mode, draft.snapshot.clients.has(input.id), `${path}.id`, `client ${input.id}`)
  )
    return;
  draft.put(
    "client",
    { id: input.id, name: input.name, status: input.status ?? "ACTIVE", description: input.description ?? null },
    path,
  );
}

export function deleteClient(draft: Draft, ref: ClientRef, path: string): void {
  if (!draft.snapshot.clients.has(ref.id)) draft.problem(`${path}.id`, `there is no client ${ref.id}`);
  draft.remove("client", ref.id, path);
}

export function putRole(draft: Draft, input: PutRole, path: string, mode: PutMode): void {
  const ok = draft.expect(`${path}.name`, nameProblem(input.name));
  const described = draft.expect(`${path}.description`, textProblem(input.description ?? "", 2000));
  if (
    !ok ||
    !described ||
    !draft.expectMode(mode, draft.snapshot.roles.has(input.name), `${path}.name`, `role ${input.name}`)
  )
    return;
  const inherits = [...new Set(input.inherits ?? [])].sort();
  draft.put("role", { name: input.name, inherits, description: input.description ?? null }, path);
}

export function deleteRole(draft: Draft, ref: RoleRef, path: string): void {
  if (!draft.snapshot.roles.has(ref.name)) draft.problem(`${path}.name`, `there is no role ${ref.name}`);
  draft.remove("role", ref.name, path);
}

function validityOf(
  draft: Draft,
  input: { readonly validFrom?: number | null | undefined; readonly validUntil?: number | null | undefined },
  path: string,
) {
  const validFrom = input.validFrom ?? null;
  const validUntil = input.validUntil ?? null;
  if (validFrom !== null && validUntil !== null && validUntil <= validFrom)
    draft.problem(`${path}.validUntil`, "must be after validFrom");
  return { validFrom, validUntil };
}

export function grantScope(draft: Draft, input: GrantScope, path: string): void {
  if (looksLikeSmart(input.scope)) {
    const smart = explainSmartScope(input.scope);
    if (!draft.expect(`${path}.scope`, smart.ok ? null : smart.message)) return;
  }
  draft.put("grant", { clientId: input.clientId, scope: input.scope, ...validityOf(draft, input, path) }, path);
}

export function revokeScope(draft: Draft, input: GrantScope, path: string): void {
  const row = draft.snapshot.grants.get(input.clientId)?.get(input.scope);
  if (row === undefined) draft.problem(path, `client ${input.clientId} has no grant of ${input.scope}`);
  else draft.remove("grant", rowKey.grant(row), path);
}

function assignmentOf(draft: Draft, input: AssignRole, path: string) {
  const subjectId = input.subjectId ?? null;
  const clientId = input.clientId ?? null;
  const organization = input.organization ?? null;
  if ((subjectId === null) === (clientId === null)) {
    draft.problem(path, "must have exactly one of subjectId and clientId: who holds the role");
    return null;
  }
  const ok = subjectId === null || draft.expect(`${path}.subjectId`, identifierProblem(subjectId));
  const placed = organization === null || draft.expect(`${path}.organization`, identifierProblem(organization));
  return ok && placed ? { subjectId, clientId, role: input.role, organization } : null;
}

export function assignRole(draft: Draft, input: AssignRole, path: string): void {
  const row = assignmentOf(draft, input, path);
  if (row !== null) draft.put("assignment", { ...row, ...validityOf(draft, input, path) }, path);
}

export function unassignRole(draft: Draft, input: AssignRole, path: string): void {
  const row = assignmentOf(draft, input, path);
  if (row === null) return;
  const key = rowKey.assignment({ ...row, validFrom: null, validUntil: null });
  if (draft.snapshot.assignments.get(holderKey(row))?.has(key)) draft.remove("assignment", key, path);
  else
    draft.problem(
      path,
      `${row.subjectId ?? row.clientId} does not hold ${row.role} ${row.organization === null ? "in all organizations" : `in ${row.organization}`}`,
    );
}
