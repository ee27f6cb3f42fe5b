import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import { identifierProblem, textProblem } from "../../kernel/text.ts";
import type { EntityRef, PutEntity } from "../operations.ts";
import { type Entity, rowKey } from "../types.ts";
import type { Draft } from "./draft.ts";

/** As for the attributes of a request: what is registered must be able to stand in one. */
const MAX_CHARACTERS = 16 * 1024;
const MAX_DEPTH = 6;
const RESERVED = new Set(["__proto__", "constructor", "prototype"]);

function valueProblem(value: unknown, depth: number): string | null {
  if (typeof value === "string") return textProblem(value, MAX_CHARACTERS);
  if (value === null || typeof value === "boolean" || Number.isFinite(value)) return null;
  if (typeof value !== "object") return `must be JSON, which has no ${typeof value}`;
  if (depth === 0) return `must be nested at most ${MAX_DEPTH} levels deep`;
  for (const [name, member] of Object.entries(value)) {
    if (RESERVED.has(name)) return `must not have a member named ${name}`;
    const problem = textProblem(name, 256) ?? valueProblem(member, depth - 1);
    if (problem !== null) return problem;
  }
  return null;
}

function propertiesProblem(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "must be a JSON object";
  const problem = valueProblem(value, MAX_DEPTH);
  if (problem !== null) return problem;
  return canonicalJson(value as Json).length > MAX_CHARACTERS
    ? `must have at most ${MAX_CHARACTERS} characters as JSON`
    : null;
}

export function putEntity(draft: Draft, input: PutEntity, path: string): void {
  const { type, id } = input;
  const properties = input.properties ?? null;
  const typed = draft.expect(`${path}.type`, identifierProblem(type));
  const named = draft.expect(`${path}.id`, identifierProblem(id));
  const told = draft.expect(`${path}.properties`, properties === null ? null : propertiesProblem(properties));
  if (typed && named && told) draft.put("entity", { type, id, properties: properties as Entity["properties"] }, path);
}

export function deleteEntity(draft: Draft, { type, id }: EntityRef, path: string): void {
  if (!draft.snapshot.entities.get(type)?.has(id)) draft.problem(path, `there is no entity ${id} of the type ${type}`);
  draft.remove("entity", rowKey.entity({ type, id, properties: null }), path);
}
