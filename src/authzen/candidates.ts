import type { Snapshot } from "../domain/policy/snapshot.ts";
import { interactions } from "../domain/scopes/atom.ts";
import { looksLikeSmart } from "../domain/scopes/smart.ts";
import { type Breathe, sortedInParts } from "./sortedInParts.ts";

/** The subjects that a policy knows have no type of their own: assignments are to the default one. */
const SUBJECT_TYPE = "user";

/** In code-unit order, each once. */
type Candidates = readonly string[];
type Lists = WeakMap<object, Promise<Candidates>>;

// Kept for as long as the part of the policy that they come from: a change of rules makes no list anew.
const actions: Lists = new WeakMap();
const holders: Lists = new WeakMap();
const entities: Lists = new WeakMap();
const subjects = new WeakMap<object, { readonly registered: object; readonly all: Promise<Candidates> }>();

/** Searches that ask at the same time wait for one list. */
function kept(lists: Lists, of: object, make: () => Promise<Candidates>): Promise<Candidates> {
  let list = lists.get(of);
  if (list === undefined) {
    list = make();
    lists.set(of, list);
    // A list that could not be made is no list.
    list.catch(() => lists.delete(of));
  }
  return list;
}

/** The ids that are registered in the directory under a type. */
export async function knownEntities(snapshot: Snapshot, type: string, breathe: Breathe): Promise<Candidates> {
  const registered = snapshot.entities.get(type);
  return registered === undefined ? [] : kept(entities, registered, () => sortedInParts(registered.keys(), breathe));
}

function* holdersOf({ assignments }: Snapshot): Generator<string> {
  for (const holder of assignments.keys()) if (holder.startsWith("s:")) yield holder.slice(2);
}

/** The subjects of a type: those registered, and for users also whoever holds a role, or did, or will. */
export async function knownSubjects(snapshot: Snapshot, type: string, breathe: Breathe): Promise<Candidates> {
  const { assignments } = snapshot;
  const registered = snapshot.entities.get(type);
  if (type !== SUBJECT_TYPE) return knownEntities(snapshot, type, breathe);
  if (registered === undefined) return kept(holders, assignments, () => sortedInParts(holdersOf(snapshot), breathe));
  const known = subjects.get(assignments);
  if (known?.registered === registered) return known.all;
  const all = sortedInParts(
    (function* () {
      yield* holdersOf(snapshot);
      yield* registered.keys();
    })(),
    breathe,
  );
  subjects.set(assignments, { registered, all });
  return all;
}

/**
 * The actions that anything can be permitted by: FHIR's interactions, the actions in registered scopes, and the names
 * of custom scopes, which can be asked for as actions. Nothing else is in any scope, and no rule permits without one.
 */
export function knownActions({ scopes }: Snapshot, breathe: Breathe): Promise<Candidates> {
  function* names(): Generator<string> {
    yield* interactions;
    for (const [name, versions] of scopes.entries()) {
      if (!looksLikeSmart(name)) yield name;
      for (const { atoms } of versions) for (const { action } of atoms) yield action;
    }
  }
  return kept(actions, scopes, () => sortedInParts(names(), breathe));
}
