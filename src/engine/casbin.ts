/**
 * Casbin, and every use of what is private to it or has types that don't fit: its functions, the compiler of its
 * matcher, its own parser of expressions, and the rows of its policy. So Casbin's version is checked at the start.
 */
import { createRequire } from "node:module";
import type { Enforcer } from "casbin";
import type { RuleGroup } from "../domain/policy/ruleGroup.ts";
import { compileMatcher, type MatcherExpression, type MatcherFunctions, type MatcherNode } from "./matcher.ts";

/** The version whose source this file was written for. */
const CASBIN_VERSION = "5.51.1";

// Casbin's CommonJS build: its ES module build was lowered to older JavaScript, and is much slower.
const require = createRequire(import.meta.url);
const casbin = require("casbin") as typeof import("casbin");
/** What Casbin reads its matcher with: its own copy, which knows the operators that Casbin adds. */
const expressions = createRequire(require.resolve("casbin"))("@casbin/expression-eval") as {
  readonly parse: (text: string) => MatcherNode;
};

/** @throws when another version of Casbin is installed than this file was written for, with what is to be checked. */
function checkVersion(): void {
  const { version } = require("casbin/package.json") as { readonly version: string };
  if (version === CASBIN_VERSION) return;
  throw new Error(
    `Casbin ${version} is installed, but src/engine/casbin.ts uses private members of Casbin ${CASBIN_VERSION}. ` +
      "Check in its coreEnforcer.js that privateEnforce still asks getExpression(asyncCompile, text) for the matcher, " +
      "calls it with one object of values by name (r_query, p_rule, p_eft) for each row, adds the functions of fm to that object, " +
      "and reads rows as policy[row][column]; that an effect is still 'allow' or 'deny'; and that @casbin/expression-eval " +
      "still parses matchers. Then set CASBIN_VERSION there and run the tests in test/engine, test/laws and test/oracle.",
  );
}

/** A row of the policy: the columns that model.conf names, with a rule as the value of the first. */
export type PolicyRow = readonly [rule: RuleGroup, eft: "allow" | "deny"];

/** Casbin's answer to a query over these rows and no others. @throws what a function of the matcher throws. */
export type Enforce = (query: object, rows: readonly PolicyRow[]) => boolean;

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
function keepMatcher(enforcer: Enforcer, functions: MatcherFunctions): void {
  type Inner = { getExpression: (asyncCompile: boolean, text: string) => MatcherExpression };
  const inner = enforcer as unknown as Inner;
  const compile = inner.getExpression.bind(enforcer);
  const byName = Object.fromEntries(functions);
  const make = (asyncCompile: boolean, text: string): MatcherExpression => {
    const own = compile(asyncCompile, text);
    // Casbin writes lists in parentheses anew before it parses them.
    const compiled = asyncCompile || text.includes(" in ") ? null : compileMatcher(expressions.parse(text), functions);
    return compiled ?? ((context) => own({ ...context, ...byName }));
  };
  const kept = { asyncCompile: false, text: "", expression: null as MatcherExpression | null };
  inner.getExpression = (asyncCompile, text) => {
    if (kept.expression === null || kept.text !== text || kept.asyncCompile !== asyncCompile)
      Object.assign(kept, { asyncCompile, text, expression: make(asyncCompile, text) });
    return kept.expression as MatcherExpression;
  };
}

/** Casbin over a model, without a policy of its own. @throws when the model is not valid, or for another version of Casbin. */
export async function openCasbin(options: {
  readonly modelText: string;
  /** What its matcher can call. */
  readonly functions: MatcherFunctions;
}): Promise<Enforce> {
  checkVersion();
  const model = casbin.newModel(options.modelText);
  const enforcer = await casbin.newEnforcerWithClass(BareEnforcer, model);
  enforcer.forgetFunctions();
  keepMatcher(enforcer, options.functions);
  const policy = model.model.get("p")?.get("p");
  if (policy === undefined) throw new Error("model.conf has no policy definition p");
  return (query, rows) => {
    // An empty policy makes Casbin evaluate its matcher once with empty strings: there is nothing to ask it.
    if (rows.length === 0) return false;
    // It takes any value for a column, though its types say text.
    policy.policy = rows as unknown as string[][];
    return enforcer.enforceSync(query);
  };
}
