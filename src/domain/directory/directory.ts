import type { CallerSubject } from "../callers/types.ts";
import { sameJson } from "../kernel/canonical.ts";
import type { Problem } from "../kernel/errors.ts";
import { PersistentMap } from "../kernel/persistentMap.ts";
import { accountKey, accountsIn, asSubject } from "./accounts.ts";
import type { Entity, EntityRef, NewEntity, Properties } from "./entity.ts";

/** What is known at one revision of the directory, immutable; the next one shares structure with it. */
export interface Directory {
  readonly revision: number;
  /** By type, then by id. */
  readonly entities: PersistentMap<PersistentMap<Entity>>;
  /** Who is linked to a FHIR resource of a person or to an account, by each of their `fhirReferences` and the key of each of their `accounts`. */
  readonly linked: PersistentMap<readonly EntityRef[]>;
  /** Entries of patients are left out (`openDirectory.ts`); absent: it is all that is known. */
  readonly isOpen?: true;
}

/** All that is known, at whatever revision. */
type Known = Pick<Directory, "entities" | "linked">;

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

const linksOf = (properties: Properties | null | undefined): readonly string[] => [
  ...fhirReferencesOf(properties),
  ...accountsIn(properties).map(accountKey),
];

/** Who is linked to a FHIR resource of a person, `Type/id`, or to an account by its key. */
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
  for (const reference of linksOf(before?.properties)) {
    const others = (next.get(reference) ?? NOBODY).filter(({ id, type }) => id !== before?.id || type !== before.type);
    next = others.length === 0 ? next.delete(reference) : next.set(reference, others);
  }
  if (now !== undefined)
    for (const reference of linksOf(now.properties))
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

/** The other accounts of who has an account, as the directory says; nobody where it says nothing. */
export function accountsBeside(directory: Directory, account: CallerSubject): readonly CallerSubject[] {
  const { id, issuer, type } = account;
  if (issuer === null) {
    const properties = type === null ? undefined : entityOf(directory, type, id)?.properties;
    return accountsIn(properties).map(asSubject);
  }
  return linkedTo(directory, accountKey({ issuer, id })).flatMap((ref) => [
    { type: ref.type, id: ref.id, issuer: null },
    ...accountsIn(entityOf(directory, ref.type, ref.id)?.properties)
      .filter((each) => each.id !== id || each.issuer !== issuer)
      .map(asSubject),
  ]);
}

/** Accounts that a change would give to two entities. */
export function accountProblems(
  directory: Directory,
  { put, remove }: { readonly put: readonly NewEntity[]; readonly remove: readonly EntityRef[] },
  /** Of who may not learn what is known of somebody. */
  { isBlind }: { readonly isBlind: boolean },
): readonly Problem[] {
  const next = withPart(directory, { gone: remove, put: put.map((each) => ({ ...each, version: 0 })) });
  return put.flatMap(({ id, properties, type }, i) =>
    accountsIn(properties).flatMap((account) => {
      const other = (next.linked.get(accountKey(account)) ?? NOBODY).find((ref) => ref.type !== type || ref.id !== id);
      const whose = isBlind ? "another entity" : `${other?.type}/${other?.id}`;
      const message = `names the account ${account.id} of ${account.issuer}, which is ${whose}'s: an account is one person's`;
      return other === undefined ? [] : [{ path: `entities[${i}].properties.accounts`, message }];
    }),
  );
}
