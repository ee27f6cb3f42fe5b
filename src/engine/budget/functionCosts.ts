import { LOOPS } from "../celExpression.ts";

/**
 * What a function of CEL costs beside the one step of its call:
 * - `nothing`: as much whatever it is given;
 * - `size`: the elements of a list or a map, or the length of a text;
 * - `length`: all of what it is given;
 * - `long`: all of it, many times over, as each character becomes a value or is parsed;
 * - `prefix`: its argument, as no more of the text is looked at;
 * - `search`: the text times what is looked for;
 * - `join`: the list times what stands between its items;
 * - `zone`: nothing without, and much with an argument, which names a time zone;
 * - `duration`: the cube of the text's length;
 * - `loop`, `bind`: told by their parts;
 * - `refused`: is not available, as what it costs can't be told.
 */
type FunctionCost =
  | "nothing"
  | "size"
  | "length"
  | "long"
  | "prefix"
  | "search"
  | "join"
  | "zone"
  | "duration"
  | "loop"
  | "bind"
  | "refused";

const ZONED = ["Date", "DayOfMonth", "DayOfWeek", "DayOfYear", "FullYear", "Hours", "Milliseconds", "Minutes", "Month"];

/** Every function of CEL as it is installed; one that is not here is not available. */
export const FUNCTION_COSTS: ReadonlyMap<string, FunctionCost> = new Map<string, FunctionCost>([
  ...["has", "dyn", "type", "bool", "timestamp", "at"].map((name) => [name, "nothing"] as const),
  ...["hasValue", "value", "none", "of", "or", "orValue"].map((name) => [name, "nothing"] as const),
  ["size", "size"],
  ...["bytes", "double", "int", "uint", "string", "lowerAscii", "upperAscii", "trim", "substring"].map(
    (name) => [name, "length"] as const,
  ),
  ...["hex", "base64"].map((name) => [name, "length"] as const),
  ...["json", "split"].map((name) => [name, "long"] as const),
  ...["startsWith", "endsWith"].map((name) => [name, "prefix"] as const),
  ...["contains", "indexOf", "lastIndexOf"].map((name) => [name, "search"] as const),
  ...[...ZONED, "Seconds"].map((name) => [`get${name}`, "zone"] as const),
  ["join", "join"],
  ["duration", "duration"],
  ...[...LOOPS].map((name) => [name, "loop"] as const),
  ["bind", "bind"],
  ["matches", "refused"],
]);
