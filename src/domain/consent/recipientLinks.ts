import { belongingTo, careTeamOf, type Directory, entityOf, linkedTo } from "../directory/directory.ts";
import type { EntityRef } from "../directory/entity.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import { USER } from "../policy/types.ts";
import { canonicalCode } from "../scopes/codeSystems.ts";
import { groupReference, referencesTo, referenceTarget } from "../scopes/fhirReference.ts";
import type { ConsentTerms, RecipientLink, RecipientTerms } from "./types.ts";

/** Types of FHIR R4 that are people other than patients, whom requests name by another type and id. */
const PEOPLE: readonly string[] = ["Practitioner", "PractitionerRole", "RelatedPerson"];
const isPerson = (name: string): boolean => PEOPLE.some((type) => name.startsWith(`${type}/`));
const CARE_TEAM = "CareTeam/";

/** A CareTeam is the patient's `careTeam`. */
export const isCareTeam = (name: string): boolean => name.startsWith(CARE_TEAM);

/** The person that is named by a FHIR resource, `Type/id`; null: by none, or nobody but a patient. */
export function personNamed(subject: RecipientTerms["subject"]): string | null {
  const [reference = ""] = subject === null ? [] : referencesTo(subject);
  return isPerson(reference) ? reference : null;
}

/** The names of one recipient by which nobody is met before the directory links somebody, each in the one form. */
export function linkableNames({ group, identifier, subject }: RecipientTerms): readonly string[] {
  const person = personNamed(subject);
  return [
    ...(person === null ? [] : [person]),
    ...(group === null ? [] : [groupReference(group)]),
    ...(identifier === null ? [] : [canonicalCode(identifier)]),
  ];
}

type Refusing = Pick<ConsentTerms, "effect" | "patient" | "recipients"> & {
  readonly exceptions: readonly Pick<ConsentTerms["exceptions"][number], "effect" | "recipients">[];
};

/** Whom a consent or its exceptions refuse; an exception without recipients is for those of its consent. */
export const refusedRecipients = (terms: Omit<Refusing, "patient">): readonly RecipientTerms[] =>
  [terms, ...terms.exceptions].flatMap(({ effect, recipients }) =>
    effect === "DENY" ? (recipients ?? terms.recipients ?? []) : [],
  );

/** Such names of theirs, each once. */
const refusedNames = (terms: Omit<Refusing, "patient">): readonly string[] => [
  ...new Set(refusedRecipients(terms).flatMap(linkableNames)),
];

/** The same with those who were linked when an earlier version was recorded: that a link ended takes no refusal away. */
export function keptLinks(
  terms: Omit<Refusing, "patient"> & { readonly links?: readonly RecipientLink[] },
  before: { readonly links?: readonly RecipientLink[] } | null,
): readonly RecipientLink[] | undefined {
  const [now, then] = [terms.links ?? [], before?.links ?? []];
  const kept = refusedNames(terms).flatMap((reference): readonly RecipientLink[] => {
    const links = [...now, ...then].filter((link) => link.reference === reference);
    const subjects = new Map(
      links.flatMap((link) => link.subjects).map((each) => [JSON.stringify([each.type, each.id]), each]),
    );
    return links.length === 0 ? [] : [{ reference, subjects: [...subjects.values()] }];
  });
  return kept.length === 0 ? undefined : kept;
}

/** Members of a group whom a consent keeps: of a larger one those count who belong to it when it is decided. */
const MOST_KEPT = 100;

/** A member of a care team as requests name somebody. */
export function memberOf(text: string): EntityRef {
  const target = referenceTarget(text);
  return target === null || target.type === null ? { type: USER, id: text } : { type: target.type, id: target.id };
}

/** Whom the directory links to a name now; to a care team those of the patient's. */
export function subjectsNamed(
  directory: Pick<Directory, "entities" | "linked">,
  patient: string,
  name: string,
): readonly EntityRef[] {
  if (isPerson(name)) return linkedTo(directory, name);
  if (!isCareTeam(name)) return belongingTo(directory, name);
  return careTeamOf(entityOf(directory, PATIENT_TYPE, patient)?.properties).map(memberOf);
}

/** Whom the directory links now to those whom a consent refuses by a FHIR resource, a group or an identifier. */
export const linksOf = (terms: Refusing, directory: Pick<Directory, "entities" | "linked">): readonly RecipientLink[] =>
  refusedNames(terms).flatMap((reference) => {
    const subjects = subjectsNamed(directory, terms.patient, reference);
    return subjects.length > MOST_KEPT ? [] : [{ reference, subjects }];
  });

/** The names among these to which nobody is linked. */
export const unlinkedNames = (links: readonly RecipientLink[]): ReadonlySet<string> =>
  new Set(links.filter(({ subjects }) => subjects.length === 0).map(({ reference }) => reference));

type Link = { readonly property: string; readonly knownBy: string };

/** The property of the directory by which somebody is linked to a name, and what else must be known of somebody to be told apart. */
export function linkFor(name: string): Link {
  if (isCareTeam(name)) return { property: "careTeam", knownBy: "groups" };
  if (name.includes("|")) return { property: "identifiers", knownBy: "identifiers" };
  return isPerson(name)
    ? { property: "fhirReferences", knownBy: "FHIR resources" }
    : { property: "groups", knownBy: "groups" };
}

/** Why a refusal of a name to which nobody is linked is not recorded, and what to do. */
export function unlinkedProblem(name: string): string {
  const { knownBy, property } = linkFor(name);
  const [value, whose] = isCareTeam(name)
    ? ['["<id>"]', "the patient's entry of type Patient"]
    : [`[${JSON.stringify(name)}]`, "that person's entry"];
  return `nobody is linked to ${name}, so the refusal would meet nobody: put ${property}: ${value} on ${whose} in the directory (putEntities), or say untilLinked: ALL, by which it counts for all whose ${knownBy} are not known`;
}
