import type { Problem } from "../kernel/errors.ts";
import { atOnce, breathing, eachInParts, type InParts } from "../kernel/inParts.ts";
import type { Breathe } from "../kernel/ports.ts";
import { sortedInParts } from "../kernel/sortedInParts.ts";
import { byNounAndKey, withChangesInParts } from "./difference.ts";
import type { PolicyFinding } from "./finding.ts";
import { type ChangeFacts, Draft } from "./internal/draft.ts";
import * as organizations from "./internal/organizationOperations.ts";
import * as party from "./internal/partyOperations.ts";
import { checkReferences } from "./internal/references.ts";
import * as rules from "./internal/ruleOperations.ts";
import * as scopes from "./internal/scopeOperations.ts";
import { rollBackScopes } from "./internal/scopeRollback.ts";
import { lintRuleIn } from "./lint/lintRule.ts";
import { sameRow } from "./members.ts";
import type { OperationInputs, OperationName, PolicyOperation, PutMode } from "./operations.ts";
import { unknownOrganizations } from "./organizationNames.ts";
import { changeOf, rowAt, type Snapshot } from "./snapshot.ts";
import type { Noun, RowChange, Rule } from "./types.ts";
import { widenings } from "./widening.ts";

export type { ChangeFacts } from "./internal/draft.ts";

/** The outcome of a change: the snapshot that it makes, the rows that differ and what its author should know, or every problem found. */
export type Applied =
  | {
      readonly ok: true;
      readonly snapshot: Snapshot;
      readonly changes: readonly RowChange[];
      readonly findings: readonly PolicyFinding[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Handler<K extends OperationName> = (draft: Draft, input: OperationInputs[K], path: string, mode: PutMode) => void;

const handlers: { readonly [K in OperationName]: Handler<K> } = {
  putScope: scopes.putScope,
  updateScope: scopes.updateScope,
  activateScope: scopes.activateScope,
  deprecateScope: scopes.deprecateScope,
  retireScope: scopes.retireScope,
  deleteScope: scopes.deleteScope,
  putClient: party.putClient,
  updateClient: party.updateClient,
  deleteClient: party.deleteClient,
  grantScope: party.grantScope,
  revokeScope: party.revokeScope,
  putRole: party.putRole,
  updateRole: party.updateRole,
  deleteRole: party.deleteRole,
  assignRole: party.assignRole,
  unassignRole: party.unassignRole,
  putRule: rules.putRule,
  updateRule: rules.updateRule,
  deleteRule: rules.deleteRule,
  putOrganization: organizations.putOrganization,
  updateOrganization: organizations.updateOrganization,
  deleteOrganization: organizations.deleteOrganization,
};
const OPERATION_NAMES = Object.keys(handlers) as readonly OperationName[];

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

/** Operations, or touched rows, that are taken without a break. */
const AT_ONCE = 10;

/** What differs between the touched rows before and after, in the order of `NOUNS` and keys. */
function* changesOf(draft: Draft, before: Snapshot): InParts<readonly RowChange[]> {
  const changes: RowChange[] = [];
  yield* eachInParts(draft.touched.values(), AT_ONCE, ({ noun, key }) => {
    const [was, is] = [rowAt(before, noun, key), rowAt(draft.snapshot, noun, key)];
    if (was === null && is === null) return;
    if (was === null || is === null || !sameRow(was, is)) changes.push(changeOf(noun, was, is));
  });
  return changes.sort(byNounAndKey);
}

/** docs/rules.md: what opens without a bound, or protects nothing, needs a justification. */
const refusable = (snapshot: Snapshot, rule: Rule, { readCondition }: ChangeFacts): readonly string[] =>
  lintRuleIn(snapshot, rule, readCondition)
    .filter(({ severity }) => severity === "REFUSE")
    .map(({ code, message, narrowing }) => `${code}: ${message} ${narrowing}`);

/** `kept` is the rule as it was where its justification is kept: that was given for what was found in it, and no more. */
function refusals(snapshot: Snapshot, rule: Rule, facts: ChangeFacts, kept: Rule | null = null): readonly string[] {
  if (rule.justification !== null && kept === null) return [];
  const justified = new Set(kept === null || rule.justification === null ? [] : refusable(snapshot, kept, facts));
  return refusable(snapshot, rule, facts)
    .filter((text) => !justified.has(text))
    .map((text) => `${text} To keep it as it is, give a justification; it is stored and shown.`);
}

/** Rules that are looked at without a break. */
const LINTED_AT_ONCE = 10;

/** Looks at the rules that were put, in the policy as it would be. */
function* requireRuleLint(draft: Draft): InParts<void> {
  yield* eachInParts(draft.touched.values(), LINTED_AT_ONCE, ({ noun, key, path }) => {
    const rule = noun === "rule" ? draft.snapshot.rules.get(key) : undefined;
    if (rule === undefined) return;
    for (const text of refusals(draft.snapshot, rule, draft.facts, draft.keptJustifications.get(key)))
      draft.problem(path, text);
  });
}

/** The same of the rules that a rollback restores. */
async function rollbackProblems(
  snapshot: Snapshot,
  changes: readonly RowChange[],
  { facts, breathe }: { readonly facts: ChangeFacts; readonly breathe: Breathe },
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [i, change] of changes.entries()) {
    if (i % LINTED_AT_ONCE === LINTED_AT_ONCE - 1) await breathe();
    if (change.noun !== "rule" || change.after === null) continue;
    for (const text of refusals(snapshot, change.after, facts))
      problems.push({ path: "toRevision", message: `rule ${change.key}: ${text}` });
  }
  return problems;
}

function* applying(
  snapshot: Snapshot,
  operations: readonly PolicyOperation[],
  facts: ChangeFacts,
  mode: PutMode,
): InParts<Applied> {
  const draft = new Draft(snapshot, facts);
  if (operations.length === 0) draft.problem("operations", "must have at least one operation");
  yield* eachInParts(operations.entries(), AT_ONCE, ([i, operation]) => {
    applyOne(draft, operation, `operations[${i}]`, mode);
  });
  yield* checkReferences(draft);
  yield* requireRuleLint(draft);
  if (draft.problems.length > 0) return { ok: false, problems: draft.problems };
  const changes = yield* changesOf(draft, snapshot);
  if (changes.length === 0) return { ok: true, snapshot, changes, findings: [] };
  const misplaced = unknownOrganizations(changes, draft.snapshot, facts.organizations ?? new Set());
  const { assertable, isNarrower, now } = facts;
  const findings = [
    ...misplaced,
    ...(yield* widenings(snapshot, changes, { after: draft.snapshot, assertable, isNarrower, now })),
  ];
  return { ok: true, snapshot: { ...draft.snapshot, revision: snapshot.revision + 1 }, changes, findings };
}

/**
 * The policy change function, pure: the operations in their order, applied to a snapshot and validated as a whole,
 * so that operations may refer to what a later one creates. Commits, simulations and tests all call this one.
 * The new snapshot has the next revision; with no differing row, the old snapshot comes back.
 */
export const applyOperations = (
  snapshot: Snapshot,
  operations: readonly PolicyOperation[],
  facts: ChangeFacts,
  mode: PutMode = "any",
): Applied => atOnce(applying(snapshot, operations, facts, mode));

/** The same, letting other work run between its parts. */
export const applyInParts = (
  snapshot: Snapshot,
  operations: readonly PolicyOperation[],
  {
    facts,
    mode = "any",
    breathe,
  }: {
    readonly facts: ChangeFacts;
    readonly mode?: PutMode | undefined;
    readonly breathe: Breathe;
  },
): Promise<Applied> => breathing(applying(snapshot, operations, facts, mode), breathe);

/** What operations say by themselves. */
export interface Declared {
  readonly snapshot: Snapshot;
  /** The rows that each operation put or removed, in the order of the operations. */
  readonly touched: readonly (readonly { readonly noun: Noun; readonly key: string }[])[];
  readonly problems: readonly Problem[];
}

/**
 * What operations come to, one after the other, as far as they say it themselves: whether what they name is there, and what
 * the lint of rules finds, is left to the policy that they are for.
 */
export function* declaring(
  base: Snapshot,
  operations: readonly PolicyOperation[],
  facts: ChangeFacts,
): InParts<Declared> {
  const draft = new Draft(base, facts);
  const touched: { readonly noun: Noun; readonly key: string }[][] = [];
  yield* eachInParts(operations.entries(), AT_ONCE, ([i, operation]) => {
    applyOne(draft, operation, `operations[${i}]`, "any");
    touched.push([...draft.touched.values()].map(({ noun, key }) => ({ noun, key })));
    draft.touched.clear();
  });
  return { snapshot: draft.snapshot, touched, problems: draft.problems };
}

/**
 * The change that makes the policy say what it said at an earlier revision, as one new revision: the rows that differ, as
 * they were, made in parts. Only the life of scopes is not turned back (`internal/scopeRollback.ts`); the findings tell where.
 * Rules that come back are linted like those that are put.
 */
export async function applyRollback(
  snapshot: Snapshot,
  differing: readonly RowChange[],
  rollback: { readonly toRevision: number; readonly facts: ChangeFacts; readonly breathe: Breathe },
): Promise<Applied> {
  const { toRevision: revision, facts, breathe } = rollback;
  const ofScopes = differing.filter(({ noun }) => noun === "scope");
  const past = await withChangesInParts(snapshot, ofScopes, { revision, breathe });
  const names = new Set(
    ofScopes.flatMap(({ noun, before, after }) => (noun === "scope" ? [(after ?? before)?.name ?? ""] : [])),
  );
  const scopes = await breathing(rollBackScopes(names, [snapshot, past], facts.now), breathe);
  const changed = [...differing.filter(({ noun }) => noun !== "scope"), ...scopes.changes];
  if (changed.length === 0) return { ok: true, snapshot, changes: [], findings: scopes.findings };
  const changes = await sortedInParts(changed, breathe, byNounAndKey);
  const next = await withChangesInParts(snapshot, changes, { revision: snapshot.revision + 1, breathe });
  const problems = await rollbackProblems(next, changes, rollback);
  if (problems.length > 0) return { ok: false, problems };
  const { assertable, isNarrower, now } = facts;
  const wider = await breathing(widenings(snapshot, changes, { after: next, assertable, isNarrower, now }), breathe);
  return { ok: true, snapshot: next, changes, findings: [...scopes.findings, ...wider] };
}
