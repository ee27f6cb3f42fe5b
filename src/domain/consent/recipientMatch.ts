import type { ConsentQuestion, RecipientTerms } from "./types.ts";

type Recipient = ConsentQuestion["recipient"];

/** Whether a name is an id, as it is or as the FHIR reference to it. */
const names = (name: string | null, type: string, id: string): boolean =>
  name === id || name === `${type}/${id}` || (name !== null && id === `${type}/${name}`);

function isSubject({ subject }: Recipient, terms: NonNullable<RecipientTerms["subject"]>): boolean {
  if (subject === null) return false;
  return (subject.id === terms.id && subject.type === terms.type) || subject.id === `${terms.type}/${terms.id}`;
}

/** Whether a recipient meets all that is said of one. */
function isOne(recipient: Recipient, terms: RecipientTerms): boolean {
  const { clientId, group, identifier, organization, role, subject } = terms;
  return (
    (clientId === null || names(recipient.clientId, "Device", clientId)) &&
    (subject === null || isSubject(recipient, subject)) &&
    (role === null || recipient.roles.has(role)) &&
    (organization === null || names(recipient.organization, "Organization", organization)) &&
    (group === null || recipient.groups.includes(group)) &&
    (identifier === null || recipient.identifiers.includes(identifier))
  );
}

/** Whether a recipient is just the one that is said, by ids and types as they are. */
function isJust(recipient: Recipient, terms: RecipientTerms): boolean {
  const { clientId, organization, subject } = terms;
  return (
    (clientId === null || recipient.clientId === clientId) &&
    (subject === null || (recipient.subject?.id === subject.id && recipient.subject.type === subject.type)) &&
    (organization === null || recipient.organization === organization) &&
    isOne(recipient, terms)
  );
}

/** Whether a recipient is just one of those that are meant, under no other name; null: anybody is. */
export const isJustRecipient = (recipients: readonly RecipientTerms[] | null, recipient: Recipient): boolean =>
  recipients === null || recipients.some((terms) => isJust(recipient, terms));

/** Whether a recipient is one of those that are meant; null: anybody is. */
export function isRecipient(recipients: readonly RecipientTerms[] | null, recipient: Recipient): boolean {
  if (recipients === null) return true;
  for (const terms of recipients) if (isOne(recipient, terms)) return true;
  return false;
}
