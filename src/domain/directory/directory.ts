import { isProgram, peopleUntold } from "../callers/samePerson.ts";
import type { CallerSubject } from "../callers/types.ts";
import { sameJson } from "../kernel/canonical.ts";
import type { Problem } from "../kernel/errors.ts";
import { PersistentMap } from "../kernel/persistentMap.ts";
import { canonicalCode } from "../scopes/codeSystems.ts";
import { canonicalType, groupReference, referenceTarget } from "../scopes/fhirReference.ts";
import { type Account, accountKey, accountsIn, asSubject } from "./accounts.ts";
import type { Entity, EntityRef, NewEntity, Properties } from "./entity.ts";

/** What is known at one revision of the directory, immutable; the next one shares structure with it. */
export interface Directory {
  readonly revision: number;
  /** By type, then by id. */
  readonly entities: PersistentMap<PersistentMap<Entity>>;
  /** Who is linked to a name of persons or to an account, by each of `consentNames` and the key of each of their `accounts`. */
  readonly linked: PersistentMap<readonly EntityRef[]>;
  /** Who may be a person, by each text of theirs in the form of `peopleOf`: entries that say of themselves who else they are. */
  readonly alike: PersistentMap<readonly EntityRef[]>;
  /** Entries of patients are left out (`openDirectory.ts`); absent: it is all that is known. */
  readonly isOpen?: true;
}

/** All that is known, at whatever revision. */
type Known = Pick<Directory, "alike" | "entities" | "linked">;

const NOTHING: Known = {
  alike: PersistentMap.empty(),
  entities: PersistentMap.empty(),
  linked: PersistentMap.empty(),
};
export const EMPTY_DIRECTORY: Directory = { revision: 0, ...NOTHING };

/** Types by which the directory may have an organization. */
export const ORGANIZATION_TYPES = ["Organization", "organization"] as const;

const NOBODY: readonly EntityRef[] = [];

const textsAt = (properties: Properties | null | undefined, name: string): readonly string[] => {
  const texts = properties?.[name];
  return Array.isArray(texts) ? (texts as readonly string[]) : [];
};

/** The FHIR resources that an entity is linked to, as `Type/id`. */
export const fhirReferencesOf = (properties: Properties | null | undefined): readonly string[] =>
  textsAt(properties, "fhirReferences");
/** The groups that an entity belongs to, in the one form. */
export const groupsOf = (properties: Properties | null | undefined): readonly string[] =>
  textsAt(properties, "groups").map(groupReference);
/** The business identifiers of an entity, `system|value`, in the one form. */
export const identifiersOf = (properties: Properties | null | undefined): readonly string[] =>
  textsAt(properties, "identifiers").map(canonicalCode);
/** The ids of those who take part in the treatment of a patient. */
export const careTeamOf = (properties: Properties | null | undefined): readonly string[] =>
  textsAt(properties, "careTeam");

/** A group or an identifier among `linked`: no name of a person, who is told by FHIR resources and accounts alone. */
const belonging = (name: string): string => `in ${name}`;

/** By what consents may name somebody: FHIR resources, groups and identifiers. */
export const consentNames = (properties: Properties | null | undefined): readonly string[] => [
  ...fhirReferencesOf(properties),
  ...groupsOf(properties),
  ...identifiersOf(properties),
];

/** A FHIR resource that a person is, as a subject. */
function resourceAsSubject(reference: string): readonly CallerSubject[] {
  const target = referenceTarget(reference);
  return target === null || target.type === null ? [] : [{ type: target.type, id: target.id, issuer: null }];
}

const linksOf = ({ properties }: Entity): readonly string[] => [
  ...fhirReferencesOf(properties),
  ...groupsOf(properties).map(belonging),
  ...identifiersOf(properties).map(belonging),
  ...accountsIn(properties).map(accountKey),
];

/** All whom an entry says to be one: itself, its FHIR resources and its accounts, in the form of `peopleOf`; empty: it says nothing of that. */
export function textsOf({ id, properties, type }: Entity): readonly string[] {
  const more = [...fhirReferencesOf(properties).flatMap(resourceAsSubject), ...accountsIn(properties).map(asSubject)];
  if (more.length === 0 && typeof properties?.patientRecord !== "string") return [];
  return peopleUntold([{ type, id, issuer: null }, ...more]);
}

/** Who is linked to a FHIR resource of a person, `Type/id`, or to an account by its key. */
export const linkedTo = ({ linked }: Pick<Directory, "linked">, reference: string): readonly EntityRef[] =>
  linked.get(reference) ?? NOBODY;

/** Who belongs to a group, or has an identifier, in the one form. */
export const belongingTo = (directory: Pick<Directory, "linked">, name: string): readonly EntityRef[] =>
  linkedTo(directory, belonging(name));

/** What the directory has of a subject or a resource; undefined: nothing. */
export const entityOf = ({ entities }: Pick<Directory, "entities">, type: string, id: string): Entity | undefined =>
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

type Links = PersistentMap<readonly EntityRef[]>;

/** The links without those of an entity, and with those that it has now. */
function withLinks(
  linked: Links,
  of: (entity: Entity) => readonly string[],
  { before, now }: { readonly before: Entity | undefined; readonly now: Entity | undefined },
): Links {
  const [was, is] = [before === undefined ? [] : of(before), now === undefined ? [] : of(now)];
  if (sameJson(was, is)) return linked;
  let next = linked;
  for (const reference of was) {
    const others = (next.get(reference) ?? NOBODY).filter(({ id, type }) => id !== before?.id || type !== before.type);
    next = others.length === 0 ? next.delete(reference) : next.set(reference, others);
  }
  if (now !== undefined)
    for (const reference of is)
      next = next.set(reference, [...(next.get(reference) ?? NOBODY), { id: now.id, type: now.type }]);
  return next;
}

/** The same without some entities and with others; the texts of types are one object each, however many entities have them. */
export function withPart({ alike, entities, linked }: Known, { gone, put }: DirectoryPart): Known {
  const links = { alike, linked };
  const relink = (step: { readonly before: Entity | undefined; readonly now: Entity | undefined }): void => {
    links.alike = withLinks(links.alike, textsOf, step);
    links.linked = withLinks(links.linked, linksOf, step);
  };
  const changed = new Map<string, PersistentMap<Entity>>();
  const ofType = (type: string) => changed.get(type) ?? entities.get(type) ?? PersistentMap.empty<Entity>();
  for (const { type, id } of gone) {
    relink({ before: ofType(type).get(id), now: undefined });
    changed.set(type, ofType(type).delete(id));
  }
  for (const entity of put) {
    relink({ before: ofType(entity.type).get(entity.id), now: entity });
    changed.set(entity.type, ofType(entity.type).set(entity.id, entity));
  }
  let next = entities;
  for (const [type, known] of changed) next = known.size === 0 ? next.delete(type) : next.set(type, known);
  return { entities: next, ...links };
}

/** A directory of these entities alone, such as a record names them. */
export const directoryOf = (put: readonly Entity[], revision: number): Directory => ({
  revision,
  ...withPart(NOTHING, { gone: [], put }),
});

/** Whose an account is, as the directory says; nobody's where it says nothing. */
export const ownersOf = (directory: Pick<Directory, "linked">, account: Account): readonly EntityRef[] =>
  linkedTo(directory, accountKey(account));

/** By which entries somebody is known to the letter: their own, and one that alone has their account, or is their FHIR resource. */
function entriesOf(directory: Directory, { id, issuer, type }: CallerSubject): readonly Entity[] {
  const own = issuer === null && type !== null ? entityOf(directory, type, id) : undefined;
  const refs =
    issuer === null
      ? linkedTo(directory, `${canonicalType(type ?? "")}/${id}`)
      : isProgram(type)
        ? NOBODY
        : ownersOf(directory, { issuer, id });
  const linked = refs.length === 1 ? refs.flatMap((ref) => entityOf(directory, ref.type, ref.id) ?? []) : [];
  return own === undefined ? linked : [own, ...linked.filter((each) => each !== own)];
}

/**
 * Who else somebody is, to the letter, by the entries that say so: their other accounts, their FHIR resources, and who they are in the policy
 * and the directory. A resource that several entries say to be is nobody's here.
 */
export function linkedSubjects(directory: Directory, subject: CallerSubject): readonly CallerSubject[] {
  const keyOf = ({ id, issuer, type }: CallerSubject): string =>
    issuer === null ? `${type}/${id}` : `${issuer}#${id}`;
  const linked = entriesOf(directory, subject)
    .flatMap(({ id, properties, type }) => [
      { type, id, issuer: null },
      ...accountsIn(properties).map(asSubject),
      ...fhirReferencesOf(properties)
        .filter((reference) => linkedTo(directory, reference).length === 1)
        .flatMap(resourceAsSubject),
    ])
    .filter((each) => keyOf(each) !== keyOf(subject));
  return [...new Map(linked.map((each) => [keyOf(each), each])).values()];
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
