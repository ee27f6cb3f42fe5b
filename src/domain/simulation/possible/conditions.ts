import type { PartialFacts, RuleEngine } from "../../decisions/ruleEngine.ts";
import type { Rule } from "../../policy/types.ts";
import { type Constraint, printConstraint } from "../../scopes/atom.ts";
import type { Possibility } from "./possibilities.ts";

/** What must hold beside what is known, for something to be allowed. */
export interface AccessCondition {
  /** In CEL, with `meets()` and `mayMeet()` beside what rules have, as in cells of access. */
  readonly cel: string;
  /** For people. */
  readonly text: string;
}

/** ALLOW: without a condition. */
export type Access = "ALLOW" | "CONDITIONAL";

const ofRule = (rules: readonly Rule[]): string => {
  const named = rules.flatMap(({ description, id }) => description ?? `rule ${id}`);
  return [...new Set(named)].join("; or ");
};

/** What one of these allow rules asks for. */
function allowText(rules: readonly Rule[], cel: string): string {
  return `Only if ${cel} (${ofRule(rules)}).`;
}

const denyText = (rule: Rule): string =>
  rule.when === null ? `Not where its scope reaches (${ofRule([rule])}).` : `Not if ${rule.when} (${ofRule([rule])}).`;

/** What of rules is not settled by what is known. */
interface Asking {
  readonly engine: RuleEngine;
  readonly facts: PartialFacts;
  readonly action: string;
}

/** Whether an allow rule matches whatever is not known. */
const isSure = (rule: Rule, scope: string, { action, engine, facts }: Asking): boolean =>
  !engine.evaluatePartial({ rules: [rule], scope, action, facts }).canDeny;

/** Whether a deny rule may match. */
function mayDeny(rule: Rule, scope: string, { action, engine, facts }: Asking): boolean {
  const always: Rule = { ...rule, id: "", effect: "ALLOW", when: null };
  return engine.evaluatePartial({ rules: [always, rule], scope, action, facts }).canDeny;
}

/** The scope reaches what one of these constraints selects. */
function constraintCondition(scope: string, constraints: readonly Constraint[]): readonly AccessCondition[] {
  if (constraints.length === 0 || constraints.some((constraint) => constraint.length === 0)) return [];
  const texts = [...new Set(constraints.map(printConstraint))];
  const cel = texts.map((constraint) => `meets(${JSON.stringify(constraint)})`).join(" || ");
  return [{ cel, text: `Only what ${texts.join(" or ")} selects (${scope}).` }];
}

/**
 * What must hold for one of some allow rules to allow it, in one way in which a scope covers it: one of what these rules ask
 * for, and nothing of what deny rules say.
 */
export function conditionsOf(
  { rules, scope, use }: Possibility,
  allowing: readonly Rule[],
  asking: Asking,
): readonly AccessCondition[] {
  const conditions: AccessCondition[] = [];
  // A search is confined to what the constraint selects: that is an obligation, and no condition.
  if (asking.action !== "search") conditions.push(...constraintCondition(scope, use.constraints));
  if (!allowing.some((rule) => isSure(rule, scope, asking))) {
    const asked = [...new Set(allowing.flatMap(({ when }) => when ?? []))];
    const cel = asked.length === 1 ? asked.join() : asked.map((when) => `(${when})`).join(" || ");
    conditions.push({ cel, text: allowText(allowing, cel) });
  }
  for (const rule of rules)
    if (rule.effect === "DENY" && mayDeny(rule, scope, asking))
      conditions.push({
        cel: `!(${rule.when ?? `mayMeet(${JSON.stringify(rule.scope.split("?")[1] ?? rule.scope)})`})`,
        text: denyText(rule),
      });
  return conditions;
}
