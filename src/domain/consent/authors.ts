import type { ConsentEffect, ConsentException, DataTerms, NamesOfPeople } from "./types.ts";

/** Types of FHIR of which one says too little of who it is: somebody in a role. */
const ROLES: readonly string[] = ["PractitionerRole"];
/** Those of which one may be anybody who belongs to it. */
const HOUSES: readonly string[] = ["CareTeam", "Group", "Organization"];
/** Those who may be in a role, or belong to a house. */
const PEOPLE: readonly string[] = ["Practitioner", "PractitionerRole"];

const typeOf = (reference: string): string => reference.slice(0, reference.indexOf("/"));

/** All names of an author, the one that is told first. */
export const namesOfAuthor = (author: string, people: NamesOfPeople = []): readonly string[] => [
  ...new Set([author, ...people.filter((names) => names.includes(author)).flat()]),
];

/** Whether one of two names somebody in a role of whom nothing tells who it is, so that they may be one. */
const mayBeInRole = (author: string, other: string, people: NamesOfPeople): boolean =>
  [author, other].some((name) => ROLES.includes(typeOf(name)) && !people.some((names) => names.includes(name)));

/**
 * Whether an author may be among references by another name: one that the directory links to the same person, a role of which nobody knows
 * whose it is, or a house that is named alone.
 */
export function mayBeNamed(author: string, references: readonly string[], people: NamesOfPeople = []): boolean {
  const names = namesOfAuthor(author, people);
  if (references.some((reference) => reference !== author && names.includes(reference))) return true;
  if (!PEOPLE.includes(typeOf(author))) return false;
  return references.some(
    (other) => PEOPLE.includes(typeOf(other)) && other !== author && mayBeInRole(author, other, people),
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

/** Of whom a consent, or an exception of it, refuses what they wrote. */
export const refusedAuthors = (consent: Refusing): readonly string[] =>
  [consent, ...consent.exceptions].flatMap(({ data, effect }) => (effect === "DENY" ? authorsIn(data) : []));
