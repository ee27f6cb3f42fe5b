import { canonicalLabel } from "../consent/hl7Codes.ts";
import type { ConsentQuestion, ResourceData, SetData } from "../consent/types.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import { spanOfDate } from "../scopes/compare/instants.ts";
import { isFhirType, patientParameters } from "../scopes/fhir.ts";
import { isSharedType } from "../scopes/sharedTypes.ts";
import type { AccessRequest, GrantRequest, JsonObject, Resource } from "./types.ts";

const NS_A_MS = 1_000_000n;

/** Values of an attribute, alone or in a list; undefined: it says none that is a text. */
function textsOf(attributes: JsonObject | null, name: string): readonly string[] | undefined {
  const value = attributes?.[name];
  if (value === undefined) return undefined;
  const texts = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === "string");
  return texts.length === 0 ? undefined : texts;
}

/** When it was made, as its search parameter `date` says it. */
function madeAtOf(attributes: JsonObject | null): readonly [number, number] | undefined {
  const [text] = textsOf(attributes, "date") ?? [];
  const span = text === undefined ? null : spanOfDate(text);
  return span === null ? undefined : [Number(span.from / NS_A_MS), Number((span.to - 1n) / NS_A_MS)];
}

/** A resource as consents look at it. Its attributes go by the names of search parameters. */
function resourceData({ attributes, id, labels, type }: Resource): ResourceData {
  return {
    kind: "RESOURCE",
    resourceType: type,
    reference: id === null ? undefined : `${type}/${id}`,
    labels: labels === null ? undefined : labels.map(canonicalLabel),
    categories: textsOf(attributes, "category"),
    codes: textsOf(attributes, "code"),
    madeAt: madeAtOf(attributes),
    author: textsOf(attributes, "author")?.[0],
    refersTo: textsOf(attributes, "encounter"),
    referredToBy: undefined,
  };
}

/** What an access is to, for consents; `isSet`: a search or an export, what it comes to is not known yet. */
export const dataOf = (resource: Resource, isSet: boolean): ResourceData | SetData =>
  isSet ? { kind: "SET", resourceType: resource.type } : resourceData(resource);

/** Who receives the data: the client, with the subject that it acts for. */
export function recipientOf(
  { clientId, subject }: Pick<AccessRequest | GrantRequest, "clientId" | "subject">,
  roles: ConsentQuestion["recipient"]["roles"],
): ConsentQuestion["recipient"] {
  return {
    clientId,
    subject: subject === null ? null : { id: subject.id, type: subject.type },
    roles,
    organization: subject?.organization ?? null,
    groups: textsOf(subject?.attributes ?? null, "groups") ?? [],
    identifiers: textsOf(subject?.attributes ?? null, "identifiers") ?? [],
  };
}

/**
 * Whether data of a type is always some patient's, so that what names none says too little: what FHIR lets be searched by
 * patient, and Binary, which can hold anything of anyone. Of a search also types that are not FHIR's, and all at once.
 */
export function isPatientData(type: string, isSet: boolean): boolean {
  if (isSharedType(type)) return false;
  if (type === "*") return true;
  return isFhirType(type) ? type === PATIENT_TYPE || type === "Binary" || patientParameters(type).length > 0 : isSet;
}
