import { PATIENT_TYPE } from "../kernel/patientId.ts";
import { CLIENT } from "../policy/types.ts";
import { codesMeant } from "../scopes/codeSystems.ts";
import { canonicalType, groupReference, mentions, referencesTo, referenceTarget } from "../scopes/fhirReference.ts";
import { isPatientById } from "./isPatient.ts";
import { isCareTeam, linkableNames, memberOf, personNamed } from "./recipientLinks.ts";
import type { ConsentEffect, ConsentQuestion, RecipientLink, RecipientTerms } from "./types.ts";

type Recipient = ConsentQuestion["recipient"];
type SubjectTerms = NonNullable<RecipientTerms["subject"]>;

/** For whom something is said, and how: a refusal counts also where it may be the recipient, a permission only where it is. */
export interface Addressed {
  readonly recipients: readonly RecipientTerms[] | null;
  readonly effect: ConsentEffect;
  readonly links?: readonly RecipientLink[] | undefined;
}
type Links = Addressed["links"];

/** Not several in one text. */
const ONE_ID = /^[\w.-]+$/;

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
    return target === null || (target.id === id && (target.type ?? type) === type);
  });
}

/** Whether a subject's own id, which can't be read as a reference, has another id in it. */
const mayMention = (subject: SubjectTerms, id: string): boolean =>
  !ONE_ID.test(subject.id) && referenceTarget(subject.id) === null && mentions(subject.id, id);

/** Whether somebody may be named by a FHIR resource, by the subject's own name or by what the caller says. */
const mayBeNamed = ({ fhirUsers, subject }: Recipient, { id, type }: SubjectTerms): boolean =>
  (subject !== null && (referencesTo(subject).includes(`${type}/${id}`) || mayMention(subject, id))) ||
  mayLead(fhirUsers, { id, type });

/** FHIR's type of what is a client, and the policy's. */
const CLIENT_TYPES: readonly string[] = ["Device", CLIENT];
/** Whether a client may be one that is refused: as itself, as the subject of another, or by what the caller says. */
const mayClient = (of: Recipient, clientId: string): boolean =>
  names(of.clientId, "Device", clientId) || CLIENT_TYPES.some((type) => mayBeNamed(of, { type, id: clientId }));

/** Whether somebody is one of some people: under one of their own names, or by a FHIR resource; `whatever` of type, as a care team has ids alone. */
function isAmong(recipient: Recipient, people: readonly SubjectTerms[], whatever: boolean): boolean {
  const { fhirReferences, namesakes, subject } = recipient;
  if (subject === null || people.length === 0) return false;
  const all = [{ ...subject, fhirReferences }, ...namesakes];
  return people.some(
    ({ id, type }) =>
      all.some((one) => one.id === id && (whatever || one.type === type)) ||
      all.some((one) => one.fhirReferences.includes(`${type}/${id}`)) ||
      mayBeNamed(recipient, { type, id }),
  );
}

/** Whether somebody was linked to a name when the refusal was recorded. */
const wasLinked = (recipient: Recipient, name: string, links: Links): boolean =>
  isAmong(recipient, links?.find(({ reference }) => reference === name)?.subjects ?? [], isCareTeam(name));

/** The same, or what may be: as the caller says, by a bare id, or as the directory said when the refusal was recorded. */
function maySubject(recipient: Recipient, terms: SubjectTerms, links: Links): boolean {
  const { clientId, fhirReferences, maybe, namesakes, subject } = recipient;
  // A client that acts as itself is a subject too, by its own id.
  if (subject === null)
    return CLIENT_TYPES.includes(canonicalType(terms.type)) && names(clientId, terms.type, terms.id);
  if (isSubject(recipient, terms) || fhirReferences.includes(terms.id)) return true;
  if (terms.type === PATIENT_TYPE && (maybe.patientRecord === terms.id || isPatientById(subject, terms.id)))
    return true;
  const reference = referenceOf(terms);
  const [type = "", id = ""] = reference.split("/");
  if (fhirReferences.includes(reference) || mayBeNamed(recipient, { type, id })) return true;
  const isNamesake = (each: Recipient["namesakes"][number]): boolean =>
    (each.id === terms.id && each.type === terms.type) || each.fhirReferences.includes(reference);
  return namesakes.some(isNamesake) || wasLinked(recipient, reference, links);
}

const folded = (text: string): string => text.trim().toLowerCase();

/** All groups in which somebody may be. */
const groupsSaid = ({ groups, maybe, namesakes }: Recipient): readonly string[] => [
  ...groups,
  ...maybe.groups,
  ...namesakes.flatMap((each) => each.groups),
];

/** Whether somebody may be in a group or a care team, in whatever letters. */
function mayBelong(recipient: Recipient, group: string, links: Links): boolean {
  const name = groupReference(group);
  const [type, id = name] = name.split("/");
  const isIt = (text: string): boolean => {
    const target = referenceTarget(text.trim());
    // A bare id may be of any type, and a text that can't be read any of what it mentions.
    if (target === null || !ONE_ID.test(target.id))
      return text === "" || folded(text) === folded(name) || mentions(text, id);
    return folded(target.id) === folded(id) && (target.type ?? type) === type;
  };
  if (groupsSaid(recipient).some(isIt)) return true;
  if (isCareTeam(name) && isAmong(recipient, recipient.maybe.careTeam.map(memberOf), true)) return true;
  return wasLinked(recipient, name, links);
}

const identifiersSaid = ({ identifiers, maybe, namesakes }: Recipient): readonly string[] => [
  ...identifiers,
  ...maybe.identifiers,
  ...namesakes.flatMap((each) => each.identifiers),
];

/** Whether somebody may have an identifier: in whatever letters, or by the value alone, which may be of any system. */
function mayBeIdentified(recipient: Recipient, identifier: string, links: Links): boolean {
  const [meant, value] = [folded(identifier), folded(identifier.slice(identifier.lastIndexOf("|") + 1))];
  const isIt = (said: string): boolean =>
    said === "" ||
    folded(said) === meant ||
    codesMeant(said).some((code) => folded(code) === meant || folded(code) === value);
  return identifiersSaid(recipient).some(isIt) || wasLinked(recipient, identifier, links);
}

/**
 * Whether somebody may be whom a name means to which nobody is linked yet, as nothing of that kind is known of them. Not the patient who asks
 * for the own data, nor a client that acts as itself.
 */
function mayUnlinked(recipient: Recipient, name: string, links: Links): boolean {
  const { fhirReferences, linked, maybe, subject, who } = recipient;
  if (links === undefined || subject === null || who === "PATIENT") return false;
  const link = links.find(({ reference }) => reference === name);
  if (link === undefined || link.subjects.length > 0 || linked.has(name)) return false;
  if (name.includes("|")) return identifiersSaid(recipient).length === 0;
  if (isCareTeam(name)) return maybe.careTeam.length === 0 && groupsSaid(recipient).length === 0;
  const [type] = name.split("/");
  if (type === "Group") return groupsSaid(recipient).length === 0;
  // Who is named by a resource of that type is that one.
  return fhirReferences.length === 0 && canonicalType(subject.type) !== type;
}

/** Whether an organization may be one that is refused: one that is not stated, or can't be read, may; of a client that acts as itself only its own. */
const mayOrganization = (of: Recipient, organization: string): boolean =>
  mayLead(of.maybe.organizations, { type: "Organization", id: organization }) ||
  (of.organization === null
    ? of.subject !== null || mayLead(of.fhirUsers, { type: "Organization", id: organization })
    : referenceTarget(of.organization) === null || mayBeNamed(of, { type: "Organization", id: organization }));

/** Whether a recipient meets what is said of one that is told by name alone, for a permission. */
const isExactly = (of: Recipient, { clientId, group, identifier, organization, subject }: RecipientTerms): boolean =>
  (clientId === null || names(of.clientId, "Device", clientId)) &&
  (organization === null || names(of.organization, "Organization", organization)) &&
  (group === null || of.groups.some((name) => names(name, "Group", group))) &&
  (identifier === null || of.identifiers.includes(identifier)) &&
  (subject === null || isSubject(of, subject));

/** Whether a recipient may meet it, for a refusal. `orUnlinked`: also whom nothing tells from a name to which nobody is linked. */
function isPerhaps(of: Recipient, terms: RecipientTerms, links: Links, orUnlinked: boolean): boolean {
  const { clientId, group, identifier, organization, subject } = terms;
  const may = (name: () => string | undefined): boolean => {
    const unlinked = orUnlinked ? name() : undefined;
    return unlinked !== undefined && mayUnlinked(of, unlinked, links);
  };
  return (
    (clientId === null || mayClient(of, clientId)) &&
    (organization === null ||
      names(of.organization, "Organization", organization) ||
      mayOrganization(of, organization)) &&
    (group === null || mayBelong(of, group, links) || may(() => groupReference(group))) &&
    (identifier === null || mayBeIdentified(of, identifier, links) || may(() => identifier)) &&
    (subject === null || maySubject(of, subject, links) || may(() => personNamed(subject) ?? undefined))
  );
}

/** Whether somebody may hold a role, as an attribute says: what can't be read may be any. */
const mayHold = ({ maybe }: Recipient, role: string): boolean =>
  maybe.roles.some((said) => said === "" || folded(said) === folded(role) || mentions(said, role));

/** Whether a recipient meets all that is said of one. */
const isOne = (recipient: Recipient, terms: RecipientTerms, { effect, links }: Addressed): boolean =>
  (terms.role === null || recipient.roles.has(terms.role) || (effect === "DENY" && mayHold(recipient, terms.role))) &&
  (effect === "PERMIT" ? isExactly(recipient, terms) : isPerhaps(recipient, terms, links, true));

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

/** The names to which nobody is linked, for which alone a refusal is for a recipient; empty: it is for another reason. */
export function unlinkedMeant(to: Addressed, recipient: Recipient): readonly string[] {
  const { links, recipients } = to;
  if (links === undefined || recipients === null) return NOBODY;
  const found: string[] = [];
  for (const terms of recipients) {
    if (!isOne(recipient, terms, to)) continue;
    if (isPerhaps(recipient, terms, links, false)) return NOBODY;
    found.push(...linkableNames(terms).filter((name) => mayUnlinked(recipient, name, links)));
  }
  return found;
}
