import { canonicalJson, type Json } from "./canonical.ts";
import { seenTextProblem, textProblem } from "./text.ts";

/** `depth` bounds the nesting, `characters` the canonical text in UTF-16 code units. */
export interface JsonBounds {
  readonly depth: number;
  readonly characters: number;
}

/** Names that mean something to JavaScript itself; no attribute has them, and no evaluator needs to be trusted with them. */
const RESERVED = new Set(["__proto__", "constructor", "prototype"]);
const nameProblem = (name: string): string | null =>
  RESERVED.has(name) ? `must not have a member named ${name}` : seenTextProblem(name, 256);

/** Beyond 2^53 several whole numbers become one when JSON is read, and these may be record numbers. */
function numberProblem(value: number): string | null {
  if (!Number.isFinite(value)) return "must have finite numbers only";
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? `must not have whole numbers beyond ${Number.MAX_SAFE_INTEGER}, which can't be told apart: send them as text`
    : null;
}

function valueProblem(value: unknown, depth: number, bounds: JsonBounds): string | null {
  if (typeof value === "string") return textProblem(value, Number.MAX_SAFE_INTEGER);
  if (value === null || typeof value === "boolean") return null;
  if (typeof value === "number") return numberProblem(value);
  if (typeof value !== "object") return `must be JSON, which has no ${typeof value}`;
  if (depth === 0) return `must be nested at most ${bounds.depth} levels deep`;
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [name, member] of entries) {
    const problem = (typeof name === "string" ? nameProblem(name) : null) ?? valueProblem(member, depth - 1, bounds);
    if (problem !== null) return problem;
  }
  return null;
}

/**
 * Why a value is no JSON object that a request may carry (too deep, too large, or with text that no store keeps alike);
 * or how many characters its canonical text has.
 */
export function jsonObjectSize(value: unknown, bounds: JsonBounds): string | number {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "must be a JSON object";
  const problem = valueProblem(value, bounds.depth, bounds);
  if (problem !== null) return problem;
  const { length } = canonicalJson(value as Json);
  return length > bounds.characters ? `must have at most ${bounds.characters} characters as JSON` : length;
}

/** The same, where the size is beside the point. */
export function jsonObjectProblem(value: unknown, bounds: JsonBounds): string | null {
  const size = jsonObjectSize(value, bounds);
  return typeof size === "string" ? size : null;
}
