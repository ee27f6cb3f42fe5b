import { ScopewardenError } from "../kernel/errors.ts";
import type { CallerSubject, Identity } from "./types.ts";

/** Somebody as far as it is said who they are: to whom their key or token belongs, and whom that stands for. */
type Named = Pick<Identity, "subject" | "people">;

const PROGRAM_TYPES: ReadonlySet<string> = new Set(["client", "service"]);

/** Whether a type of subjects is one of programs; every other type, and one that is not said, may be a person's. */
export const isProgram = (type: string | null): boolean => type !== null && PROGRAM_TYPES.has(type.toLowerCase());

/** Near enough to Unicode's NFKC_Casefold: `ß`, `ẞ` and `SS` are one, and so are forms that look alike; what shows nothing does not count. */
const folded = (id: string): string =>
  id
    .normalize("NFKC")
    .replace(/\p{DI}/gu, "")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKC");

/** A subject that no type is said of may be a person or a program. */
const kindsOf = (type: string | null): readonly string[] =>
  type === null ? ["person", "program"] : [isProgram(type) ? "program" : "person"];

/**
 * Subjects in the form in which they are compared where that refuses: `person/` or `program/` and the id in one letter case. The database
 * compares these bytes, too.
 */
export const peopleOf = (...subjects: readonly CallerSubject[]): readonly string[] => [
  ...new Set(subjects.flatMap(({ id, type }) => kindsOf(type).map((kind) => `${kind}/${folded(id)}`))),
];

/** The ids of these people in one letter case. */
export const foldedIdsOf = (people: readonly string[]): readonly string[] => [
  ...new Set(people.map((person) => person.slice(person.indexOf("/") + 1))),
];

/** All whom a caller stands for; nobody where that is not said. */
export const peopleBehind = ({ people, subject }: Named): readonly string[] =>
  people ?? (subject === null ? [] : peopleOf(subject));

const differ = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;

/**
 * Whether two callers are, or may be, one person: whoever must be "somebody else" is compared by this, and refused. Letter case does not count,
 * nor which type of person it is, nor which key or token of theirs; a program's key is whoever made it, too. What is not said can't tell two
 * people apart, so a caller without a subject may be anybody.
 */
export function samePerson(a: Named, b: Named): boolean {
  if (a.subject === null || b.subject === null) return true;
  if (differ(a.subject.issuer, b.subject.issuer)) return false;
  const those = peopleBehind(b);
  return peopleBehind(a).some((person) => those.includes(person));
}

/**
 * Whether two callers are one person by type, id and letter case: what a person may because of who they are is permitted by this. A token, which
 * says no type, is of a person, whatever their type; an issuer that is not said of both is not compared.
 */
export function isSurelySamePerson(a: Pick<Identity, "subject">, b: Pick<Identity, "subject">): boolean {
  if (a.subject === null || b.subject === null) return false;
  const [one, other] = [a.subject, b.subject];
  const sameType =
    one.type === other.type ||
    (one.type === null ? !isProgram(other.type) : other.type === null && !isProgram(one.type));
  return one.id === other.id && sameType && !differ(one.issuer, other.issuer);
}

/** A subject of the policy or the directory as a caller's: nobody says who issued it. */
export const asNamed = (subject: { readonly type: string; readonly id: string }): Pick<Identity, "subject"> => ({
  subject: { type: subject.type, id: subject.id, issuer: null },
});

const refused = (message: string): ScopewardenError => new ScopewardenError("FORBIDDEN", message);

/**
 * That somebody takes a step which nobody takes for themselves. `rule` says who may, as a sentence without its end.
 * @throws ScopewardenError FORBIDDEN to who is, or may be, one of the others
 */
export function requireOtherThan(caller: Identity, others: readonly Named[], rule: string): void {
  if (caller.subject === null) throw refused(`${rule}: that needs a key or token that says whose it is.`);
  if (others.some(({ subject }) => subject === null))
    throw refused(`${rule}: both need a key or token that says whose it is.`);
  if (!others.some((other) => samePerson(caller, other))) return;
  const alone = { subject: caller.subject };
  throw refused(
    others.some(({ subject }) => samePerson(alone, { subject }))
      ? `${rule}; another key of the same person is the same person.`
      : `${rule}; a program's key stands for who made it, too.`,
  );
}

/** That a step takes a person: approving, judging, reviewing, lifting. @throws ScopewardenError FORBIDDEN to a token without one */
export function requirePerson({ withoutPerson }: Identity, rule: string): void {
  if (withoutPerson === true)
    throw refused(`${rule}: a token without a person (its sub is its client) may not. Use a key or token of a person.`);
}

/** Both of them. @throws ScopewardenError FORBIDDEN */
export function requirePersonOtherThan(caller: Identity, others: readonly Named[], rule: string): void {
  requirePerson(caller, rule);
  requireOtherThan(caller, others, rule);
}
