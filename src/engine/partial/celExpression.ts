import { type ASTNode, type Environment, serialize } from "@marcbachmann/cel-js";
import type { Path } from "./partialVariables.ts";

/** Functions that name a variable for their last arguments; `cel.bind` does so too. */
export const LOOPS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "map", "filter"]);

export function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}

function* nodesIn(args: unknown): Generator<ASTNode> {
  if (isNode(args)) yield args;
  else if (Array.isArray(args)) for (const item of args) yield* nodesIn(item);
}

/**
 * The expression as text, with all its parentheses, so that it reads back as what it is. One text, one meaning:
 * expressions of the same text have the same value under the same variables.
 */
export function textOf(node: ASTNode): string {
  switch (node.op) {
    case "value":
      return serialize(node);
    case "id":
      return node.args;
    case ".":
    case ".?":
      return `${textOf(node.args[0])}${node.op}${node.args[1]}`;
    case "[]":
    case "[?]":
      return `${textOf(node.args[0])}${node.op.slice(0, -1)}${textOf(node.args[1])}]`;
    case "call":
      return `${node.args[0]}(${node.args[1].map(textOf).join(", ")})`;
    case "rcall":
      return `${textOf(node.args[1])}.${node.args[0]}(${node.args[2].map(textOf).join(", ")})`;
    case "list":
      return `[${node.args.map(textOf).join(", ")}]`;
    case "map":
      return `{${node.args.map(([key, member]) => `${textOf(key)}: ${textOf(member)}`).join(", ")}}`;
    case "?:":
      return `(${textOf(node.args[0])} ? ${textOf(node.args[1])} : ${textOf(node.args[2])})`;
    case "!_":
    case "-_":
      return `(${node.op.charAt(0)}${textOf(node.args)})`;
    default:
      return `(${textOf(node.args[0])} ${node.op} ${textOf(node.args[1])})`;
  }
}

/** `resource.attributes.level` and `resource["labels"]` as a path that starts with a variable; null if it is none. */
export function pathOf(node: ASTNode): Path | null {
  if (node.op === "id") return [node.args];
  if (node.op === "." || node.op === "[]") {
    const [left, name] = node.args;
    const key = typeof name === "string" ? name : name.op === "value" ? name.args : null;
    const before = typeof key === "string" ? pathOf(left) : null;
    return before === null ? null : [...before, key as string];
  }
  return null;
}

/** The operands that are evaluated whatever the others are, so that an error in one is an error of the whole. */
export function strictOperands(node: ASTNode): readonly ASTNode[] {
  if (node.op === "call") return node.args[0] === "has" ? [] : node.args[1];
  if (node.op === "rcall") {
    const [name, receiver, args] = node.args;
    if (name === "bind") return [];
    return LOOPS.has(name) ? [receiver] : [receiver, ...args];
  }
  if (node.op === ".?" || node.op === "[?]" || node.op === "?:") return [];
  return [...nodesIn(node.args)];
}

/** The paths that an expression touches, or null where it has names that are neither among `variables` nor its own. */
export function pathsOf(
  node: ASTNode,
  variables: ReadonlySet<string>,
  own: ReadonlySet<string> = new Set(),
): readonly Path[] | null {
  const path = pathOf(node);
  const [root] = path ?? [];
  if (path !== null && root !== undefined) return own.has(root) ? [] : variables.has(root) ? [path] : null;
  const parts: (readonly Path[] | null)[] = [];
  if (node.op === "rcall" && (LOOPS.has(node.args[0]) || node.args[0] === "bind")) {
    const [name, receiver, [named, ...args]] = node.args;
    const inner = named?.op === "id" ? new Set([...own, named.args]) : own;
    const bound = name === "bind" ? args.shift() : undefined;
    // The receiver of `bind` is the name `cel`, which stands for nothing.
    if (bound !== undefined) parts.push(pathsOf(bound, variables, own));
    else parts.push(pathsOf(receiver, variables, own));
    for (const arg of args) parts.push(pathsOf(arg, variables, inner));
  } else for (const child of nodesIn(node.args)) parts.push(pathsOf(child, variables, own));
  return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? []);
}

/** Evaluates a part of a condition by itself; null where it can't be told apart from the whole. */
export function compilePart(environment: Environment, text: string): ((variables: object) => unknown) | null {
  try {
    const parsed = environment.parse(text);
    return textOf(parsed.ast) === text ? parsed : null;
  } catch {
    return null;
  }
}
