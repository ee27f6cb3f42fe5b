import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ASTNode } from "@marcbachmann/cel-js";
import type { ConditionValues, RuleEngine, RuleEvaluation, RuleQuery } from "../domain/decisions/ruleEngine.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { Memo } from "../domain/kernel/memo.ts";
import type { CheckCondition, IsNarrower, ReadCondition } from "../domain/policy/conditions.ts";
import type { Rule } from "../domain/policy/types.ts";
import { openCasbin, type PolicyRow } from "./casbin.ts";
import { pathOf, textOf } from "./celExpression.ts";
import { parseCondition } from "./conditionCheck.ts";
import { type Condition, checkCondition, compileCondition, compilePartial } from "./conditions.ts";
import { readCondition } from "./conditionTerms.ts";
import { Evaluation, MATCHER_FUNCTIONS } from "./evaluation.ts";
import { conditionTells } from "./identifyingCondition.ts";
import { couldBe, evaluatePartial, isNarrower, remainderOfRule } from "./partial/evaluatePartial.ts";
import type { PartialCondition } from "./partial/partialCondition.ts";

export type Engine = RuleEngine & {
  readonly checkCondition: CheckCondition;
  readonly readCondition: ReadCondition;
  readonly isNarrower: IsNarrower;
};

/** How many texts of conditions are kept compiled: rules share theirs. */
const MOST_CONDITIONS = 10_000;

/** Where a text is no condition, as one of an older version may be, nothing is sure. */
const narrower: IsNarrower = (before, after) => {
  if ([before, after].some((when) => when !== null && checkCondition(when) !== null)) return false;
  return isNarrower(compilePartial(before), after === null ? null : compilePartial(after));
};

/** What all must hold. */
function allOf(node: ASTNode): readonly ASTNode[] {
  if (node.op !== "&&") return [node];
  const [left, right] = node.args;
  return [...allOf(left), ...allOf(right)];
}

interface Values {
  readonly member: string;
  readonly texts: readonly string[];
}

const memberOf = (node: ASTNode): string | null => pathOf(node)?.join(".") ?? null;

/** The values that a member is confined to: `m == "a"`, `m in ["a", "b"]`, and several of those of which one is enough. */
function valuesOf(node: ASTNode): Values | null {
  if (node.op === "||") {
    const [one, other] = [valuesOf(node.args[0]), valuesOf(node.args[1])];
    if (one === null || other === null || one.member !== other.member) return null;
    return { member: one.member, texts: [...new Set([...one.texts, ...other.texts])] };
  }
  if (node.op !== "==" && node.op !== "in") return null;
  const [left, right] = node.args as readonly [ASTNode, ASTNode];
  const [side, other] = node.op === "==" && left.op === "value" ? [right, left] : [left, right];
  const member = memberOf(side);
  const items = node.op === "==" ? [other] : other.op === "list" ? other.args : [];
  const texts = items.flatMap((item) => (item.op === "value" && typeof item.args === "string" ? item.args : []));
  if (member === null || texts.length === 0 || texts.length < items.length) return null;
  return { member, texts: [...new Set(texts)] };
}

/** Of these parts the one that confines a member; it says by itself that the member is there. */
function confined(parts: readonly ASTNode[]): Values | null {
  const found = parts.flatMap((part) => valuesOf(part) ?? []);
  const [values] = found;
  if (values === undefined || found.length > 1) return null;
  const isGuard = (node: ASTNode): boolean =>
    node.op === "call" && node.args[0] === "has" && node.args[1].every((arg) => memberOf(arg) === values.member);
  return parts.every((part) => isGuard(part) || valuesOf(part) !== null) ? values : null;
}

/** Compares two conditions that confine one member to values, and say the same beside it. */
function compareConditions(before: string | null, after: string | null): ConditionValues | null {
  const [was, is] = [before, after].map((when) => (when === null ? [] : allOf(parseCondition(when))));
  if (was === undefined || is === undefined) return null;
  const [wasTexts, isTexts] = [new Set(was.map(textOf)), new Set(is.map(textOf))];
  const [goes, comes] = [was.filter((p) => !isTexts.has(textOf(p))), is.filter((p) => !wasTexts.has(textOf(p)))];
  const [from, to] = [confined(goes), confined(comes)];
  const isAny = (parts: readonly ASTNode[]): boolean => parts.length === 0;
  if ((from === null && !isAny(goes)) || (to === null && !isAny(comes))) return null;
  const member = from?.member ?? to?.member;
  if (member === undefined || (from !== null && to !== null && from.member !== to.member)) return null;
  return { member, before: from?.texts ?? null, after: to?.texts ?? null };
}

/**
 * The rule engine: Casbin over `model.conf`. Casbin's answer decides; what its functions answered on the way gives
 * the reasons, and must agree with it. Of Casbin's traps none can be reached: an empty policy never gets to it,
 * its policy is put in as arrays and never loaded or cached, and its matcher knows no pattern and no `eval`.
 */
export async function createEngine(options: { readonly modelText?: string } = {}): Promise<Engine> {
  const modelText =
    options.modelText ?? (await readFile(fileURLToPath(new URL("../../model.conf", import.meta.url)), "utf8"));
  const enforce = await openCasbin({ modelText, functions: MATCHER_FUNCTIONS });
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
  const partialOf = (rule: Rule): PartialCondition | null => {
    if (rule.when === null) return null;
    let condition = partial.get(rule);
    if (condition === undefined) {
      condition = compilePartial(rule.when);
      partial.set(rule, condition);
    }
    return condition;
  };

  function evaluate(query: RuleQuery): RuleEvaluation {
    const rows: PolicyRow[] = [];
    const denies: PolicyRow[] = [];
    for (const candidate of query.candidates) {
      if (candidate.effect === "ALLOW") rows.push([candidate, "allow"]);
      else if (candidate.effect === "DENY") denies.push([candidate, "deny"]);
      // Only these two effects exist in model.conf: Casbin takes any other for none.
      else throw new Error(`a rule of ${query.scope} has no effect that is known`);
    }
    // Allow rules first: Casbin stops at the first deny.
    for (const row of denies) rows.push(row);
    const evaluation = new Evaluation(query, compile);
    const allowed = enforce(evaluation, rows);
    const { allowing, denying } = evaluation;
    // The answer stands; the rest of the deny rules is asked so that every reason is named.
    for (let rest = denies, seen = 0; denying.length > seen; enforce(evaluation, rest)) {
      seen = denying.length;
      const last = denying.at(-1);
      rest = rest.slice(rest.findIndex(([rule]) => rule === last) + 1);
    }
    if (allowed !== (allowing.length > 0 && denying.length === 0)) {
      throw new ScopewardenError(
        "INTERNAL",
        "The rule engine's answer and its reasons disagree; no decision was made.",
      );
    }
    return evaluation.answer(allowed);
  }

  return {
    evaluate,
    evaluatePartial: (query) => evaluatePartial(query, partialOf),
    couldBe: (query) => couldBe(query, partialOf),
    remainder: (query) => remainderOfRule(query, partialOf),
    compareConditions,
    conditionTells,
    checkCondition,
    readCondition,
    isNarrower: narrower,
  };
}
