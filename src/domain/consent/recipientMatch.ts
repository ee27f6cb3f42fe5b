import { isFhirType } from "../scopes/fhir.ts";
import { canonicalType, referencesTo, referenceTarget } from "../scopes/fhirReference.ts";
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

/** Whether a name leads to where an id of a type does: as it is, or as a FHIR reference. */
function names(name: string | null, type: string, id: string): boolean {
  if (name === null) return false;
  if (name === id) return true;
  const [named, meant] = [referenceTarget(name), referenceTarget(id)];
  return named !== null && meant !== null && named.id === meant.id && (named.type ?? type) === (meant.type ?? type);
}

const referenceOf = (terms: SubjectTerms): string => referencesTo(terms)[0] ?? "";

/** By type and id, as requests name it, or by what the directory links to it. */
function isSubject({ fhirReferences, subject }: Recipient, terms: SubjectTerms): boolean {
  if (subject === null) return false;
  if (subject.id === terms.id && subject.type === terms.type) return true;
  const reference = `${terms.type}/${terms.id}`;
  return subject.id === reference || fhirReferences.includes(reference);
}

/** Whether what a caller says of somebody may lead to a thing: what can't be read may lead anywhere. */
function mayLead(said: readonly string[], { id, type }: SubjectTerms): boolean {
  return said.some((text) => {
    const target = referenceTarget(text.trim());
    return target === null ? isFhirType(type) : target.id === id && (target.type ?? type) === type;
  });
}

/** Whether somebody may be named by a FHIR resource, by the subject's own name or by what the caller says. */
const mayBeNamed = ({ fhirUsers, subject }: Recipient, { id, type }: SubjectTerms): boolean =>
  subject !== null && (referencesTo(subject).includes(`${type}/${id}`) || mayLead(fhirUsers, { id, type }));

/** The same, or what may be: as the caller says, by a bare id, or as the directory said when the refusal was recorded. */
function maySubject(recipient: Recipient, terms: SubjectTerms, links: readonly PersonLink[] | undefined): boolean {
  const { fhirReferences, namesakes, subject } = recipient;
  if (subject === null) return false;
  if (isSubject(recipient, terms) || fhirReferences.includes(terms.id)) return true;
  if (terms.type === "Patient" && isPatientById(subject, terms.id)) return true;
  const reference = referenceOf(terms);
  const [type = "", id = ""] = reference.split("/");
  if (fhirReferences.includes(reference) || mayBeNamed(recipient, { type, id })) return true;
  const isNamesake = (each: Recipient["namesakes"][number]): boolean =>
    (each.id === terms.id && each.type === terms.type) || each.fhirReferences.includes(reference);
  if (namesakes.some(isNamesake)) return true;
  const link = links?.find((each) => each.reference === reference);
  return (
    link?.subjects.some((each) =>
      [subject, ...namesakes].some((one) => one.id === each.id && one.type === each.type),
    ) ?? false
  );
}

/**
 * Whether somebody may be a person whom nobody is linked to yet, as nothing is known of which FHIR resources are theirs. Not the patient
 * who asks for the own data, nor a client that acts as itself.
 */
function mayUnlinked(recipient: Recipient, terms: SubjectTerms, links: readonly PersonLink[] | undefined): boolean {
  const { fhirReferences, linked, subject, who } = recipient;
  if (links === undefined || subject === null || who === "PATIENT" || fhirReferences.length > 0) return false;
  const reference = referenceOf(terms);
  // Who is named by a resource of that type is that one.
  if (canonicalType(subject.type) === reference.split("/")[0]) return false;
  const link = links.find((each) => each.reference === reference);
  return link !== undefined && link.subjects.length === 0 && !linked.has(reference);
}

/** Whether an organization may be one that is refused: one that is not stated, or can't be read, may. */
const mayOrganization = (of: Recipient, organization: string): boolean =>
  of.organization === null
    ? of.subject !== null
    : referenceTarget(of.organization) === null || mayBeNamed(of, { type: "Organization", id: organization });

/** All that is said of one but the subject. `maybe`: also what it may be. */
function isOneBut({ clientId, group, identifier, organization, role }: RecipientTerms, of: Recipient, maybe: boolean) {
  return (
    (clientId === null ||
      names(of.clientId, "Device", clientId) ||
      (maybe && mayBeNamed(of, { type: "Device", id: clientId }))) &&
    (role === null || of.roles.has(role)) &&
    (organization === null ||
      names(of.organization, "Organization", organization) ||
      (maybe && mayOrganization(of, organization))) &&
    (group === null || of.groups.some((name) => names(name, "Group", group))) &&
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

const namesOne = ({ clientId, identifier, subject }: RecipientTerms): boolean =>
  clientId !== null || identifier !== null || subject !== null;

/** Whether a recipient is one of those that are meant by name: by the app, the person or an identifier, and not as anybody of a role or house. */
export const isNamedRecipient = (to: Addressed, recipient: Recipient): boolean =>
  to.recipients?.some((terms) => namesOne(terms) && isOne(recipient, terms, to)) === true;

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
