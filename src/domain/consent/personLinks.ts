import { type Directory, linkedTo } from "../directory/directory.ts";
import type { ConsentTerms, PersonLink, RecipientTerms } from "./types.ts";

/** Types of FHIR R4 that are people other than patients, whom requests name by another type and id. */
const PEOPLE: readonly string[] = ["Practitioner", "PractitionerRole", "RelatedPerson"];

/** The FHIR resources of people, `Type/id`, among recipients. */
const peopleAmong = (recipients: readonly RecipientTerms[] | null): readonly string[] =>
  (recipients ?? []).flatMap(({ subject }) =>
    subject !== null && PEOPLE.includes(subject.type) ? [`${subject.type}/${subject.id}`] : [],
  );

type Refusing = Pick<ConsentTerms, "effect" | "recipients"> & {
  readonly exceptions: readonly Pick<ConsentTerms["exceptions"][number], "effect" | "recipients">[];
};

/** The people whom a consent or its exceptions refuse by a FHIR resource, each once. */
const refusedPeople = (terms: Refusing): readonly string[] => [
  ...new Set(
    [terms, ...terms.exceptions].flatMap(({ effect, recipients }) =>
      effect === "DENY" ? peopleAmong(recipients) : [],
    ),
  ),
];

/** Whom the directory links now to the people whom a consent refuses by a FHIR resource. */
export const linksOf = (terms: Refusing, directory: Pick<Directory, "linked">): readonly PersonLink[] =>
  refusedPeople(terms).map((reference) => ({ reference, subjects: linkedTo(directory, reference) }));
