import type { AccessRecord, DecisionRecord } from "../../decisions/types.ts";
import { type Directory, entityOf, ORGANIZATION_TYPES } from "../../directory/directory.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import type { Snapshot } from "../../policy/snapshot.ts";

/** Who received data, by the names that are known. Null: not known, or there is none. */
export interface Recipient {
  /** In words: the person and the client, or the client that acts for itself. */
  readonly name: string;
  readonly clientId: string;
  readonly clientName: string | null;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly subjectName: string | null;
  readonly organization: string | null;
  readonly organizationName: string | null;
  readonly address: string | null;
}

/** What names are read from. */
export interface NamesNow {
  readonly snapshot: Snapshot;
  readonly directory: Directory;
}

const textIn = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** A text that the directory has of somebody or something; null: none. */
const propertyOf = (directory: Directory, type: string, id: string, property: string): string | null =>
  textIn(entityOf(directory, type, id)?.properties?.[property]);

function ofOrganization(directory: Directory, id: string | null, property: string): string | null {
  if (id === null) return null;
  for (const type of ORGANIZATION_TYPES) {
    const value = propertyOf(directory, type, id, property);
    if (value !== null) return value;
  }
  return null;
}

/** An organization's name by the policy, or else by the directory; null: neither has one. */
export const organizationName = ({ directory, snapshot }: NamesNow, id: string | null): string | null =>
  id === null ? null : (snapshot.organizations.get(id)?.name ?? ofOrganization(directory, id, "name"));

/** A patient's name by the directory of now; null: it has none. */
export const patientName = ({ directory }: NamesNow, id: string): string | null =>
  propertyOf(directory, PATIENT_TYPE, id, "name");

/** A text that the record has of the subject by the directory, as of then; null: none. */
function propertyThen({ facts = [], request: { subject } }: DecisionRecord, property: string): string | null {
  const fact = facts.find((each) => each.kind === "ENTITY" && each.type === subject?.type && each.id === subject?.id);
  return fact?.kind === "ENTITY" ? textIn(fact.properties?.[property]) : null;
}

/** The organizations to which the subject belongs, by the request, or by the directory as of then or now. */
export function organizationsOf(record: DecisionRecord, { directory }: NamesNow): readonly (string | null)[] {
  const { subject } = record.request;
  if (subject === null) return [];
  const now = propertyOf(directory, subject.type, subject.id, "organization");
  return [subject.organization, propertyThen(record, "organization"), now];
}

/** Whether the recipient may be of the organization of the data: by the request, or else by the directory as of then, or now. */
export function mayBeUse(record: AccessRecord, now: NamesNow): boolean {
  const { organization } = record.request.resource;
  const of = organizationsOf(record, now).find((each) => each != null) ?? null;
  return organization === null || of === null || of === organization;
}

/**
 * Who asked for an access, by name: a person by the directory as of then, or else of now, the client by the policy of now. The
 * address is `address` in the directory: the person's, or else the organization's to which the subject belongs, or else the client's.
 */
export function recipientOf(record: DecisionRecord, now: NamesNow): Recipient {
  const { clientId, subject } = record.request;
  const { directory, snapshot } = now;
  const clientName = snapshot.clients.get(clientId)?.name ?? null;
  const subjectName =
    subject === null ? null : (propertyThen(record, "name") ?? propertyOf(directory, subject.type, subject.id, "name"));
  const known = subject === null ? null : propertyOf(directory, subject.type, subject.id, "organization");
  const organization = subject?.organization ?? known;
  const client = clientName === null ? clientId : `${clientName} (${clientId})`;
  const person =
    subject === null
      ? null
      : subjectName === null
        ? `${subject.type} ${subject.id}`
        : `${subjectName} (${subject.type} ${subject.id})`;
  return {
    name: person === null ? client : `${person}, with ${client}`,
    clientId,
    clientName,
    subjectId: subject?.id ?? null,
    subjectType: subject?.type ?? null,
    subjectName,
    organization,
    organizationName: organizationName(now, organization),
    address:
      (subject === null ? null : propertyOf(directory, subject.type, subject.id, "address")) ??
      ofOrganization(directory, organization, "address") ??
      propertyOf(directory, "client", clientId, "address"),
  };
}
