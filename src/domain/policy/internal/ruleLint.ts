import type { Problem } from "../../kernel/errors.ts";
import { eachInParts, type InParts } from "../../kernel/inParts.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { lintRuleIn } from "../lint/lintedRule.ts";
import type { Snapshot } from "../snapshot.ts";
import type { RowChange, Rule } from "../types.ts";
import type { ChangeFacts, Draft } from "./draft.ts";

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
const AT_ONCE = 10;

/** Looks at the rules that were put, in the policy as it would be. */
export function* requireRuleLint(draft: Draft): InParts<void> {
  yield* eachInParts(draft.touched.values(), AT_ONCE, ({ noun, key, path }) => {
    const rule = noun === "rule" ? draft.snapshot.rules.get(key) : undefined;
    if (rule === undefined) return;
    for (const text of refusals(draft.snapshot, rule, draft.facts, draft.keptJustifications.get(key)))
      draft.problem(path, text);
  });
}

/** The same of the rules that a rollback restores. */
export async function rollbackProblems(
  snapshot: Snapshot,
  changes: readonly RowChange[],
  { facts, breathe }: { readonly facts: ChangeFacts; readonly breathe: Breathe },
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [i, change] of changes.entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await breathe();
    if (change.noun !== "rule" || change.after === null) continue;
    for (const text of refusals(snapshot, change.after, facts))
      problems.push({ path: "toRevision", message: `rule ${change.key}: ${text}` });
  }
  return problems;
}
