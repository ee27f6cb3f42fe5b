import type { Directory } from "../../directory/directory.ts";
import { Memo } from "../../kernel/memo.ts";
import type { PersistentMap } from "../../kernel/persistentMap.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { byText, sortedInParts } from "../../kernel/sortedInParts.ts";
import { rolesNamed } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { subjectKeyPrefix, subjectTypeOf, USER } from "../../policy/types.ts";
import { interactions } from "../../scopes/atom.ts";

/** In code-unit order, each once. */
type Candidates = readonly string[];

/** The keys of a part of the policy, as names; a key without a name is none. */
interface Keys {
  readonly map: PersistentMap<unknown>;
  readonly nameOf: (key: string) => string | null;
  readonly keyOf: (name: string) => string;
}

interface Kept {
  readonly parts: readonly Keys[];
  readonly list: Promise<Candidates>;
}

/** More names than this are sorted anew. */
const MOST_DIFFERING = 100;
/** The newest list of each kind, from which the next is made. */
const newest = new Memo<Kept>(64);

function* namesOf(parts: readonly Keys[]): Generator<string> {
  for (const { map, nameOf } of parts)
    for (const key of map.keys()) {
      const name = nameOf(key);
      if (name !== null) yield name;
    }
}

/** The names of keys in which two states of the same parts differ; null: they are too many. */
function differingNames(parts: readonly Keys[], before: readonly Keys[]): ReadonlySet<string> | null {
  const names = new Set<string>();
  for (const [i, { map, nameOf }] of parts.entries()) {
    for (const key of map.differingKeys(before[i]?.map ?? map)) {
      const name = nameOf(key);
      if (name !== null) names.add(name);
      if (names.size > MOST_DIFFERING) return null;
    }
  }
  return names;
}

/** The place of a text, or of the first one after it. */
function placeOf(list: Candidates, text: string): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? "") < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The list with what differs put in or taken out. */
function patched(list: Candidates, names: ReadonlySet<string>, parts: readonly Keys[]): Candidates {
  const next = [...list];
  for (const name of names) {
    const at = placeOf(next, name);
    const is = parts.some(({ map, keyOf }) => map.has(keyOf(name)));
    const was = next[at] === name;
    if (is && !was) next.splice(at, 0, name);
    else if (was && !is) next.splice(at, 1);
  }
  return next;
}

async function make(parts: readonly Keys[], before: Kept | undefined, breathe: Breathe): Promise<Candidates> {
  const names = before?.parts.length === parts.length ? differingNames(parts, before.parts) : null;
  if (before !== undefined && names !== null) return patched(await before.list, names, parts);
  return sortedInParts(namesOf(parts), breathe, byText);
}

/** Kept for as long as the parts of the policy stay as they are; after a change only what differs is looked at. */
function listOf(kind: string, parts: readonly Keys[], breathe: Breathe): Promise<Candidates> {
  const before = newest.get(kind);
  const same = before?.parts.length === parts.length && parts.every(({ map }, i) => map === before.parts[i]?.map);
  if (before !== undefined && same) return before.list;
  const list = make(parts, before, breathe);
  const kept = { parts, list };
  newest.set(kind, kept);
  // A list that could not be made is no list.
  list.catch(() => {
    if (newest.get(kind) === kept) newest.delete(kind);
  });
  return list;
}

const ids = (map: PersistentMap<unknown>): Keys => ({ map, nameOf: (id) => id, keyOf: (id) => id });

/** The subjects of a type that hold a role, or did, or will. */
function holders({ assignments }: Snapshot, type: string): Keys {
  const prefix = subjectKeyPrefix(type);
  return {
    map: assignments,
    nameOf: (holder) => (holder.startsWith(prefix) ? holder.slice(prefix.length) : null),
    keyOf: (id) => prefix + id,
  };
}

/** Where candidates are looked for: the policy, and what is known beside it. */
export interface Known {
  readonly snapshot: Snapshot;
  readonly directory?: Directory;
  /** Whether it is a policy of before, of which another list is kept than of the current one; absent: it is not. */
  readonly isPast?: boolean;
}

/** Of the whole directory and of one without patients another list is kept. */
const openly = (directory: Directory | undefined): string => (directory?.isOpen === true ? "open " : "");

/** The ids that are registered in the directory under a type. */
export async function knownEntities(
  { directory }: Pick<Known, "directory">,
  type: string,
  breathe: Breathe,
): Promise<Candidates> {
  const registered = directory?.entities.get(type);
  const kind = `${openly(directory)}registered ${type}`;
  return registered === undefined ? [] : listOf(kind, [ids(registered)], breathe);
}

/** The subjects of a type: those registered, and whoever holds a role, or did, or will. */
export async function knownSubjects(known: Known, type: string, breathe: Breathe): Promise<Candidates> {
  const { snapshot, directory, isPast = false } = known;
  const registered = directory?.entities.get(type);
  return listOf(
    `${openly(directory)}${isPast ? "past subjects" : "subjects"} ${type}`,
    [holders(snapshot, type), ...(registered === undefined ? [] : [ids(registered)])],
    breathe,
  );
}

/** The clients of the policy. */
export const knownClients = ({ snapshot, isPast = false }: Known, breathe: Breathe): Promise<Candidates> =>
  listOf(isPast ? "past clients" : "clients", [ids(snapshot.clients)], breathe);

/** The roles that rules name, but for `*`. */
export const knownRulesRoles = ({ snapshot, isPast = false }: Known, breathe: Breathe): Promise<Candidates> =>
  listOf(
    isPast ? "past roles of rules" : "roles of rules",
    [{ ...ids(rolesNamed(snapshot)), nameOf: (role) => (role === "*" ? null : role) }],
    breathe,
  );

/** Holders that are looked at without a break. */
const HOLDERS = 2_000;
const types = new WeakMap<Snapshot["assignments"], Promise<Candidates>>();

async function typesOf(assignments: Snapshot["assignments"], breathe: Breathe): Promise<Candidates> {
  const found = new Set([USER]);
  let looked = 0;
  for (const holder of assignments.keys()) {
    const type = subjectTypeOf(holder);
    if (type !== null) found.add(type);
    if (++looked % HOLDERS === 0) await breathe();
  }
  return [...found].sort();
}

/** The types of subjects: of people, and those of whoever holds a role, or did, or will. */
export function knownSubjectTypes({ snapshot: { assignments } }: Known, breathe: Breathe): Promise<Candidates> {
  let list = types.get(assignments);
  if (list === undefined) {
    list = typesOf(assignments, breathe);
    types.set(assignments, list);
    list.catch(() => types.delete(assignments));
  }
  return list;
}

const actions = new WeakMap<object, Promise<Candidates>>();

/**
 * The actions that anything can be permitted by: FHIR's interactions and the actions in registered scopes. Nothing else is in
 * any scope, and no rule permits without one. A custom scope can be asked for by its name too, but stands for its action.
 */
export function knownActions({ scopes }: Snapshot, breathe: Breathe): Promise<Candidates> {
  function* names(): Generator<string> {
    yield* interactions;
    for (const versions of scopes.values())
      for (const { atoms } of versions) for (const { action } of atoms) yield action;
  }
  let list = actions.get(scopes);
  if (list === undefined) {
    list = sortedInParts(names(), breathe, byText);
    actions.set(scopes, list);
    list.catch(() => actions.delete(scopes));
  }
  return list;
}
