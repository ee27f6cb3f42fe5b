import type { Problem } from "../../kernel/errors.ts";
import { lintRuleIn } from "../lint/lintedRule.ts";
import type { Snapshot } from "../snapshot.ts";
import type { RowChange, Rule } from "../types.ts";
import type { ChangeFacts, Draft } from "./draft.ts";

/** docs/rules.md: what opens without a bound, or protects nothing, needs a justification. */
function refusals(snapshot: Snapshot, rule: Rule, { readCondition }: ChangeFacts): readonly string[] {
  if (rule.justification !== null) return [];
  return lintRuleIn(snapshot, rule, readCondition)
    .filter(({ severity }) => severity === "REFUSE")
    .map(
      ({ code, message, narrowing }) =>
        `${code}: ${message} ${narrowing} To keep it as it is, give a justification; it is stored and shown.`,
    );
}

/** Looks at the rules that were put, in the policy as it would be. */
export function requireRuleLint(draft: Draft): void {
  for (const { noun, key, path } of draft.touched.values()) {
    const rule = noun === "rule" ? draft.snapshot.rules.get(key) : undefined;
    if (rule === undefined) continue;
    for (const text of refusals(draft.snapshot, rule, draft.facts)) draft.problem(path, text);
  }
}

/** The same of the rules that a rollback restores. */
export function rollbackProblems(
  snapshot: Snapshot,
  changes: readonly RowChange[],
  facts: ChangeFacts,
): readonly Problem[] {
  return changes.flatMap((change) => {
    if (change.noun !== "rule" || change.after === null) return [];
    const texts = refusals(snapshot, change.after, facts);
    return texts.map((text) => ({ path: "toRevision", message: `rule ${change.key}: ${text}` }));
  });
}
