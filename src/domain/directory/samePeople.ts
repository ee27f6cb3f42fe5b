import { peopleOf, peopleUntold } from "../callers/samePerson.ts";
import type { CallerSubject, Identity } from "../callers/types.ts";
import { type Directory, entityOf, linkedSubjects, textsOf } from "./directory.ts";
import type { Entity } from "./entity.ts";

/**
 * Whoever may be one of these people, in the form of `peopleOf`, with the entities that say so: by their accounts and FHIR resources, in
 * whatever letters, and so on from each of them.
 */
export function alikeTo(
  directory: Directory,
  people: readonly string[],
): { readonly people: readonly string[]; readonly entities: readonly Entity[] } {
  const found = new Set(people);
  const entities = new Set<Entity>();
  // A set goes on to what is added meanwhile.
  for (const text of found)
    for (const { id, type } of directory.alike.get(text) ?? []) {
      const entity = entityOf(directory, type, id);
      if (entity === undefined || entities.has(entity)) continue;
      entities.add(entity);
      for (const other of textsOf(entity)) found.add(other);
    }
  return { people: [...found], entities: [...entities] };
}

/**
 * Who somebody is to the service by what the directory says: to the letter, which permits, and whoever they may be, which refuses. Every
 * "somebody else" is compared with this.
 * @param accounts - the caller's own; the first is the subject
 * @param makers - whom their key stands for, too
 */
export function identified(
  directory: Directory,
  accounts: readonly CallerSubject[],
  { isUnknown = false, makers = [] }: { readonly isUnknown?: boolean; readonly makers?: readonly CallerSubject[] } = {},
): Pick<Identity, "linked" | "people"> {
  const surely = (own: readonly CallerSubject[]): readonly CallerSubject[] => [
    ...own,
    ...own.flatMap((account) => linkedSubjects(directory, account)),
  ];
  if (accounts.length === 0) return {};
  const all = [accounts, ...makers.map((maker) => [maker])].map(surely);
  const [[, ...linked] = []] = all;
  // What tells people apart are accounts to the letter: whoever only may be one of these is told apart by nothing.
  const told = isUnknown ? peopleUntold(all.flat()) : peopleOf(...all);
  const { people } = alikeTo(directory, told);
  const isMore = isUnknown || makers.length > 0 || people.length > told.length;
  return { ...(linked.length > 0 && { linked }), ...(isMore && { people }) };
}

/** Somebody of the policy, the directory or an issuer with all whom the directory says they may be. */
export const asKnown = (
  directory: Directory,
  subject: CallerSubject,
): Pick<Identity, "subject" | "linked" | "people"> => ({
  subject,
  ...identified(directory, [subject]),
});
