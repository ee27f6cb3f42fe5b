import { type Json, sameJson } from "../kernel/canonical.ts";
import type { Problem } from "../kernel/errors.ts";
import { type ChangeFacts, Draft } from "./internal/draft.ts";
import * as entities from "./internal/entityOperations.ts";
import * as party from "./internal/partyOperations.ts";
import { checkReferences } from "./internal/references.ts";
import { requireRuleLint, rollbackProblems } from "./internal/ruleLint.ts";
import * as rules from "./internal/ruleOperations.ts";
import * as scopes from "./internal/scopeOperations.ts";
import type { OperationInputs, OperationName, PolicyOperation, PutMode } from "./operations.ts";
import { changeOf, changesBetween, rowAt, type Snapshot, withChanges } from "./snapshot.ts";
import { NOUNS, type Noun, type PolicyRows, type RowChange } from "./types.ts";

export type { ChangeFacts } from "./internal/draft.ts";

/** The outcome of a change: the snapshot that it makes and the rows that differ, or every problem found. */
export type Applied =
  | { readonly ok: true; readonly snapshot: Snapshot; readonly changes: readonly RowChange[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Handler<K extends OperationName> = (draft: Draft, input: OperationInputs[K], path: string, mode: PutMode) => void;

const handlers: { readonly [K in OperationName]: Handler<K> } = {
  putScope: scopes.putScope,
  activateScope: scopes.activateScope,
  deprecateScope: scopes.deprecateScope,
  retireScope: scopes.retireScope,
  deleteScope: scopes.deleteScope,
  putClient: party.putClient,
  deleteClient: party.deleteClient,
  grantScope: party.grantScope,
  revokeScope: party.revokeScope,
  putRole: party.putRole,
  deleteRole: party.deleteRole,
  assignRole: party.assignRole,
  unassignRole: party.unassignRole,
  putRule: rules.putRule,
  deleteRule: rules.deleteRule,
  putEntity: entities.putEntity,
  deleteEntity: entities.deleteEntity,
};
const OPERATION_NAMES = Object.keys(handlers) as readonly OperationName[];

export const sameRow = (a: PolicyRows[Noun], b: PolicyRows[Noun]): boolean =>
  sameJson(a as unknown as Json, b as unknown as Json);

function applyOne(draft: Draft, operation: PolicyOperation, path: string, mode: PutMode): void {
  const set = OPERATION_NAMES.filter((name) => operation[name] !== undefined && operation[name] !== null);
  const [name] = set;
  if (name === undefined || set.length > 1) {
    draft.problem(path, `must have exactly one operation, not ${set.length === 0 ? "none" : set.join(" and ")}`);
    return;
  }
  (handlers[name] as Handler<OperationName>)(
    draft,
    operation[name] as OperationInputs[OperationName],
    `${path}.${name}`,
    mode,
  );
}

/** What differs between the touched rows before and after, in the order of `NOUNS` and keys. */
function changesOf(draft: Draft, before: Snapshot): RowChange[] {
  const changes: RowChange[] = [];
  for (const { noun, key } of draft.touched.values()) {
    const [was, is] = [rowAt(before, noun, key), rowAt(draft.snapshot, noun, key)];
    if (was === null && is === null) continue;
    if (was === null || is === null || !sameRow(was, is)) changes.push(changeOf(noun, was, is));
  }
  return changes.sort(
    (a, b) => NOUNS.indexOf(a.noun) - NOUNS.indexOf(b.noun) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  );
}

/**
 * The policy change function, pure: the operations in their order, applied to a snapshot and validated as a whole,
 * so that operations may refer to what a later one creates. Commits, simulations and tests all call this one.
 * The new snapshot has the next revision; with no differing row, the old snapshot comes back.
 */
export function applyOperations(
  snapshot: Snapshot,
  operations: readonly PolicyOperation[],
  facts: ChangeFacts,
  mode: PutMode = "any",
): Applied {
  const draft = new Draft(snapshot, facts);
  if (operations.length === 0) draft.problem("operations", "must have at least one operation");
  operations.forEach((operation, i) => {
    applyOne(draft, operation, `operations[${i}]`, mode);
  });
  checkReferences(draft);
  requireRuleLint(draft);
  if (draft.problems.length > 0) return { ok: false, problems: draft.problems };
  const changes = changesOf(draft, snapshot);
  if (changes.length === 0) return { ok: true, snapshot, changes };
  return { ok: true, snapshot: { ...draft.snapshot, revision: snapshot.revision + 1 }, changes };
}

/**
 * The change that makes the policy say what it said in `past`: the rows that differ, as one new revision. Rules that come
 * back are linted like those that are put.
 */
export function applyRollback(snapshot: Snapshot, past: Snapshot, facts: ChangeFacts): Applied {
  const changes = changesBetween(snapshot, past, sameRow);
  if (changes.length === 0) return { ok: true, snapshot, changes };
  const next = withChanges(snapshot, changes, snapshot.revision + 1);
  const problems = rollbackProblems(next, changes, facts);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, snapshot: next, changes };
}
