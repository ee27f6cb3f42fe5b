import { ScopewardenError } from "../kernel/errors.ts";
import { isFhirType } from "../scopes/fhir.ts";
import { referenceTarget } from "../scopes/fhirReference.ts";
import type { CallerSubject, Identity } from "./types.ts";

/** Somebody as far as it is said who they are: to whom their key or token belongs, and whom that stands for. */
type Named = Pick<Identity, "subject" | "linked" | "people">;

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

/** Where an account stands: with an issuer, or in the policy and the directory. No issuer has a `#` in it (RFC 8414 section 2). */
const placeOf = ({ issuer }: CallerSubject): string => (issuer === null ? "" : `${issuer}#`);
/** The ids by which somebody is named: of a FHIR resource, however its reference is written, its own. */
function idsOf({ id, issuer }: CallerSubject): readonly string[] {
  const target = issuer === null ? referenceTarget(id) : null;
  return target === null || target.type === null || !isFhirType(target.type) ? [id] : [id, target.id];
}

/** One of which no type is said may be a person's or a program's. */
const accountTexts = (account: CallerSubject): readonly string[] =>
  (account.type === null ? ["person", "program"] : [isProgram(account.type) ? "program" : "person"]).flatMap((kind) =>
    idsOf(account).map((id) => `${placeOf(account)}${kind}/${folded(id)}`),
  );

/** That in a place two accounts are two people, as all whom the list stands for have one there. */
const TELLS_APART = "@";
/** Of programs alone, whom no person is. */
const NO_PERSON = `${TELLS_APART}*`;

/**
 * People in the form in which they are compared where that refuses: each account as `person/` or `program/`, its issuer and `#` before it, and
 * the id in one letter case; and the places that tell them apart from others. The database compares these bytes, too.
 * @param each - the accounts of each of them
 */
export function peopleOf(...each: readonly (readonly CallerSubject[])[]): readonly string[] {
  const persons = each.filter((accounts) => accounts.some(({ type }) => !isProgram(type)));
  const places = persons.map((accounts) => new Set(accounts.filter(({ type }) => !isProgram(type)).map(placeOf)));
  const [first = new Set<string>(), ...others] = places;
  const telling = [...first].filter((place) => others.every((of) => of.has(place)));
  return [
    ...new Set(each.flat().flatMap(accountTexts)),
    ...(persons.length === 0 ? [NO_PERSON] : telling.map((place) => `${TELLS_APART}${place}`)),
  ];
}

/** The accounts of somebody who may be a person or a program, in that form: they are the same as whoever has one of them, and tell nobody apart. */
export const peopleUntold = (accounts: readonly CallerSubject[]): readonly string[] => [
  ...new Set(accounts.flatMap(accountTexts)),
];

/** Whether it can't be told if a caller's token is a person's or a program's. */
export const isUnknown = ({ subject, withoutPerson }: Pick<Identity, "subject" | "withoutPerson">): boolean =>
  withoutPerson === true && subject?.type === null;

/** Whether a caller's key or token is known to be a person's. */
export const isPerson = ({ subject, withoutPerson }: Pick<Identity, "subject" | "withoutPerson">): boolean =>
  subject !== null && !isProgram(subject.type) && withoutPerson !== true;

/** The ids of these people in one letter case, whoever issued them. */
export const foldedIdsOf = (people: readonly string[]): readonly string[] => [
  ...new Set(
    people.flatMap((person) => /^(?:(?!person\/|program\/)[^#]*#)?(?:person|program)\/(.*)$/s.exec(person)?.[1] ?? []),
  ),
];

/** All accounts of a caller, in the exact form. */
const accountsOf = ({ linked = [], subject }: Named): readonly CallerSubject[] =>
  subject === null ? [] : [subject, ...linked];

/** All whom a caller stands for; nobody where that is not said. */
export const peopleBehind = (named: Named): readonly string[] =>
  named.people ?? (named.subject === null ? [] : peopleOf(accountsOf(named)));

/** How two callers are compared: one of their accounts is the same; they are told apart; or neither can be said. */
function comparison(a: Named, b: Named): "SAME" | "APART" | "UNKNOWN" {
  if (a.subject === null || b.subject === null) return "UNKNOWN";
  const [those, these] = [peopleBehind(a), peopleBehind(b)];
  const common = those.filter((text) => these.includes(text));
  if (common.some((text) => !text.startsWith(TELLS_APART))) return "SAME";
  return common.length > 0 || those.includes(NO_PERSON) || these.includes(NO_PERSON) ? "APART" : "UNKNOWN";
}

/**
 * Whether two callers are, or may be, one person: whoever must be "somebody else" is compared by this, and refused. Letter case does not count,
 * nor which type of person it is, nor which key or token of theirs; a program's key is whoever made it, too. Accounts of two issuers, or of one
 * and the directory, tell two people apart only where the directory links one of them (`accounts`); a caller without a subject may be anybody.
 */
export const samePerson = (a: Named, b: Named): boolean => comparison(a, b) !== "APART";

/**
 * Whether two callers are one person by an account of theirs, to the letter and by its type: what a person may because of who they are is
 * permitted by this. Another issuer's account of the same id is another account.
 */
export const isSurelySamePerson = (a: Named, b: Named): boolean =>
  accountsOf(a).some((one) =>
    accountsOf(b).some(
      (other) =>
        one.id === other.id &&
        one.issuer === other.issuer &&
        (one.issuer === null ? one.type === other.type : isProgram(one.type) === isProgram(other.type)),
    ),
  );

/** A subject of the policy or the directory as a caller's: nobody says who issued it. */
export const asNamed = (subject: { readonly type: string; readonly id: string }): Pick<Identity, "subject"> => ({
  subject: { type: subject.type, id: subject.id, issuer: null },
});

const refused = (message: string): ScopewardenError => new ScopewardenError("FORBIDDEN", message);

/**
 * That somebody takes a step which nobody takes for themselves. `rule` says who may, as a sentence without its end. `people` 2: another person
 * takes it too, so that whoever can't be told apart from one of the others does no harm.
 * @throws ScopewardenError FORBIDDEN to who is, or with `people` 1 may be, one of the others
 */
export function requireOtherThan(caller: Identity, others: readonly Named[], rule: string, people: 1 | 2 = 1): void {
  if (caller.subject === null) throw refused(`${rule}: that needs a key or token that says whose it is.`);
  if (others.some(({ subject }) => subject === null))
    throw refused(`${rule}: both need a key or token that says whose it is.`);
  const found = others.map((other) => comparison(caller, other));
  if (found.every((each) => each === "APART")) return;
  const isSame = found.includes("SAME");
  if (!isSame && people > 1) return;
  if (!isSame)
    throw refused(
      `${rule}: whether you are somebody else can't be told, as one of you has an account that the directory links to nobody (accounts), or a token of which it can't be told whether a person signed in.`,
    );
  const alone = { subject: caller.subject, ...(caller.linked && { linked: caller.linked }) };
  throw refused(
    others.some(({ subject }) => comparison(alone, { subject }) === "SAME")
      ? `${rule}; another key of the same person is the same person.`
      : `${rule}; a program's key stands for who made it, too, and the directory says who is one person (accounts, fhirReferences).`,
  );
}

/** That a step takes a person: approving, judging, reviewing, lifting. @throws ScopewardenError FORBIDDEN to a token without one */
export function requirePerson(caller: Identity, rule: string): void {
  if (isUnknown(caller))
    throw refused(
      `${rule}: your token does not say that a person signed in. An operator names a claim that does, as the setting people of its issuer (docs/sign-in.md), or gives you a key.`,
    );
  if (caller.withoutPerson === true)
    throw refused(`${rule}: a token without a person (its sub is its client) may not. Use a key or token of a person.`);
}

/** Both of them. @throws ScopewardenError FORBIDDEN */
export function requirePersonOtherThan(caller: Identity, others: readonly Named[], rule: string, people?: 1 | 2): void {
  requirePerson(caller, rule);
  requireOtherThan(caller, others, rule, people);
}
