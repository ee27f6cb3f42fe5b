import type { Snapshot } from "../domain/policy/snapshot.ts";
import { interactions } from "../domain/scopes/atom.ts";
import { looksLikeSmart } from "../domain/scopes/smart.ts";

/** The subjects that a policy knows have no type of their own: assignments are to the default one. */
export const SUBJECT_TYPE = "user";

/** In code-unit order, each once. */
type Candidates = readonly string[];
type Lists = WeakMap<object, Candidates>;

// Kept for as long as the part of the policy that they come from: a change of rules makes no list anew.
const actions: Lists = new WeakMap();
const holders: Lists = new WeakMap();
const entities: Lists = new WeakMap();
const subjects = new WeakMap<object, { readonly registered: Candidates; readonly all: Candidates }>();

// Without a comparator: by code units.
const sorted = (names: Iterable<string>): Candidates => [...new Set(names)].sort();

function kept(lists: Lists, of: object, make: () => Iterable<string>): Candidates {
  const known = lists.get(of);
  if (known !== undefined) return known;
  const list = sorted(make());
  lists.set(of, list);
  return list;
}

/** The ids that are registered in the directory under a type. */
export function knownEntities(snapshot: Snapshot, type: string): Candidates {
  const registered = snapshot.entities.get(type);
  return registered === undefined ? [] : kept(entities, registered, () => registered.keys());
}

/** The subjects of a type: those registered, and for users also whoever holds a role, or did, or will. */
export function knownSubjects(snapshot: Snapshot, type: string): Candidates {
  const registered = knownEntities(snapshot, type);
  if (type !== SUBJECT_TYPE) return registered;
  const { assignments } = snapshot;
  const assigned = kept(holders, assignments, function* () {
    for (const holder of assignments.keys()) if (holder.startsWith("s:")) yield holder.slice(2);
  });
  if (registered.length === 0) return assigned;
  const known = subjects.get(assignments);
  if (known?.registered === registered) return known.all;
  const all = sorted([...assigned, ...registered]);
  subjects.set(assignments, { registered, all });
  return all;
}

/**
 * The actions that anything can be permitted by: FHIR's interactions, the actions in registered scopes, and the names
 * of custom scopes, which can be asked for as actions. Nothing else is in any scope, and no rule permits without one.
 */
export function knownActions({ scopes }: Snapshot): readonly string[] {
  return kept(actions, scopes, function* () {
    yield* interactions;
    for (const [name, versions] of scopes.entries()) {
      if (!looksLikeSmart(name)) yield name;
      for (const { atoms } of versions) for (const { action } of atoms) yield action;
    }
  });
}
