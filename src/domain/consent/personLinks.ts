import { type Directory, linkedTo } from "../directory/directory.ts";
import { referencesTo } from "../scopes/fhirReference.ts";
import type { ConsentTerms, PersonLink, RecipientTerms } from "./types.ts";

/** Types of FHIR R4 that are people other than patients, whom requests name by another type and id. */
const PEOPLE: readonly string[] = ["Practitioner", "PractitionerRole", "RelatedPerson"];

/** The FHIR resources of people, `Type/id`, among recipients. */
const peopleAmong = (recipients: readonly RecipientTerms[] | null): readonly string[] =>
  (recipients ?? [])
    .flatMap(({ subject }) => (subject === null ? [] : referencesTo(subject).slice(0, 1)))
    .filter((reference) => PEOPLE.some((type) => reference.startsWith(`${type}/`)));

type Refusing = Pick<ConsentTerms, "effect" | "recipients"> & {
  readonly exceptions: readonly Pick<ConsentTerms["exceptions"][number], "effect" | "recipients">[];
};

/** The people whom a consent or its exceptions refuse by a FHIR resource, each once; an exception without recipients is for those of its consent. */
const refusedPeople = (terms: Refusing): readonly string[] => [
  ...new Set(
    [terms, ...terms.exceptions].flatMap(({ effect, recipients }) =>
      effect === "DENY" ? peopleAmong(recipients ?? terms.recipients) : [],
    ),
  ),
];

/** The same with those who were linked when an earlier version was recorded: that a link ended takes no refusal away. */
export function keptLinks(
  terms: Refusing & { readonly links?: readonly PersonLink[] },
  before: { readonly links?: readonly PersonLink[] } | null,
): readonly PersonLink[] | undefined {
  const [now, then] = [terms.links ?? [], before?.links ?? []];
  const kept = refusedPeople(terms).flatMap((reference): readonly PersonLink[] => {
    const links = [...now, ...then].filter((link) => link.reference === reference);
    const subjects = new Map(
      links.flatMap((link) => link.subjects).map((each) => [JSON.stringify([each.type, each.id]), each]),
    );
    return links.length === 0 ? [] : [{ reference, subjects: [...subjects.values()] }];
  });
  return kept.length === 0 ? undefined : kept;
}

/** Whom the directory links now to the people whom a consent refuses by a FHIR resource. */
export const linksOf = (terms: Refusing, directory: Pick<Directory, "linked">): readonly PersonLink[] =>
  refusedPeople(terms).map((reference) => ({ reference, subjects: linkedTo(directory, reference) }));
