import type { ASTNode } from "@marcbachmann/cel-js";
import { LOOPS, nodesIn, pathOf, printNode, textOf } from "../celExpression.ts";
import { memberType, VALUES } from "../conditionMembers.ts";
import { FUNCTION_COSTS } from "./functionCosts.ts";
import { CHARACTERS_A_STEP } from "./meter.ts";

/** Where an expression stands: within a loop, what is looked at once a round counts; names of its own may be anything. */
interface Place {
  readonly inLoop: boolean;
  readonly own: ReadonlySet<string>;
  /** Two names that the condition does not have. */
  readonly free: readonly [string, string];
}

/** What a text that is parsed, or split into its characters, costs more than one that is read. */
const LONG = CHARACTERS_A_STEP;
/** What a time zone costs, for each step of its name. */
const ZONE = 700;

const COMPARED: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
const TRUTHS: ReadonlySet<string> = new Set([...COMPARED, "&&", "||", "!_", "in"]);
/** Functions whose result is a number, true or false, or a type. */
const SCALAR_COSTS: ReadonlySet<string> = new Set(["size", "prefix", "zone"]);
const SCALARS: ReadonlySet<string> = new Set(["has", "type", "bool", "double", "int", "uint", "contains"]);

function pathAt(node: ASTNode, { own }: Place): readonly string[] | null {
  const path = pathOf(node);
  return path === null || own.has(path[0] ?? "") ? null : path;
}

/** Surely a single value, and if a text, one of those that input keeps short. */
function isScalar(node: ASTNode, place: Place): boolean {
  if (node.op === "value" || TRUTHS.has(node.op)) return true;
  if (node.op === "call" || node.op === "rcall")
    return SCALARS.has(node.args[0]) || SCALAR_COSTS.has(FUNCTION_COSTS.get(node.args[0]) ?? "");
  const path = pathAt(node, place);
  if (path === null) return false;
  return path.length === 1 ? VALUES.has(path[0] ?? "") : path.length === 2 && memberType(path) === "string";
}

/** Surely so small that to look at it once counts as nothing: a scalar, a literal of scalars, and the labels. */
function isShort(node: ASTNode, place: Place): boolean {
  if (isScalar(node, place)) return true;
  if (node.op === "list" || node.op === "map") return [...nodesIn(node.args)].every((part) => isScalar(part, place));
  const path = pathAt(node, place);
  return path !== null && path.length === 2 && memberType(path) === "list<string>" && !place.inLoop;
}

const isLoop = (node: ASTNode): node is ASTNode & { op: "rcall" } => node.op === "rcall" && LOOPS.has(node.args[0]);

/** How many expressions are evaluated once a round; those within a further loop are counted where it stands. */
function roundSteps(node: ASTNode): number {
  const parts = isLoop(node) ? [node.args[1]] : [...nodesIn(node.args)];
  return parts.reduce((sum, part) => sum + roundSteps(part), 1);
}

const withOwn = (place: Place, name: ASTNode | undefined, inLoop: boolean): Place => ({
  ...place,
  inLoop,
  own: name?.op === "id" ? new Set([...place.own, name.args]) : place.own,
});

/** The expression with both its sides under names, so that what they cost together can be told before. */
function paired(
  pay: "_within" | "_search",
  sides: readonly [string, string],
  { free: [a, b] }: Place,
  whole: readonly [text: string, otherwise: string],
): string {
  return `cel.bind(${a}, ${sides[0]}, cel.bind(${b}, ${sides[1]}, (${pay}(${a}, ${b}) ? ${whole.join(" : ")})))`;
}

function loopText(node: ASTNode & { op: "rcall" }, place: Place): string {
  const [name, receiver, [item, ...bodies]] = node.args;
  const inner = withOwn(place, item, true);
  const steps = 1 + bodies.reduce((sum, body) => sum + roundSteps(body), 0);
  const written = bodies.map((body) => write(body, inner));
  // These two go on after an error, for as long as there is no answer.
  const stop = name === "all" ? "false" : name === "exists" ? "true" : null;
  const parts = stop === null ? written : written.map((body) => `_try(${body}, ${stop})`);
  return `_each(${write(receiver, place)}, ${steps}).${name}(${[item, ...parts].map((part) => (typeof part === "object" ? textOf(part) : (part ?? ""))).join(", ")})`;
}

/** What stands for the result where the steps don't suffice. */
const OTHERWISE: Readonly<Record<string, string>> = { contains: "false", join: '""' };

/** A function whose cost is that of its receiver times that of its first argument. */
function productText(node: ASTNode & { op: "rcall" }, place: Place): string {
  const [name, receiver, [wanted, ...more]] = node.args;
  const rest = more.map((part) => `, ${write(part, place)}`).join("");
  const each = name === "join" ? LONG : 1;
  if (wanted === undefined) return `_weigh(${write(receiver, place)}, ${each}).${name}()`;
  if (wanted.op === "value" && typeof wanted.args === "string") {
    const times = each * (1 + Math.floor(wanted.args.length / CHARACTERS_A_STEP));
    return `_weigh(${write(receiver, place)}, ${times}).${name}(${textOf(wanted)}${rest})`;
  }
  const sides = [write(receiver, place), write(wanted, place)] as const;
  const [a, b] = place.free;
  return paired("_search", sides, place, [`${a}.${name}(${b}${rest})`, OTHERWISE[name] ?? "0"]);
}

function callText(node: ASTNode & { op: "call" | "rcall" }, place: Place): string {
  const [name] = node.args;
  const args = node.op === "call" ? node.args[1] : node.args[2];
  const each = (wrap: (part: ASTNode, written: string) => string): string =>
    printNode(node, (part) => wrap(part, write(part, place)));
  const weighed = (times: number) => (part: ASTNode, written: string) =>
    isShort(part, place) && times === 1 ? written : `_weigh(${written}, ${times})`;
  switch (FUNCTION_COSTS.get(name)) {
    case "size":
      return each((part, written) => (isShort(part, place) ? written : `_each(${written}, 1)`));
    case "length":
      return each(weighed(1));
    case "long":
      return each(weighed(LONG));
    case "prefix":
      return each((part, written) => (args.includes(part) ? weighed(1)(part, written) : written));
    case "zone":
      return each((part, written) => (args.includes(part) ? weighed(ZONE)(part, written) : written));
    case "duration":
      return each((_, written) => `_cube(${written})`);
    case "search":
    case "join":
      return node.op === "rcall" ? productText(node, place) : each((_, written) => written);
    default:
      return each((_, written) => written);
  }
}

function withinText(node: ASTNode & { op: "in" }, place: Place): string {
  const [item, list] = node.args;
  const sides = [write(item, place), write(list, place)] as const;
  if (isShort(list, place)) return `(${sides[0]} in ${sides[1]})`;
  // Compared with a single value, or with texts, nothing is looked at twice.
  if (isScalar(item, place) || memberType(pathAt(list, place) ?? []) === "list<string>")
    return `(${sides[0]} in _weigh(${sides[1]}, 1))`;
  const [a, b] = place.free;
  return paired("_within", sides, place, [`(${a} in ${b})`, "false"]);
}

function write(node: ASTNode, place: Place): string {
  const parts = (wrap: (part: ASTNode, written: string) => string): string =>
    printNode(node, (part) => wrap(part, write(part, place)));
  const weighed = (part: ASTNode, written: string): string =>
    isShort(part, place) ? written : `_weigh(${written}, 1)`;
  if (isLoop(node)) return loopText(node, place);
  if (node.op === "call" && node.args[0] === "has") return textOf(node);
  if (node.op === "rcall" && node.args[0] === "bind") {
    const [name, value, body] = node.args[2];
    const inner = withOwn(place, name, place.inLoop);
    return printNode(node, (part) =>
      part === body ? write(part, inner) : part === value ? write(part, place) : textOf(part),
    );
  }
  if (node.op === "call" || node.op === "rcall") return callText(node, place);
  if (node.op === "in") return withinText(node, place);
  if (COMPARED.has(node.op)) {
    const single = [...nodesIn(node.args)].some((part) => isScalar(part, place));
    return parts((part, written) => (single ? written : weighed(part, written)));
  }
  if (node.op === "+") return parts(weighed);
  // An error on the left of these is caught, once a round.
  if (place.inLoop && (node.op === "&&" || node.op === "||")) {
    const [left] = node.args;
    return parts((part, written) => (part === left ? `_try(${written}, ${node.op === "||"})` : written));
  }
  return parts((_, written) => written);
}

/**
 * An expression as text that counts its steps, by the functions of `meteredEnvironment`, and comes to the same.
 * Equal to `textOf` where there is nothing to count: its parts, which are limited in number, all take a short time.
 */
export function meteredText(node: ASTNode): string {
  const text = textOf(node);
  let start = "_";
  while (text.includes(start)) start += "_";
  return write(node, { inLoop: false, own: new Set(), free: [`${start}a`, `${start}b`] });
}
