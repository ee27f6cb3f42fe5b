import { sameJson } from "../kernel/canonical.ts";
import { PersistentMap } from "../kernel/persistentMap.ts";
import type { Entity, EntityRef, NewEntity, Properties } from "./entity.ts";

/** What is known at one revision of the directory, immutable; the next one shares structure with it. */
export interface Directory {
  readonly revision: number;
  /** By type, then by id. */
  readonly entities: PersistentMap<PersistentMap<Entity>>;
  /** Who is linked to a FHIR resource of a person, by each of their `fhirReferences`. */
  readonly linked: PersistentMap<readonly EntityRef[]>;
}

/** All that is known, at whatever revision. */
type Known = Omit<Directory, "revision">;

const NOTHING: Known = { entities: PersistentMap.empty(), linked: PersistentMap.empty() };
export const EMPTY_DIRECTORY: Directory = { revision: 0, ...NOTHING };

/** Types by which the directory may have an organization. */
export const ORGANIZATION_TYPES = ["Organization", "organization"] as const;

const NOBODY: readonly EntityRef[] = [];

/** The FHIR resources that an entity is linked to, as `Type/id`. */
export function fhirReferencesOf(properties: Properties | null | undefined): readonly string[] {
  const references = properties?.fhirReferences;
  return Array.isArray(references) ? (references as readonly string[]) : [];
}

/** Who is linked to a FHIR resource of a person, `Type/id`. */
export const linkedTo = ({ linked }: Pick<Directory, "linked">, reference: string): readonly EntityRef[] =>
  linked.get(reference) ?? NOBODY;

/** What the directory has of a subject or a resource; undefined: nothing. */
export const entityOf = ({ entities }: Directory, type: string, id: string): Entity | undefined =>
  entities.get(type)?.get(id);

/** What a change does to an entity: of which version, null where it is not there, and what it becomes; `after` false: it ends. */
export interface EntityChange extends EntityRef {
  readonly version: number | null;
  readonly after: Properties | null | false;
}

/** What of a change differs from what is known, in its order. */
export function changedBy(
  directory: Directory,
  { put, remove }: { readonly put: readonly NewEntity[]; readonly remove: readonly EntityRef[] },
): readonly EntityChange[] {
  const changes: EntityChange[] = [];
  for (const { type, id, properties } of put) {
    const now = entityOf(directory, type, id);
    if (now === undefined || !sameJson(now.properties, properties))
      changes.push({ type, id, version: now?.version ?? null, after: properties });
  }
  for (const { type, id } of remove) {
    const now = entityOf(directory, type, id);
    if (now !== undefined) changes.push({ type, id, version: now.version, after: false });
  }
  return changes;
}

/** What differs between two revisions: what is gone, and what is there as it is now. */
export interface DirectoryPart {
  readonly gone: readonly EntityRef[];
  readonly put: readonly Entity[];
}

/** The links without those of an entity, and with those that it has now. */
function withLinks(linked: Known["linked"], before: Entity | undefined, now: Entity | undefined): Known["linked"] {
  let next = linked;
  for (const reference of fhirReferencesOf(before?.properties)) {
    const others = (next.get(reference) ?? NOBODY).filter(({ id, type }) => id !== before?.id || type !== before.type);
    next = others.length === 0 ? next.delete(reference) : next.set(reference, others);
  }
  if (now !== undefined)
    for (const reference of fhirReferencesOf(now.properties))
      next = next.set(reference, [...(next.get(reference) ?? NOBODY), { id: now.id, type: now.type }]);
  return next;
}

/** The same without some entities and with others; the texts of types are one object each, however many entities have them. */
export function withPart({ entities, linked }: Known, { gone, put }: DirectoryPart): Known {
  let links = linked;
  const changed = new Map<string, PersistentMap<Entity>>();
  const ofType = (type: string) => changed.get(type) ?? entities.get(type) ?? PersistentMap.empty<Entity>();
  for (const { type, id } of gone) {
    links = withLinks(links, ofType(type).get(id), undefined);
    changed.set(type, ofType(type).delete(id));
  }
  for (const entity of put) {
    links = withLinks(links, ofType(entity.type).get(entity.id), entity);
    changed.set(entity.type, ofType(entity.type).set(entity.id, entity));
  }
  let next = entities;
  for (const [type, known] of changed) next = known.size === 0 ? next.delete(type) : next.set(type, known);
  return { entities: next, linked: links };
}

/** A directory of these entities alone, such as a record names them. */
export const directoryOf = (put: readonly Entity[], revision: number): Directory => ({
  revision,
  ...withPart(NOTHING, { gone: [], put }),
});
