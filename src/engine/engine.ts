import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Assertion, Enforcer } from "casbin";
import type { RuleEngine, RuleEvaluation, RuleQuery } from "../domain/decisions/engine.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { CheckCondition } from "../domain/policy/conditions.ts";
import type { Rule } from "../domain/policy/types.ts";
import { type Condition, checkCondition, compileCondition, compilePartial, variablesFor } from "./conditions.ts";
import { couldMatch } from "./couldMatch.ts";
import type { PartialCondition } from "./possible.ts";

// Casbin's CommonJS build: its ES module build was lowered so far that a question takes a third longer.
const casbin = createRequire(import.meta.url)("casbin") as typeof import("casbin");

export type Engine = RuleEngine & { readonly checkCondition: CheckCondition };

/** One question on its way through Casbin, and what its functions were seen to answer. */
class Ask {
  readonly query: RuleQuery;
  readonly allowedBy: Rule[] = [];
  readonly deniedBy: Rule[] = [];
  readonly conditionFalse: Rule[] = [];
  readonly conditionErrors: { readonly rule: Rule; readonly message: string }[] = [];
  readonly #rules: ReadonlyMap<string, Rule>;
  readonly #compile: (rule: Rule, when: string) => Condition;
  #variables: Readonly<Record<string, unknown>> | null = null;

  constructor(query: RuleQuery, compile: (rule: Rule, when: string) => Condition) {
    this.query = query;
    this.#compile = compile;
    this.#rules = new Map(query.candidates.map((rule) => [rule.id, rule]));
  }

  /** Errors are safe for the effect at hand: an allow rule does not match, a deny rule does. */
  conditionHolds(ruleId: string): boolean {
    const rule = this.#rules.get(ruleId);
    if (rule === undefined) throw new Error(`no candidate has the id ${ruleId}`);
    const holds = this.#evaluate(rule);
    if (!holds) {
      if (this.conditionErrors.at(-1)?.rule !== rule) this.conditionFalse.push(rule);
    } else if (rule.effect === "ALLOW") this.allowedBy.push(rule);
    else this.deniedBy.push(rule);
    return holds;
  }

  #evaluate(rule: Rule): boolean {
    if (rule.when === null) return true;
    try {
      this.#variables ??= variablesFor(this.query.facts, this.query.action, this.query.scope);
      return this.#compile(rule, rule.when)(this.#variables);
    } catch (error) {
      const [line = "the condition failed"] = (error instanceof Error ? error.message : String(error)).split("\n");
      this.conditionErrors.push({ rule, message: line });
      return rule.effect === "DENY";
    }
  }
}

/** Casbin's row for a rule, in the order of the policy definition in model.conf. Only these two effects exist there. */
function rowOf(rule: Rule): string[] {
  if (rule.effect !== "ALLOW" && rule.effect !== "DENY") throw new Error(`rule ${rule.id} has no effect that is known`);
  return [rule.role, rule.scope, rule.action, rule.resourceType, rule.id, rule.effect === "ALLOW" ? "allow" : "deny"];
}

const asAsk = (value: unknown): Ask => {
  if (value instanceof Ask) return value;
  throw new Error("the matcher was called without a query");
};

/** An enforcer whose matcher knows no functions but ours: none that match patterns, and none to copy for each question. */
class BareEnforcer extends casbin.Enforcer {
  forgetFunctions(): void {
    this.fm = new casbin.FunctionMap();
  }
}

/** An enforcer over model.conf with an empty policy; candidates are put in for each question. */
async function loadEnforcer(modelText: string): Promise<{ readonly enforcer: Enforcer; readonly policy: Assertion }> {
  const model = casbin.newModel(modelText);
  const enforcer = await casbin.newEnforcerWithClass(BareEnforcer, model);
  enforcer.forgetFunctions();
  await enforcer.addFunction(
    "holdsRole",
    (ask: unknown, role: string) => role === "*" || asAsk(ask).query.roles.has(role),
  );
  await enforcer.addFunction(
    "meansScope",
    (ask: unknown, scope: string) => scope === "*" || asAsk(ask).query.scopeNames.has(scope),
  );
  await enforcer.addFunction("conditionHolds", (ask: unknown, ruleId: string) => asAsk(ask).conditionHolds(ruleId));
  const policy = model.model.get("p")?.get("p");
  if (policy === undefined) throw new Error("model.conf has no policy definition p");
  return { enforcer, policy };
}

/**
 * The rule engine: Casbin over `model.conf`. Casbin's answer decides; what its functions answered on the way gives
 * the reasons, and must agree with it. Of Casbin's traps none can be reached: an empty policy never gets to it,
 * its policy is put in as arrays and never loaded or cached, and its matcher knows no pattern and no `eval`.
 */
export async function createEngine(options: { readonly modelText?: string } = {}): Promise<Engine> {
  const modelText =
    options.modelText ?? (await readFile(fileURLToPath(new URL("../../model.conf", import.meta.url)), "utf8"));
  const { enforcer, policy } = await loadEnforcer(modelText);
  const compiled = new WeakMap<Rule, Condition>();
  const partial = new WeakMap<Rule, PartialCondition>();
  const rows = new WeakMap<Rule, string[]>();

  const compile = (rule: Rule, when: string): Condition => {
    let condition = compiled.get(rule);
    if (condition === undefined) {
      condition = compileCondition(when);
      compiled.set(rule, condition);
    }
    return condition;
  };
  const compilePart = (rule: Rule): PartialCondition | null => {
    if (rule.when === null) return null;
    let condition = partial.get(rule);
    if (condition === undefined) {
      condition = compilePartial(rule.when);
      partial.set(rule, condition);
    }
    return condition;
  };
  const cachedRow = (rule: Rule): string[] => {
    let row = rows.get(rule);
    if (row === undefined) {
      row = rowOf(rule);
      rows.set(rule, row);
    }
    return row;
  };

  function enforce(ask: Ask, candidates: readonly Rule[]): boolean {
    // An empty policy makes Casbin evaluate its matcher once with empty strings: there is nothing to ask it.
    if (candidates.length === 0) return false;
    policy.policy = candidates.map(cachedRow);
    try {
      return enforcer.enforceSync(ask, ask.query.action, ask.query.resourceType);
    } finally {
      policy.policy = [];
    }
  }

  function evaluate(query: RuleQuery): RuleEvaluation {
    // Allow rules first and each group by id: Casbin stops at the first deny, and reasons come in one order.
    const byId = (a: Rule, b: Rule): number => (a.id < b.id ? -1 : 1);
    const allows = query.candidates.filter((rule) => rule.effect !== "DENY").sort(byId);
    const denies = query.candidates.filter((rule) => rule.effect === "DENY").sort(byId);
    const ask = new Ask(query, compile);
    const allowed = enforce(ask, [...allows, ...denies]);
    // The answer stands; the rest of the deny rules is asked so that every reason is named.
    for (let last = ask.deniedBy.at(-1); last !== undefined; ) {
      enforce(ask, denies.slice(denies.indexOf(last) + 1));
      const next = ask.deniedBy.at(-1);
      last = next === last ? undefined : next;
    }
    const { allowedBy, deniedBy, conditionFalse, conditionErrors } = ask;
    if (allowed !== (allowedBy.length > 0 && deniedBy.length === 0)) {
      throw new ScopewardenError(
        "INTERNAL",
        "The rule engine's answer and its reasons disagree; no decision was made.",
      );
    }
    return { allowed, allowedBy, deniedBy, conditionFalse, conditionErrors };
  }

  return { evaluate, couldMatch: (query) => couldMatch(query, compilePart), checkCondition };
}
