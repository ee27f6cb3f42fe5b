import { type JsonBounds, jsonObjectProblem } from "../../kernel/jsonObject.ts";
import { identifierProblem } from "../../kernel/text.ts";
import type { EntityRef, PutEntity } from "../operations.ts";
import { type Entity, rowKey } from "../types.ts";
import { readContent } from "./content.ts";
import type { Draft } from "./draft.ts";

/** As for the attributes of a request: what is registered must be able to stand in one. */
const BOUNDS: JsonBounds = { depth: 6, characters: 16 * 1024 };

export function putEntity(draft: Draft, input: PutEntity, path: string): void {
  const { type, id, clear } = input;
  const said = { clear, properties: input.properties as Entity["properties"] | undefined };
  const before = draft.snapshot.entities.get(type)?.get(id) ?? null;
  const what = `entity ${id} of the type ${type}`;
  const typed = draft.expect(`${path}.type`, identifierProblem(type));
  const named = draft.expect(`${path}.id`, identifierProblem(id));
  const content = readContent(draft, "entity", { input: said, before, update: false, path, what });
  const properties: unknown = content?.properties ?? null;
  const told = draft.expect(`${path}.properties`, properties === null ? null : jsonObjectProblem(properties, BOUNDS));
  if (typed && named && told && content !== null) draft.put("entity", { type, id, ...content }, path);
}

export function deleteEntity(draft: Draft, { type, id }: EntityRef, path: string): void {
  if (!draft.snapshot.entities.get(type)?.has(id)) draft.problem(path, `there is no entity ${id} of the type ${type}`);
  draft.remove("entity", rowKey.entity({ type, id, properties: null }), path);
}
