import { subjectOfKey } from "./callerName.ts";
import { isInForce } from "./keyRoles.ts";
import { makersOf } from "./makers.ts";
import { isProgram, samePerson } from "./samePerson.ts";
import type { ApiKey, CallerSubject, Identity } from "./types.ts";

/** A key in force, and whom it stands for beside its own subject. */
export interface KeyStanding {
  readonly key: ApiKey;
  readonly makers: readonly CallerSubject[];
}

/** Of all keys, those in force at a time, in their order. */
export async function keyStandings(keys: readonly ApiKey[], now: number): Promise<readonly KeyStanding[]> {
  const byId = new Map(keys.map((key) => [key.id, key]));
  const store = { find: async (id: string) => byId.get(id) ?? null };
  const inForce = keys.filter((key) => isInForce(key, now));
  return Promise.all(inForce.map(async (key) => ({ key, makers: await makersOf(store, key) })));
}

/** What the service says of itself, to every caller. */
export interface ServiceFacts {
  /** Of the package. */
  readonly version: string;
  /** Whose access tokens are accepted, and for which audience, null: they name none; none: only API keys are. */
  readonly tokens: readonly { readonly issuer: string; readonly audience: string | null }[];
}

/**
 * Two people with keys in force of whom one can propose, the other approve, and one of them apply; null: there are no two. Tokens are not
 * counted, as nobody knows who will fetch one.
 */
export function twoWhoApprove(
  standings: readonly KeyStanding[],
  /** All whom the directory says somebody may be. */
  known: (subject: CallerSubject) => Pick<Identity, "subject" | "people">,
): readonly [CallerSubject, CallerSubject] | null {
  const people = standings.flatMap(({ key }) => {
    const subject = subjectOfKey(key);
    const may = key.roles.includes("admin") || key.roles.includes("reviewer");
    return may && subject !== null && !isProgram(subject.type)
      ? [{ applies: key.roles.includes("admin"), subject }]
      : [];
  });
  for (const one of people.filter(({ applies }) => applies)) {
    const other = people.find(({ subject }) => !samePerson(known(one.subject), { subject }));
    if (other !== undefined) return [one.subject, other.subject];
  }
  return null;
}
