import { UNKNOWN } from "../../domain/decisions/partial.ts";
import { NOTHING_KNOWN } from "../../domain/decisions/partialFacts.ts";
import type {
  CouldBeQuery,
  PartialRuleEvaluation,
  PartialRuleQuery,
  Remainder,
  RemainderQuery,
} from "../../domain/decisions/ruleEngine.ts";
import type { Rule } from "../../domain/policy/types.ts";
import { can, must, type Outcomes } from "./outcomes.ts";
import type { PartialCondition } from "./partialCondition.ts";
import { partialVariables } from "./partialVariables.ts";
import { World } from "./world.ts";

/** A condition, or null for none, and what it is to come to. */
interface Wish {
  readonly condition: PartialCondition | null;
  readonly wanted: boolean;
  /** Whether a failure will do as well. */
  readonly orFails?: boolean;
}

const isPossible = (outcomes: Outcomes, { wanted, orFails = false }: Wish): boolean =>
  can(outcomes, wanted) || (orFails && (outcomes.canFail || outcomes.canExhaust));
const isSure = (outcomes: Outcomes, { wanted, orFails = false }: Wish): boolean =>
  orFails ? !can(outcomes, !wanted) : must(outcomes, wanted);

/** Worlds looked at for one combination of rules. Beyond it, what was not seen to be impossible counts as possible. */
const MAX_WORLDS = 400;

/** Whether all wishes can come true in one and the same world: false only if they can't. */
function together(wishes: readonly Wish[], from: World, worlds = MAX_WORLDS): boolean {
  let left = worlds;
  const search = (world: World): boolean => {
    if (left-- <= 0) return true;
    const open = [];
    for (const wish of wishes) {
      const { condition, wanted } = wish;
      if (condition === null) {
        if (!wanted) return false;
        continue;
      }
      const outcomes = condition.outcomes(world);
      if (!isPossible(outcomes, wish)) return false;
      if (!isSure(outcomes, wish)) open.push(...outcomes.splits);
    }
    // What is there is asked first: what is then supposed about values is about values that are there.
    const split = open.find(({ about }) => about === "presence") ?? open[0];
    return split === undefined || split.worlds(world).some(search);
  };
  return search(from);
}

/**
 * What rules could answer to a request of which a part is not known. An allow rule is out only if in every world its
 * condition is false or fails, or some deny rule's is true or fails. A case that only CEL could judge counts as
 * possible, so nothing is called impossible that is not.
 */
export function evaluatePartial(
  query: PartialRuleQuery,
  conditionOf: (rule: Rule) => PartialCondition | null,
): PartialRuleEvaluation {
  const world = new World(partialVariables(query.facts, query.action, query.scope));
  const wish = (rule: Rule, wanted: boolean): Wish => ({ condition: conditionOf(rule), wanted });
  const byId = [...query.rules].sort((a, b) => (a.id < b.id ? -1 : 1));
  const allows = byId.filter((rule) => rule.effect === "ALLOW");
  const denies = byId.filter((rule) => rule.effect === "DENY");

  const meetable = allows.filter((rule) => together([wish(rule, true)], world));
  const passing = denies.map((rule) => wish(rule, false));
  const allowing = meetable.filter((rule) => together([wish(rule, true), ...passing], world));
  const canAllow = allowing.length > 0;
  const standsAgainst = (deny: Rule): boolean =>
    !meetable.some((allow) => together([wish(allow, true), wish(deny, false)], world));
  const against = canAllow || meetable.length === 0 ? [] : denies.filter(standsAgainst);
  // Where no single deny rule stands against every allow rule, several do so together: all of them are named.
  const denying = canAllow || meetable.length === 0 ? [] : against.length > 0 ? against : denies;

  const sure = (rule: Rule, wanted: boolean): boolean => {
    const condition = conditionOf(rule);
    return condition === null ? wanted : must(condition.outcomes(world), wanted);
  };
  const canDeny = !(allows.some((rule) => sure(rule, true)) && denies.every((rule) => sure(rule, false)));
  const unmet = allows.filter((rule) => !meetable.includes(rule));
  return { canAllow, canDeny, allowing, unmet, denying };
}

/** Worlds that one question whether something could be looks at: very many are asked in a row. */
const FEW_WORLDS = 64;

/** Whether some request could make all of these come true together; false only if none can. */
export function couldBe(
  { wishes, facts, action, scope }: CouldBeQuery,
  conditionOf: (rule: Rule) => PartialCondition | null,
): boolean {
  const asked = wishes.map(({ rule, matches }) => ({
    condition: conditionOf(rule),
    wanted: matches,
    // An allow rule that fails does not match, a deny rule that fails does.
    orFails: matches === (rule.effect === "DENY"),
  }));
  return together(asked, new World(partialVariables(facts, action, scope), new Map(), true), FEW_WORLDS);
}

/**
 * Whether an allow rule with the second condition (null: none) surely matches nothing that it did not match with the first, whatever the
 * request, the policy and the directory: no name is taken as known, and a condition that fails is not met.
 */
export function isNarrower(before: PartialCondition, after: PartialCondition | null): boolean {
  const wishes = [
    { condition: after, wanted: true },
    { condition: before, wanted: false, orFails: true },
  ];
  return !together(wishes, new World(partialVariables(NOTHING_KNOWN, UNKNOWN, UNKNOWN), new Map(), true));
}

/** When a rule matches the requests that have a known part. */
export function remainderOfRule(
  { action, facts, rule, scope }: RemainderQuery,
  conditionOf: (rule: Rule) => PartialCondition | null,
): Remainder {
  const condition = conditionOf(rule);
  if (condition === null) return "ALWAYS";
  const world = new World(partialVariables(facts, action, scope));
  const outcomes = condition.outcomes(world);
  // A deny rule that fails matches, an allow rule does not.
  const [always, never] =
    rule.effect === "DENY"
      ? [!can(outcomes, false), must(outcomes, false)]
      : [must(outcomes, true), !can(outcomes, true)];
  if (always || never) return always ? "ALWAYS" : "NEVER";
  const { cel, no, onlyFails, yes } = condition.remainder(world);
  const open = new World(world.known, new Map(), true);
  return { cel, matches: yes, fails: no, mayFail: onlyFails !== true && condition.mayFail(open) };
}
