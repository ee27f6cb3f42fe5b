import { EvaluationError } from "@marcbachmann/cel-js";
import type { ConditionFailure, RuleEvaluation, RuleQuery } from "../domain/decisions/ruleEngine.ts";
import { Memo } from "../domain/kernel/memo.ts";
import { addRules, type RuleGroup } from "../domain/policy/ruleGroup.ts";
import type { Rule } from "../domain/policy/types.ts";
import { pathOf } from "./celExpression.ts";
import { NAMES } from "./conditionMembers.ts";
import type { Condition } from "./conditions.ts";
import { readCondition } from "./conditionTerms.ts";
import { variablesFor } from "./conditionVariables.ts";
import type { MatcherFunction, MatcherFunctions } from "./matcher.ts";

type Failure = Pick<ConditionFailure, "message" | "missing">;

/** What came of a condition: whether it is true, and why it could not be evaluated, or null. */
type Outcome = { readonly holds: boolean; readonly failure: Failure | null };

/** Of what is said of a failure. */
const LONGEST_FAILURE = 300;

/** Texts of conditions that failed lately. */
const MOST_CONDITIONS = 1_000;
const remembered = new Memo<readonly string[]>(MOST_CONDITIONS);

/** The members that a condition touches without asking first whether they are there. */
function neededBy(when: string): readonly string[] {
  let needed = remembered.get(when);
  if (needed === undefined) {
    const { asked, touched } = readCondition(when);
    needed = touched.filter((member) => !asked.includes(member));
    remembered.set(when, needed);
  }
  return needed;
}

function isThere(variables: Readonly<Record<string, unknown>>, path: readonly string[]): boolean {
  let at: unknown = variables;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return false;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return true;
}

/** The path at which an evaluation found nothing, as the text of the condition has it; null: it failed for another reason. */
function absentPath(error: unknown): readonly string[] | null {
  if (!(error instanceof EvaluationError) || (error.code !== "no_such_key" && error.code !== "unknown_variable"))
    return null;
  // What a request names is no path of the text, and is not repeated.
  const path = error.node === undefined ? null : pathOf(error.node);
  return path !== null && NAMES.has(path[0] ?? "") ? path : null;
}

/**
 * For want of which members a condition failed: all that it touches and the request lacks, so that they can be sent at once;
 * empty where it failed for another reason. Only paths that its text has, never what a request says.
 */
export function missingFor(
  when: string,
  error: unknown,
  variables: Readonly<Record<string, unknown>>,
): readonly string[] {
  const absent = absentPath(error)?.join(".");
  if (absent === undefined) return [];
  const missing = neededBy(when).filter((member) => !isThere(variables, member.split(".")));
  const isAmong = missing.some((member) => member === absent || member.startsWith(`${absent}.`));
  return isAmong ? missing : [absent];
}

/** The evaluation of one query: what Casbin is asked about, and what its functions were seen to answer. */
export class Evaluation {
  readonly query: RuleQuery;
  /** As the matcher compares them. */
  readonly action: string;
  readonly resourceType: string;
  readonly allowing: RuleGroup[] = [];
  readonly denying: RuleGroup[] = [];
  readonly unmet: RuleGroup[] = [];
  readonly failures: (Failure & { readonly group: RuleGroup })[] = [];
  readonly #compile: (when: string) => Condition;
  #variables: Readonly<Record<string, unknown>> | null = null;
  /** The same condition about the same query has the same outcome. Most queries meet one condition, or none. */
  #first: { readonly when: string; readonly outcome: Outcome } | null = null;
  #others: Map<string, Outcome> | null = null;

  constructor(query: RuleQuery, compile: (when: string) => Condition) {
    this.query = query;
    this.action = query.action;
    this.resourceType = query.resourceType;
    this.#compile = compile;
  }

  /** Whether the rule is for this access, as to scopes: an allow rule and a deny rule mean more or less by the same name. */
  meansScope({ effect, scope }: RuleGroup): boolean {
    const { allowedNames, deniedNames } = this.query;
    return scope === "*" || (effect === "ALLOW" ? allowedNames : deniedNames).has(scope);
  }

  /** Errors are safe for the effect at hand: an allow rule does not match, a deny rule does. */
  conditionHolds(group: RuleGroup): boolean {
    const { when, effect } = group;
    const outcome = when === null ? null : this.#outcome(when);
    const failure = outcome?.failure ?? null;
    if (failure !== null) this.failures.push({ group, ...failure });
    const holds = outcome === null || (failure === null ? outcome.holds : effect === "DENY");
    if (holds) (effect === "ALLOW" ? this.allowing : this.denying).push(group);
    else if (failure === null) this.unmet.push(group);
    return holds;
  }

  /** Once Casbin has answered: its answer, with the rules that it rests on. */
  answer(allowed: boolean): RuleEvaluation {
    return new Answer(allowed, this);
  }

  #outcome(when: string): Outcome {
    if (this.#first?.when === when) return this.#first.outcome;
    const known = this.#others?.get(when);
    if (known !== undefined) return known;
    const outcome = this.#evaluate(when);
    if (this.#first === null) this.#first = { when, outcome };
    else {
      this.#others ??= new Map();
      this.#others.set(when, outcome);
    }
    return outcome;
  }

  #evaluate(when: string): Outcome {
    try {
      this.#variables ??= variablesFor(this.query.facts, this.query.action, this.query.scope);
      return { holds: this.#compile(when)(this.#variables), failure: null };
    } catch (error) {
      const missing = missingFor(when, error, this.#variables ?? {});
      const [line = "the condition failed"] = (error instanceof Error ? error.message : String(error)).split("\n");
      const message =
        missing.length === 0 ? line : `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing`;
      // Some messages quote a text that the caller sent.
      return { holds: false, failure: { message: message.slice(0, LONGEST_FAILURE), missing } };
    }
  }
}

const byEffectAndId = (a: Rule, b: Rule): number =>
  a.effect === b.effect ? (a.id < b.id ? -1 : 1) : a.effect === "ALLOW" ? -1 : 1;

const NONE: readonly never[] = [];

/** All rules that groups stand for, allow rules first and each by id: reasons come in one order. */
function sorted(groups: readonly RuleGroup[]): readonly Rule[] {
  if (groups.length === 0) return NONE;
  const rules: Rule[] = [];
  for (const group of groups) addRules(group, rules);
  return rules.length > 1 ? rules.sort(byEffectAndId) : rules;
}

function errorsOf(failures: Evaluation["failures"]): readonly ConditionFailure[] {
  if (failures.length === 0) return NONE;
  const all = failures.flatMap(({ group, ...failure }) => sorted([group]).map((rule) => ({ rule, ...failure })));
  return all.sort((a, b) => byEffectAndId(a.rule, b.rule));
}

class Answer implements RuleEvaluation {
  readonly allowed: boolean;
  readonly allowedBy: readonly Rule[];
  readonly deniedBy: readonly Rule[];
  readonly conditionErrors: RuleEvaluation["conditionErrors"];
  readonly #unmet: readonly RuleGroup[];

  constructor(allowed: boolean, { allowing, denying, unmet, failures }: Evaluation) {
    this.allowed = allowed;
    this.allowedBy = sorted(allowing);
    this.deniedBy = sorted(denying);
    this.conditionErrors = errorsOf(failures);
    this.#unmet = unmet;
  }

  /** Made when it is asked for: an allowed request has no use for it. */
  get conditionFalse(): readonly Rule[] {
    return sorted(this.#unmet);
  }
}

function evaluationOf(value: unknown): Evaluation {
  if (value instanceof Evaluation) return value;
  throw new Error("the matcher called a function without the query");
}

/** What the matcher of model.conf can call, with the evaluation as its `r.query`. */
export const MATCHER_FUNCTIONS: MatcherFunctions = new Map<string, MatcherFunction>([
  ["holdsRole", (query: unknown, role: string) => role === "*" || evaluationOf(query).query.roles.has(role)],
  ["meansScope", (query: unknown, rule: RuleGroup) => evaluationOf(query).meansScope(rule)],
  ["conditionHolds", (query: unknown, rule: RuleGroup) => evaluationOf(query).conditionHolds(rule)],
]);
