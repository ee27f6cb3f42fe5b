import { type ASTNode, serialize } from "@marcbachmann/cel-js";
import type { Path } from "./partial/partialVariables.ts";

/** Functions that name a variable for their last arguments; `cel.bind` does so too. */
export const LOOPS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "map", "filter"]);

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}

/** The parts of an expression, or of several, one level down. */
export function* nodesIn(args: unknown): Generator<ASTNode> {
  if (isNode(args)) yield args;
  else if (Array.isArray(args)) for (const item of args) yield* nodesIn(item);
}

/** The expression as text, with all its parentheses, and its parts as `of` says. */
export function printNode(node: ASTNode, of: (part: ASTNode) => string): string {
  switch (node.op) {
    case "value":
      return serialize(node);
    case "id":
      return node.args;
    case ".":
    case ".?":
      return `${of(node.args[0])}${node.op}${node.args[1]}`;
    case "[]":
    case "[?]":
      return `${of(node.args[0])}${node.op.slice(0, -1)}${of(node.args[1])}]`;
    case "call":
      return `${node.args[0]}(${node.args[1].map(of).join(", ")})`;
    case "rcall":
      return `${of(node.args[1])}.${node.args[0]}(${node.args[2].map(of).join(", ")})`;
    case "list":
      return `[${node.args.map(of).join(", ")}]`;
    case "map":
      return `{${node.args.map(([key, member]) => `${of(key)}: ${of(member)}`).join(", ")}}`;
    case "?:":
      return `(${of(node.args[0])} ? ${of(node.args[1])} : ${of(node.args[2])})`;
    case "!_":
    case "-_":
      return `(${node.op.charAt(0)}${of(node.args)})`;
    default:
      return `(${of(node.args[0])} ${node.op} ${of(node.args[1])})`;
  }
}

/**
 * The expression as text, so that it reads back as what it is. One text, one meaning: expressions of the same text have
 * the same value under the same variables.
 */
export const textOf = (node: ASTNode): string => printNode(node, textOf);

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

/** A part of an expression, with the names that the whole gives to values, which hide variables of the same names. */
interface ScopedPart {
  readonly node: ASTNode;
  readonly own: ReadonlySet<string>;
}

/** The parts of an expression that are evaluated, one level down. */
export function partsOf(node: ASTNode, own: ReadonlySet<string>): readonly ScopedPart[] {
  if (node.op !== "rcall" || !(LOOPS.has(node.args[0]) || node.args[0] === "bind"))
    return [...nodesIn(node.args)].map((part) => ({ node: part, own }));
  const [name, receiver, [named, ...args]] = node.args;
  const inner = named?.op === "id" ? new Set([...own, named.args]) : own;
  // The receiver of `bind` is the name `cel`, which stands for nothing; its value knows nothing of its name.
  const [first, rest] = name === "bind" ? [args[0], args.slice(1)] : [receiver, args];
  return [...(first === undefined ? [] : [{ node: first, own }]), ...rest.map((part) => ({ node: part, own: inner }))];
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
  const parts = partsOf(node, own).map((part) => pathsOf(part.node, variables, part.own));
  return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? []);
}
