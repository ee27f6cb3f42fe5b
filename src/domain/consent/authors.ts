import type { ConsentEffect, ConsentException, DataTerms, NamesOfPeople } from "./types.ts";

/** Types of FHIR of which one says too little of who it is: somebody in a role. */
const ROLES: readonly string[] = ["PractitionerRole"];
/** Those of which one may be anybody who belongs to it. */
const HOUSES: readonly string[] = ["CareTeam", "Group", "Organization"];
/** Those who may be in a role, or belong to a house. */
const PEOPLE: readonly string[] = ["Practitioner", "PractitionerRole"];

/** Empty: a bare id. */
const typeOf = (reference: string): string => reference.slice(0, Math.max(0, reference.indexOf("/")));

/** All names of an author, the one that is told first. */
export const namesOfAuthor = (author: string, people: NamesOfPeople = []): readonly string[] => [
  ...new Set([author, ...people.filter((names) => names.includes(author)).flat()]),
];

/** Whether one of two may be in the role that the other names: nothing tells whose that is, or that it is somebody else's. */
function mayBeInRole(role: string, other: string, people: NamesOfPeople): boolean {
  if (!ROLES.includes(typeOf(role))) return false;
  const whose = people.find((names) => names.includes(role));
  if (whose === undefined) return true;
  return !whose.some((name) => typeOf(name) === "Practitioner") && !people.some((names) => names.includes(other));
}

/** Whether an author may be among references by another name: one that the directory links to the same person, or a role that may be theirs. */
export function mayBeNamed(author: string, references: readonly string[], people: NamesOfPeople = []): boolean {
  // A bare id may be of any type.
  const names = namesOfAuthor(author, people).slice(1);
  if (names.some((name) => references.includes(name) || references.includes(name.slice(typeOf(name).length + 1))))
    return true;
  if (!PEOPLE.includes(typeOf(author))) return false;
  return references.some(
    (other) =>
      other !== author &&
      PEOPLE.includes(typeOf(other)) &&
      (mayBeInRole(author, other, people) || mayBeInRole(other, author, people)),
  );
}

/** Whether authors are houses alone, of which a person may be any. */
export const areHouses = (author: string, authors: readonly string[]): boolean =>
  PEOPLE.includes(typeOf(author)) && authors.length > 0 && authors.every((each) => HOUSES.includes(typeOf(each)));

type Refusing = { readonly effect: ConsentEffect; readonly data: DataTerms } & {
  readonly exceptions: readonly Pick<ConsentException, "data" | "effect">[];
};

const authorsIn = ({ authors, references }: DataTerms): readonly string[] => [
  ...(authors ?? []),
  ...(references ?? []).flatMap(({ meaning, reference }) => (meaning === "authoredby" ? [reference] : [])),
];

const NOBODY: readonly string[] = [];
const authorsRefused = ({ data, effect }: Pick<ConsentException, "data" | "effect">): readonly string[] =>
  effect === "DENY" && (data.authors !== null || data.references !== null) ? authorsIn(data) : NOBODY;

/** Of whom a consent, or an exception of it, refuses what they wrote. Mostly there is nobody: this runs for every decision. */
export function refusedAuthors(consent: Refusing): readonly string[] {
  const own = authorsRefused(consent);
  return consent.exceptions.length === 0 ? own : [...own, ...consent.exceptions.flatMap(authorsRefused)];
}
