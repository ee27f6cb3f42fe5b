import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Assertion, Enforcer } from "casbin";
import type { RuleEngine, RuleEvaluation, RuleQuery } from "../domain/decisions/engine.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { Memo } from "../domain/kernel/memo.ts";
import type { CheckCondition } from "../domain/policy/conditions.ts";
import type { Candidate } from "../domain/policy/index/ruleTable.ts";
import type { Rule } from "../domain/policy/types.ts";
import { type Condition, checkCondition, compileCondition, compilePartial } from "./conditions.ts";
import { Ask, Evaluated } from "./evaluation.ts";
import {
  compileMatcher,
  type MatcherExpression,
  type MatcherFunction,
  type MatcherFunctions,
  type MatcherNode,
} from "./matcher.ts";
import { couldMatch } from "./partial/couldMatch.ts";
import type { PartialCondition } from "./partial/possible.ts";

// Casbin's CommonJS build: its ES module build was lowered so far that a question takes a third longer.
const require = createRequire(import.meta.url);
const casbin = require("casbin") as typeof import("casbin");
/** What Casbin reads its matcher with: its own copy, which knows the operators that Casbin adds. */
const expressions = createRequire(require.resolve("casbin"))("@casbin/expression-eval") as {
  readonly parse: (text: string) => MatcherNode;
};

export type Engine = RuleEngine & { readonly checkCondition: CheckCondition };

/** How many texts of conditions are kept compiled: rules share theirs. */
const MOST_CONDITIONS = 10_000;

/** A row of Casbin's policy. It takes any value for a column, though its types say text. */
type Row = readonly [rule: Candidate, eft: "allow" | "deny"];

const NOTHING: string[][] = [];

const asAsk = (value: unknown): Ask => {
  if (value instanceof Ask) return value;
  throw new Error("the matcher was called without a query");
};

/** What the matcher of model.conf can call. */
const FUNCTIONS: MatcherFunctions = new Map<string, MatcherFunction>([
  ["holdsRole", (ask: unknown, role: string) => role === "*" || asAsk(ask).query.roles.has(role)],
  ["meansScope", (ask: unknown, scope: string) => scope === "*" || asAsk(ask).query.scopeNames.has(scope)],
  ["conditionHolds", (ask: unknown, rule: Candidate) => asAsk(ask).conditionHolds(rule)],
]);

/** An enforcer whose matcher knows no functions but ours: none that match patterns, and none to copy for each question. */
class BareEnforcer extends casbin.Enforcer {
  forgetFunctions(): void {
    this.fm = new casbin.FunctionMap();
  }
}

/**
 * Has Casbin evaluate its matcher as closures, looked up once: it puts a key together and registers an operator anew
 * for each question, and walks the parsed matcher anew for each row.
 */
function keepMatcher(enforcer: Enforcer): void {
  type Inner = { getExpression?: (asyncCompile: boolean, text: string) => MatcherExpression };
  const inner = enforcer as unknown as Inner;
  const compile = inner.getExpression?.bind(enforcer);
  if (compile === undefined) throw new Error("this version of Casbin has another way to compile its matcher");
  const make = (asyncCompile: boolean, text: string): MatcherExpression => {
    const own = compile(asyncCompile, text);
    // Casbin writes lists in parentheses anew before it parses them.
    const compiled = asyncCompile || text.includes(" in ") ? null : compileMatcher(expressions.parse(text), FUNCTIONS);
    return compiled ?? ((context) => own({ ...context, ...Object.fromEntries(FUNCTIONS) }));
  };
  const kept = { asyncCompile: false, text: "", expression: null as MatcherExpression | null };
  inner.getExpression = (asyncCompile, text) => {
    if (kept.expression === null || kept.text !== text || kept.asyncCompile !== asyncCompile)
      Object.assign(kept, { asyncCompile, text, expression: make(asyncCompile, text) });
    return kept.expression as MatcherExpression;
  };
}

/** An enforcer over model.conf with an empty policy; candidates are put in for each question. */
async function loadEnforcer(modelText: string): Promise<{ readonly enforcer: Enforcer; readonly policy: Assertion }> {
  const model = casbin.newModel(modelText);
  const enforcer = await casbin.newEnforcerWithClass(BareEnforcer, model);
  enforcer.forgetFunctions();
  keepMatcher(enforcer);
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
  const conditions = new Memo<Condition>(MOST_CONDITIONS);
  const partial = new WeakMap<Rule, PartialCondition>();

  const compile = (when: string): Condition => {
    let condition = conditions.get(when);
    if (condition === undefined) {
      condition = compileCondition(when);
      conditions.set(when, condition);
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

  function enforce(ask: Ask, rows: readonly Row[]): boolean {
    // An empty policy makes Casbin evaluate its matcher once with empty strings: there is nothing to ask it.
    if (rows.length === 0) return false;
    policy.policy = rows as unknown as string[][];
    try {
      return enforcer.enforceSync(ask);
    } finally {
      policy.policy = NOTHING;
    }
  }

  function evaluate(query: RuleQuery): RuleEvaluation {
    const rows: Row[] = [];
    const denies: Row[] = [];
    for (const candidate of query.candidates) {
      if (candidate.effect === "ALLOW") rows.push([candidate, "allow"]);
      else if (candidate.effect === "DENY") denies.push([candidate, "deny"]);
      // Only these two effects exist in model.conf: Casbin takes any other for none.
      else throw new Error(`a rule of ${query.scope} has no effect that is known`);
    }
    // Allow rules first: Casbin stops at the first deny.
    for (const row of denies) rows.push(row);
    const ask = new Ask(query, compile);
    const allowed = enforce(ask, rows);
    // The answer stands; the rest of the deny rules is asked so that every reason is named.
    for (let rest = denies, seen = 0; ask.denying.length > seen; enforce(ask, rest)) {
      seen = ask.denying.length;
      const last = ask.denying.at(-1);
      rest = rest.slice(rest.findIndex(([rule]) => rule === last) + 1);
    }
    if (allowed !== (ask.allowing.length > 0 && ask.denying.length === 0)) {
      throw new ScopewardenError(
        "INTERNAL",
        "The rule engine's answer and its reasons disagree; no decision was made.",
      );
    }
    return new Evaluated(allowed, ask);
  }

  return { evaluate, couldMatch: (query) => couldMatch(query, compilePart), checkCondition };
}
