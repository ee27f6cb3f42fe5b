import type { ASTNode } from "@marcbachmann/cel-js";
import type { ConditionValues } from "../domain/decisions/ruleEngine.ts";
import { pathOf, textOf } from "./celExpression.ts";
import { parseCondition } from "./conditionCheck.ts";

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
export function compareConditions(before: string | null, after: string | null): ConditionValues | null {
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
