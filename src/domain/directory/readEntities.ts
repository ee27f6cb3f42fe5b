import { badInput, type Problem } from "../kernel/errors.ts";
import { type JsonBounds, jsonObjectProblem } from "../kernel/jsonObject.ts";
import { identifierProblem } from "../kernel/text.ts";
import type { EntityRef, NewEntity, Properties } from "./entity.ts";
import { canonicalEntity, propertyProblems } from "./properties.ts";

/** Entities of one change. */
export const MAX_ENTITIES = 1_000;
/** As for the attributes of a request: what is known must be able to stand in one. */
const BOUNDS: JsonBounds = { depth: 6, characters: 16 * 1024 };

/** An entity as it arrives. */
export interface PutEntity extends EntityRef {
  /** A JSON object; absent or null: none. */
  readonly properties?: unknown;
}

/** Problems of a type and an id, told under a path. */
function refProblems({ type, id }: EntityRef, path: string): readonly Problem[] {
  const told = (name: string, message: string | null): readonly Problem[] =>
    message === null ? [] : [{ path: `${path}.${name}`, message }];
  return [...told("type", identifierProblem(type)), ...told("id", identifierProblem(id))];
}

/** An entity, or what is wrong with it. */
export function readEntity(input: PutEntity, path: string): NewEntity | readonly Problem[] {
  const given = (input.properties ?? null) as Properties | null;
  const problems: Problem[] = [...refProblems(input, path)];
  const problem = given === null ? null : jsonObjectProblem(given, BOUNDS);
  if (problem !== null) return [...problems, { path: `${path}.properties`, message: problem }];
  const entity = canonicalEntity({ type: input.type, id: input.id, properties: given });
  for (const [at, message] of propertyProblems(entity)) problems.push({ path: `${path}.${at}`, message });
  return problems.length === 0 ? entity : problems;
}

const isProblems = (read: NewEntity | readonly Problem[]): read is readonly Problem[] => Array.isArray(read);

function checkList(refs: readonly EntityRef[]): void {
  const problems: Problem[] = [];
  if (refs.length === 0) problems.push({ path: "entities", message: "must have an item" });
  if (refs.length > MAX_ENTITIES)
    problems.push({ path: "entities", message: `must have at most ${MAX_ENTITIES} items; send the rest in another` });
  const seen = new Set<string>();
  for (const [i, { type, id }] of refs.entries()) {
    const key = JSON.stringify([type, id]);
    if (seen.has(key)) problems.push({ path: `entities[${i}]`, message: "stands twice in the list" });
    seen.add(key);
  }
  if (problems.length > 0) throw badInput(problems);
}

/** @throws ScopewardenError BAD_USER_INPUT with every problem */
export function readEntities(inputs: readonly PutEntity[]): readonly NewEntity[] {
  const read = inputs.map((input, i) => readEntity(input, `entities[${i}]`));
  const problems = read.filter(isProblems).flat();
  if (problems.length > 0) throw badInput(problems);
  checkList(read as readonly NewEntity[]);
  return read as readonly NewEntity[];
}

/** @throws ScopewardenError BAD_USER_INPUT with every problem */
export function readRefs(given: readonly EntityRef[]): readonly EntityRef[] {
  const problems = given.flatMap((ref, i) => refProblems(ref, `entities[${i}]`));
  if (problems.length > 0) throw badInput(problems);
  const refs = given.map(({ type, id }) => ({ type, id: canonicalEntity({ type, id, properties: null }).id }));
  checkList(refs);
  return refs;
}
