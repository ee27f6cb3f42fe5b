import { canonicalReference, referenceTarget } from "../scopes/fhirReference.ts";
import { isPatientById } from "./isPatient.ts";
import type { ConsentEffect, ConsentQuestion, PersonLink, RecipientTerms } from "./types.ts";

type Recipient = ConsentQuestion["recipient"];
type SubjectTerms = NonNullable<RecipientTerms["subject"]>;

/** For whom something is said, and how: a refusal counts also where it may be the recipient, a permission only where it is. */
export interface Addressed {
  readonly recipients: readonly RecipientTerms[] | null;
  readonly effect: ConsentEffect;
  readonly links?: readonly PersonLink[] | undefined;
}

/** Whether a name is an id, as it is or as the FHIR reference to it. */
function names(name: string | null, type: string, id: string): boolean {
  if (name === null) return false;
  if (name === id || id === `${type}/${name}`) return true;
  return name.includes("/") && canonicalReference(name) === `${type}/${id}`;
}

const referenceOf = ({ id, type }: SubjectTerms): string => `${type}/${id}`;

/** By type and id, as requests name it, or by what the directory links to it. */
function isSubject({ fhirReferences, subject }: Recipient, terms: SubjectTerms): boolean {
  if (subject === null) return false;
  if (subject.id === terms.id && subject.type === terms.type) return true;
  const reference = referenceOf(terms);
  return subject.id === reference || fhirReferences.includes(reference);
}

/** The same, or what may be: as the caller says, by a bare id, or as the directory said when the refusal was recorded. */
function maySubject(recipient: Recipient, terms: SubjectTerms, links: readonly PersonLink[] | undefined): boolean {
  const { fhirReferences, fhirUser, subject } = recipient;
  if (subject === null) return false;
  if (isSubject(recipient, terms) || fhirReferences.includes(terms.id)) return true;
  if (terms.type === "Patient" && isPatientById(subject, terms.id)) return true;
  const stated = fhirUser === null ? null : referenceTarget(fhirUser);
  if (stated !== null && stated.id === terms.id && (stated.type ?? terms.type) === terms.type) return true;
  const link = links?.find(({ reference }) => reference === referenceOf(terms));
  return link?.subjects.some(({ id, type }) => id === subject.id && type === subject.type) ?? false;
}

/**
 * Whether somebody may be a person whom nobody is linked to yet, as nothing is known of which FHIR resources are theirs. Not the patient, nor
 * who represents the patient, nor a client that acts as itself.
 */
function mayUnlinked(recipient: Recipient, terms: SubjectTerms, links: readonly PersonLink[] | undefined): boolean {
  const { fhirReferences, isPatients, linked, subject } = recipient;
  if (links === undefined || subject === null || isPatients || fhirReferences.length > 0) return false;
  // Who is named by a resource of that type is that one.
  if (subject.type === terms.type) return false;
  const reference = referenceOf(terms);
  const link = links.find((each) => each.reference === reference);
  return link !== undefined && link.subjects.length === 0 && !linked.has(reference);
}

/** All that is said of one but the subject. An organization that is not stated may be the one that is refused. */
function isOneBut({ clientId, group, identifier, organization, role }: RecipientTerms, of: Recipient, maybe: boolean) {
  return (
    (clientId === null || names(of.clientId, "Device", clientId)) &&
    (role === null || of.roles.has(role)) &&
    (organization === null ||
      names(of.organization, "Organization", organization) ||
      (maybe && of.organization === null && of.subject !== null)) &&
    (group === null || of.groups.includes(group)) &&
    (identifier === null || of.identifiers.includes(identifier))
  );
}

/** Whether a recipient meets all that is said of one. */
function isOne(recipient: Recipient, terms: RecipientTerms, { effect, links }: Addressed): boolean {
  const { subject } = terms;
  if (!isOneBut(terms, recipient, effect === "DENY")) return false;
  if (subject === null) return true;
  if (effect === "PERMIT") return isSubject(recipient, subject);
  return maySubject(recipient, subject, links) || mayUnlinked(recipient, subject, links);
}

/** Whether a recipient is just the one that is said, by ids and types as they are. */
function isJust(recipient: Recipient, terms: RecipientTerms, to: Addressed): boolean {
  const { clientId, organization, subject } = terms;
  return (
    (clientId === null || recipient.clientId === clientId) &&
    (subject === null || (recipient.subject?.id === subject.id && recipient.subject.type === subject.type)) &&
    (organization === null || recipient.organization === organization) &&
    isOne(recipient, terms, to)
  );
}

/** Whether a recipient is just one of those that are meant, under no other name; null: anybody is. */
export const isJustRecipient = (to: Addressed, recipient: Recipient): boolean =>
  to.recipients === null || to.recipients.some((terms) => isJust(recipient, terms, to));

/** Whether a recipient is one of those that are meant; null: anybody is. */
export function isRecipient(to: Addressed, recipient: Recipient): boolean {
  const { recipients } = to;
  if (recipients === null) return true;
  for (const terms of recipients) if (isOne(recipient, terms, to)) return true;
  return false;
}

const NOBODY: readonly string[] = [];

/** The FHIR resources of persons to whom nobody is linked, for which alone a refusal is for a recipient; empty: it is for another reason. */
export function unlinkedMeant(to: Addressed, recipient: Recipient): readonly string[] {
  const { links, recipients } = to;
  if (links === undefined || recipients === null) return NOBODY;
  const found: string[] = [];
  for (const terms of recipients) {
    const { subject } = terms;
    if (!isOne(recipient, terms, to)) continue;
    if (subject === null || maySubject(recipient, subject, links)) return NOBODY;
    found.push(referenceOf(subject));
  }
  return found;
}
