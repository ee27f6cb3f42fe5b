import { sameJson } from "../kernel/canonical.ts";
import { PersistentMap } from "../kernel/persistentMap.ts";
import type { Entity, EntityRef, NewEntity, Properties } from "./entity.ts";

/** What is known at one revision of the directory, immutable; the next one shares structure with it. */
export interface Directory {
  readonly revision: number;
  /** By type, then by id. */
  readonly entities: PersistentMap<PersistentMap<Entity>>;
}

export const EMPTY_DIRECTORY: Directory = { revision: 0, entities: PersistentMap.empty() };

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

type Entities = Directory["entities"];

/** The same entities without some and with others; the texts of types are one object each, however many entities have them. */
export function withPart(entities: Entities, { gone, put }: DirectoryPart): Entities {
  const changed = new Map<string, PersistentMap<Entity>>();
  const ofType = (type: string) => changed.get(type) ?? entities.get(type) ?? PersistentMap.empty<Entity>();
  for (const { type, id } of gone) changed.set(type, ofType(type).delete(id));
  for (const entity of put) changed.set(entity.type, ofType(entity.type).set(entity.id, entity));
  let next = entities;
  for (const [type, known] of changed) next = known.size === 0 ? next.delete(type) : next.set(type, known);
  return next;
}

/** A directory of these entities alone, such as a record names them. */
export const directoryOf = (put: readonly Entity[], revision: number): Directory => ({
  revision,
  entities: withPart(PersistentMap.empty(), { gone: [], put }),
});
