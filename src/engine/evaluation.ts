import type { RuleEvaluation, RuleQuery } from "../domain/decisions/engine.ts";
import { addRules, type Candidate } from "../domain/policy/index/ruleTable.ts";
import type { Rule } from "../domain/policy/types.ts";
import { type Condition, variablesFor } from "./conditions.ts";

/** What came of a condition: whether it is true, and why it could not be evaluated, or null. */
type Outcome = { readonly holds: boolean; readonly failure: string | null };

type Failure = { readonly rule: Candidate; readonly message: string };

/** One question on its way through Casbin, and what its functions were seen to answer. */
export class Ask {
  readonly query: RuleQuery;
  /** As the matcher compares them. */
  readonly action: string;
  readonly resourceType: string;
  readonly allowing: Candidate[] = [];
  readonly denying: Candidate[] = [];
  readonly unmet: Candidate[] = [];
  readonly failures: Failure[] = [];
  readonly #compile: (when: string) => Condition;
  #variables: Readonly<Record<string, unknown>> | null = null;
  /** The same condition about the same question has the same outcome. Most questions meet one condition, or none. */
  #first: { readonly when: string; readonly outcome: Outcome } | null = null;
  #others: Map<string, Outcome> | null = null;

  constructor(query: RuleQuery, compile: (when: string) => Condition) {
    this.query = query;
    this.action = query.action;
    this.resourceType = query.resourceType;
    this.#compile = compile;
  }

  /** Errors are safe for the effect at hand: an allow rule does not match, a deny rule does. */
  conditionHolds(candidate: Candidate): boolean {
    const { when, effect } = candidate;
    const outcome = when === null ? null : this.#outcome(when);
    const failure = outcome?.failure ?? null;
    if (failure !== null) this.failures.push({ rule: candidate, message: failure });
    const holds = outcome === null || (failure === null ? outcome.holds : effect === "DENY");
    if (holds) (effect === "ALLOW" ? this.allowing : this.denying).push(candidate);
    else if (failure === null) this.unmet.push(candidate);
    return holds;
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
      const [line = "the condition failed"] = (error instanceof Error ? error.message : String(error)).split("\n");
      return { holds: false, failure: line };
    }
  }
}

const byEffectAndId = (a: Rule, b: Rule): number =>
  a.effect === b.effect ? (a.id < b.id ? -1 : 1) : a.effect === "ALLOW" ? -1 : 1;

const NONE: readonly never[] = [];

/** All rules that candidates stand for, allow rules first and each by id: reasons come in one order. */
function rulesOf(candidates: readonly Candidate[]): readonly Rule[] {
  if (candidates.length === 0) return NONE;
  const rules: Rule[] = [];
  for (const candidate of candidates) addRules(candidate, rules);
  return rules.length > 1 ? rules.sort(byEffectAndId) : rules;
}

function errorsOf(failures: readonly Failure[]): RuleEvaluation["conditionErrors"] {
  if (failures.length === 0) return NONE;
  const all = failures.flatMap(({ rule, message }) => rulesOf([rule]).map((each) => ({ rule: each, message })));
  return all.sort((a, b) => byEffectAndId(a.rule, b.rule));
}

/** The answer of Casbin, with the rules that it rests on. */
export class Evaluated implements RuleEvaluation {
  readonly allowed: boolean;
  readonly allowedBy: readonly Rule[];
  readonly deniedBy: readonly Rule[];
  readonly conditionErrors: RuleEvaluation["conditionErrors"];
  readonly #unmet: readonly Candidate[];

  constructor(allowed: boolean, { allowing, denying, unmet, failures }: Ask) {
    this.allowed = allowed;
    this.allowedBy = rulesOf(allowing);
    this.deniedBy = rulesOf(denying);
    this.conditionErrors = errorsOf(failures);
    this.#unmet = unmet;
  }

  /** Made when it is asked for: an allowed request has no use for it. */
  get conditionFalse(): readonly Rule[] {
    return rulesOf(this.#unmet);
  }
}
