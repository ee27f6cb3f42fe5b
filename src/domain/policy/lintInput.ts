import { badInput } from "../kernel/errors.ts";
import type { LintFinding } from "../scopes/lint/finding.ts";
import { lintScope } from "../scopes/lint/lintScope.ts";
import { type ChangeFacts, Draft } from "./internal/draft.ts";
import { assignRole } from "./internal/partyOperations.ts";
import { putRule } from "./internal/ruleOperations.ts";
import { contentOf } from "./internal/scopeContent.ts";
import { putScope } from "./internal/scopeOperations.ts";
import { lintRuleIn } from "./lint/lintRule.ts";
import type { RuleLintFinding } from "./lint/ruleFinding.ts";
import type { PolicyOperation, PutRule, PutScope } from "./operations.ts";
import { emptySnapshot, type Snapshot } from "./snapshot.ts";
import type { ScopeVersion } from "./types.ts";

/** What the lint has to know beside the policy. */
export type LintFacts = Pick<ChangeFacts, "checkCondition" | "readCondition" | "fhirVersion">;

const draftOver = (snapshot: Snapshot, facts: LintFacts): Draft =>
  new Draft(snapshot, { ...facts, now: 0, newId: () => "rule" });

/** What the lint finds in a version of a scope as it is. */
export const lintVersion = (scope: ScopeVersion): readonly LintFinding[] => lintScope(scope);

/**
 * What the lint finds in a scope as it would be put, by the same reading as the change itself, justification aside.
 * @throws ScopewardenError BAD_USER_INPUT for what is no scope at all; paths begin with `path`.
 */
export function lintPutScope(input: PutScope, path: string, facts: LintFacts): readonly LintFinding[] {
  // The content of a scope depends on nothing else in the policy.
  const draft = draftOver(emptySnapshot(), facts);
  const content = contentOf(draft, input, { path, update: false, before: null });
  if (content === null) throw badInput(draft.problems);
  return lintScope({ ...content, name: input.name });
}

/**
 * The scopes and assignments that operations declare, for the lint of the rules beside them. What is wrong with them is
 * told when they are put.
 */
export function declaredIn(operations: readonly PolicyOperation[], facts: LintFacts): Snapshot {
  const draft = draftOver(emptySnapshot(), facts);
  for (const { putScope: scope, assignRole: assignment } of operations) {
    if (scope !== undefined && scope !== null) putScope(draft, scope, "", "any");
    if (assignment !== undefined && assignment !== null) assignRole(draft, assignment, "");
  }
  return draft.snapshot;
}

/**
 * The same of a rule, in the policy that it would be put into. What it says of a scope that this does not know is not
 * looked at.
 * @throws ScopewardenError BAD_USER_INPUT for what is no rule at all.
 */
export function lintPutRule(
  input: PutRule,
  path: string,
  { snapshot, facts }: { readonly snapshot: Snapshot; readonly facts: LintFacts },
): readonly RuleLintFinding[] {
  const draft = draftOver(snapshot, facts);
  // As it is put, it stands in the place of what is there: what it leaves out of that is no matter of the lint.
  if (typeof input.id === "string") draft.remove("rule", input.id, path);
  putRule(draft, input, path, "any");
  const [key] = [...draft.touched.values()].flatMap(({ noun, key }) => (noun === "rule" ? [key] : []));
  const rule = draft.snapshot.rules.get(key ?? "");
  if (draft.problems.length > 0 || rule === undefined) throw badInput(draft.problems);
  return lintRuleIn(draft.snapshot, rule, facts.readCondition);
}
