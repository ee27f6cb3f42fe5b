import { PATIENT_TYPE, patientProblem } from "../../kernel/patientId.ts";
import { identifierProblem } from "../../kernel/text.ts";
import { isFhirType } from "../../scopes/fhir.ts";
import { canonicalType } from "../../scopes/fhirReference.ts";
import type { RecipientTerms } from "../types.ts";
import type { FhirReference } from "./fhirConsent.ts";
import type { FhirReader } from "./fhirReader.ts";

interface Target {
  readonly type: string;
  readonly id: string;
}

const ID = /^[A-Za-z0-9.-]{1,64}$/;
const ANYBODY: RecipientTerms = {
  clientId: null,
  subject: null,
  role: null,
  organization: null,
  group: null,
  identifier: null,
};

/** What a relative reference leads to, `Type/id`; null: it is none. Another server's `Patient/1` is not ours. */
export function targetOf(reference: string): Target | null {
  const [, type, id] = /^([A-Za-z]+)\/([^/]+)$/.exec(reference) ?? [];
  if (type === undefined || id === undefined || !isFhirType(type)) return null;
  return ID.test(id) || (type === PATIENT_TYPE && patientProblem(id) === null) ? { type, id } : null;
}

/** The members of a Reference; null, with the problem, where it is none. */
function members(read: FhirReader, value: unknown, path: string) {
  return read.element(value, path, ["reference", "type", "identifier", "display"]);
}

/** A reference to one resource, as `Type/id`. */
export function readTarget(read: FhirReader, value: unknown, path: string): Target | null {
  const element = members(read, value, path);
  if (element === null) return null;
  const text = read.string(element.reference, `${path}.reference`);
  if (text === null) return null;
  const target = targetOf(text);
  const type = read.optionalString(element.type, `${path}.type`);
  if (target !== null && type !== null && canonicalType(type) !== target.type)
    return read.problem(`${path}.type`, `must be ${target.type}, of which the reference is`);
  return target ?? read.problem(`${path}.reference`, "must be Type/id, of a type of FHIR");
}

/** Whom a reference of an actor names; null: that is nobody who can be a recipient. */
function recipientOf({ id, type }: Target): RecipientTerms | null {
  switch (type) {
    case "Device":
      return { ...ANYBODY, clientId: id };
    case "Organization":
      return { ...ANYBODY, organization: id };
    case "Group":
    case "CareTeam":
      return { ...ANYBODY, group: `${type}/${id}` };
    case "Patient":
    case "Practitioner":
    case "PractitionerRole":
    case "RelatedPerson":
      return { ...ANYBODY, subject: { id, type } };
    default:
      return null;
  }
}

function readIdentifier(read: FhirReader, value: unknown, path: string): RecipientTerms | null {
  const element = read.element(value, path, ["use", "type", "system", "value", "period", "assigner"]);
  if (element === null) return null;
  const system = read.string(element.system, `${path}.system`);
  const text = read.string(element.value, `${path}.value`);
  if (system === null || text === null) return null;
  const problem = identifierProblem(text) ?? (/^[a-z][a-z0-9+.-]*:[^|\s]+$/i.test(system) ? null : "needs a system");
  if (problem !== null) return read.problem(path, problem);
  return { ...ANYBODY, identifier: `${system}|${text}` };
}

/** Who is meant by the reference of an actor: by its reference and by its identifier, either is enough. */
export function readRecipients(read: FhirReader, value: unknown, path: string): readonly RecipientTerms[] {
  const element = members(read, value, path);
  if (element === null) return [];
  if (element.reference === undefined && element.identifier === undefined)
    read.problem(path, "must have a reference or an identifier");
  const found: RecipientTerms[] = [];
  if (element.reference !== undefined) {
    const target = readTarget(read, value, path);
    const recipient = target === null ? null : recipientOf(target);
    if (recipient !== null) found.push(recipient);
    else if (target !== null) read.problem(`${path}.reference`, `a ${target.type} receives no data`);
  }
  const identifier =
    element.identifier === undefined ? null : readIdentifier(read, element.identifier, `${path}.identifier`);
  return identifier === null ? found : [...found, identifier];
}

/** The reference of an actor by which one recipient is said whole; null: FHIR R4 can't say it. */
export function writeRecipient(recipient: RecipientTerms): FhirReference | null {
  const { clientId, group, identifier, organization, subject } = recipient;
  const said = Object.values(recipient).filter((member) => member !== null);
  if (said.length !== 1) return null;
  if (identifier !== null) {
    const bar = identifier.lastIndexOf("|");
    const reference = { identifier: { system: identifier.slice(0, bar), value: identifier.slice(bar + 1) } };
    return bar > 0 && isReadAs(reference, recipient) ? reference : null;
  }
  const text =
    clientId !== null
      ? `Device/${clientId}`
      : organization !== null
        ? `Organization/${organization}`
        : subject !== null
          ? `${subject.type}/${subject.id}`
          : group;
  return text !== null && isReadAs({ reference: text }, recipient) ? { reference: text } : null;
}

/** Whether what is written is read as it was meant. */
function isReadAs({ identifier, reference }: FhirReference, recipient: RecipientTerms): boolean {
  if (identifier !== undefined) {
    const { system, value } = identifier;
    return identifierProblem(value) === null && /^[a-z][a-z0-9+.-]*:[^|\s]+$/i.test(system);
  }
  const target = reference === undefined ? null : targetOf(reference);
  const read = target === null ? null : recipientOf(target);
  return (
    read !== null &&
    read.clientId === recipient.clientId &&
    read.organization === recipient.organization &&
    read.group === recipient.group &&
    read.subject?.id === recipient.subject?.id &&
    read.subject?.type === recipient.subject?.type
  );
}
