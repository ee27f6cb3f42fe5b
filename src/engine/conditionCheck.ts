import { type ASTNode, TypeError as CelTypeError, Environment, ParseError } from "@marcbachmann/cel-js";
import type { ConditionProblem } from "../domain/policy/conditions.ts";
import { FUNCTION_COSTS } from "./budget/functionCosts.ts";
import { partsOf, pathOf } from "./celExpression.ts";
import { memberType, OBJECTS, VALUES } from "./conditionMembers.ts";

/** What an author writes by hand is far below these. Lists and maps are limited by their parts alone. */
const limits = { maxAstNodes: 500, maxDepth: 24, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 8 };

/** Knows of each name what members it has, and of what type they are. Nothing is evaluated in it. */
const environment = new Environment({ unlistedVariablesAreDyn: false, limits });
for (const [name, type] of VALUES) environment.registerVariable(name, type);
for (const [name, schema] of OBJECTS) environment.registerVariable({ name, schema });

function at(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

type Found = { readonly at: number; readonly message: string };

function functionProblem(node: ASTNode): Found | null {
  if (node.op !== "call" && node.op !== "rcall") return null;
  const [name] = node.args;
  const cost = FUNCTION_COSTS.get(name);
  // A backtracking expression over what a caller sends could stop the service.
  if (name === "matches")
    return { at: node.start, message: "matches() is not available: use ==, in, startsWith, endsWith or contains" };
  // What is not known at all is told by the check of types.
  return cost === "refused" ? { at: node.start, message: `${name}() is not available` } : null;
}

/** A member that can't be there, also where only `has()` asks for it. */
function memberProblem(node: ASTNode, own: ReadonlySet<string>): Found | null {
  const path = node.op === "." || node.op === "[]" ? pathOf(node) : null;
  const [object = "", member = "", ...rest] = path ?? [];
  const members = own.has(object) ? undefined : OBJECTS.get(object);
  if (members === undefined) return null;
  const type = memberType([object, member]);
  if (type === undefined)
    return { at: node.pos, message: `${object} has no member ${member}, only ${Object.keys(members).join(", ")}` };
  if (rest.length === 0 || type.startsWith("map")) return null;
  const what = type === "string" ? "a text" : "a list";
  return { at: node.pos, message: `${object}.${member} is ${what} and has no member ${rest.join(".")}` };
}

/** The first use of what is not allowed here, the whole before its parts. */
function refused(node: ASTNode, own: ReadonlySet<string>): Found | null {
  const found = functionProblem(node);
  if (found !== null) return found;
  for (const part of partsOf(node, own)) {
    const inner = refused(part.node, part.own);
    if (inner !== null) return inner;
  }
  return memberProblem(node, own);
}

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/\$/g, ""],
  [/google\.protobuf\.(\w+)/g, "$1"],
  [/, dyn>/g, ", any>"],
];
const shown = (type: string): string => TYPES.reduce((text, [from, to]) => text.replace(from, to), type).toLowerCase();

/** The message of the check in plain words. */
function messageOf(error: ParseError | CelTypeError): string {
  const summary = error.summary ?? error.message;
  const operands = /^no such overload: (.+) ([^ ]+) (.+)$/.exec(summary);
  if (operands === null) return shownSummary(summary);
  const [, left = "", operator = "", right = ""] = operands;
  const types = `${shown(left)} ${operator} ${shown(right)}`;
  return left === "null" || right === "null"
    ? `${types}: what is absent is not null; ask has() whether it is there`
    : `${types}: values of these types can't stand on the two sides of ${operator}`;
}

const shownSummary = (summary: string): string => {
  const call = /^found no matching overload for '(.+)'$/.exec(summary);
  return call === null ? summary : `there is no function ${shown(call[1] ?? "")}, with arguments of these types`;
};

function problemOf(text: string, error: unknown): ConditionProblem {
  if (error instanceof ParseError || error instanceof CelTypeError)
    return { message: messageOf(error), ...at(text, error.range?.start ?? 0) };
  return { message: error instanceof Error ? error.message : String(error), line: 1, column: 1 };
}

/**
 * What is wrong with the text of a condition: its syntax, a name or member that does not exist, types that don't go
 * together, a result that is no boolean; or null. What is in `attributes` is known only when it comes.
 */
export function problemIn(text: string): ConditionProblem | null {
  try {
    const parsed = environment.parse(text);
    const found = refused(parsed.ast, new Set());
    if (found !== null) return { message: found.message, ...at(text, found.at) };
    const checked = parsed.check();
    if (!checked.valid) return problemOf(text, checked.error);
    if (checked.type !== "bool" && checked.type !== "dyn")
      return { message: `must be true or false, not ${shown(checked.type ?? "")}`, line: 1, column: 1 };
    return null;
  } catch (error) {
    return problemOf(text, error);
  }
}

/** A condition as it was written, for those who read it. @throws for what is no CEL. */
export const parseCondition = (text: string): ASTNode => environment.parse(text).ast;
