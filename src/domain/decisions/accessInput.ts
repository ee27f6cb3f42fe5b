import type { Problem } from "../kernel/errors.ts";
import { organizationId, organizationProblem } from "../kernel/organizationId.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import { identifierProblem, printableProblem, seenTextProblem, textProblem } from "../kernel/text.ts";
import { completeListProblems } from "../scopes/completeLists.ts";
import { spansTypes } from "../scopes/exports.ts";
import { fhirTypeByLetters, isFhirType, parameterKind } from "../scopes/fhir.ts";
import { referenceTarget } from "../scopes/fhirReference.ts";
import { patientAttributeProblems } from "../scopes/patientAttributes.ts";
import { labelsOf } from "../scopes/securityLabels.ts";
import { isScopeToken } from "../scopes/smart.ts";
import { asSent } from "./asSent.ts";
import { readAssertedRoles } from "./assertedRoles.ts";
import { DEFAULT_INPUT_LIMITS, type InputLimits, InputReader, type Maybe } from "./inputReader.ts";
import { patientContradiction, readPatient, readPatients } from "./patientInput.ts";
import { patientsOf } from "./patientsOf.ts";
import { readPurpose } from "./purposeInput.ts";
import { recordSizeProblem } from "./recordSize.ts";
import type { AccessRequest, OfItself, RequestContext, Resource, Subject } from "./types.ts";

/** AuthorizeInput of the contract, as it arrives. */
export interface AuthorizeInput {
  readonly clientId: string;
  readonly subject?: Maybe<{
    readonly id: string;
    readonly type?: Maybe<string>;
    readonly organization?: Maybe<string>;
    /** Roles that the caller asserts: those of a token. */
    readonly roles?: Maybe<readonly string[]>;
    readonly attributes?: unknown;
  }>;
  readonly scopes?: Maybe<readonly string[]>;
  readonly action: string;
  readonly resource: {
    readonly type: string;
    readonly id?: Maybe<string>;
    readonly patient?: Maybe<string>;
    readonly patients?: Maybe<readonly string[]>;
    readonly organization?: Maybe<string>;
    readonly labels?: Maybe<readonly string[]>;
    readonly attributes?: unknown;
  };
  readonly purposeOfUse?: Maybe<string>;
  readonly context?: Maybe<{
    readonly patient?: Maybe<string>;
    readonly ipAddress?: Maybe<string>;
    readonly region?: Maybe<string>;
    readonly userAgent?: Maybe<string>;
    readonly tokenId?: Maybe<string>;
    readonly attributes?: unknown;
  }>;
  /** The id of the decision of the search that this is an entry of. */
  readonly partOf?: Maybe<string>;
  readonly requestId?: Maybe<string>;
}

export type ParsedInput =
  /** `characters` are those of its lists and attributes. */
  | { readonly ok: true; readonly request: AccessRequest; readonly characters: number }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const max256 = (value: string): string | null => seenTextProblem(value, 256);
const max1024 = (value: string): string | null => textProblem(value, 1024);

/**
 * The scopes of a token, or for one. What is no scope token is not refused: it grants nothing, and is told as such beside the
 * others. It is kept so that every store can hold it, which makes no scope token of it.
 */
export function readScopes(
  reader: InputReader,
  values: Maybe<readonly string[]>,
  path: string,
  name: string,
): readonly string[] | null {
  const scopes = reader.list(values, reader.limits.scopes, path, name, () => null);
  if (scopes === null || scopes.every(isScopeToken)) return scopes;
  return scopes.map((text) => (isScopeToken(text) ? text : text.replace(/[\0\p{Cs}]/gu, "\ufffd")));
}

/**
 * Null for a subject that is the client itself: what a client's own token has as `sub` (RFC 9068 section 2.2). The client
 * then acts as itself. A subject of another type than those by which a token's `sub` is sent is somebody, whatever the id.
 */
export const besideClient = (subject: Subject | null, clientId: string): Subject | null =>
  subject?.id === clientId && (subject.type === "client" || subject.type === "user") ? null : subject;

/** What a subject that is the client itself says more than that; null: nothing, or it is somebody else. */
export function ofItself(subject: Subject | null, clientId: string): OfItself | null {
  if (subject === null || besideClient(subject, clientId) !== null) return null;
  const { attributes, organization } = subject;
  return attributes === null && organization === null ? null : { attributes, organization };
}

export function readSubject(reader: InputReader, input: AuthorizeInput["subject"], path: string): Subject | null {
  if (input === undefined || input === null) return null;
  const id = reader.text(input.id, path, "id", identifierProblem) ?? "";
  const type = reader.text(input.type ?? "user", path, "type", identifierProblem) ?? "user";
  const organization = reader.text(input.organization, path, "organization", identifierProblem);
  const attributes = reader.attributes(input.attributes, path);
  return { attributes, id, organization: organization && organizationId(organization), roles: null, type };
}

const LIKE_REFERENCE = /^https?:|\/_history(?:\/|$)/i;

/** The id of a resource, which may be named by a FHIR reference to it too: `Observation/o-1` is the Observation o-1. */
function readResourceId(reader: InputReader, type: string, id: string | null, path: string): string | null {
  if (id === null || !id.includes("/") || !isFhirType(type)) return id;
  const target = referenceTarget(id);
  if (target !== null && (target.type ?? type) === type) return target.id;
  // Ids of one's own may have slashes.
  return LIKE_REFERENCE.test(id) ? reader.problem(`${path}.id`, `must be an id, or ${type}/ and an id`) : id;
}

/** A type of FHIR in other letters, with a version, behind an address or before an id is none of the house's own: it would pass what is refused of FHIR's. */
function typeProblem(type: string): string | null {
  const problem = printableProblem(type);
  if (problem !== null || isFhirType(type)) return problem;
  for (const word of type.normalize("NFKC").split(/[^\w-]+/)) {
    const near = fhirTypeByLetters(word);
    if (near !== null) return `must be ${near}: the name of a FHIR type alone, and its letters, are compared`;
  }
  return null;
}

/** Where a resource belongs, said as an attribute, is what its member says: settings of organizations are looked up by that. */
function checkOrganization(reader: InputReader, { attributes, organization, type }: Resource, path: string): void {
  const said = attributes?.organization ?? null;
  // Of some types it is a search parameter of FHIR, and another organization.
  if (said === null || parameterKind(type, "organization") === "reference") return;
  if (typeof said !== "string" || organizationId(said) !== organization)
    reader.problem(`${path}.attributes.organization`, "must be what the member organization says: say it there too");
}

function readResource(reader: InputReader, input: AuthorizeInput["resource"], path: string): Resource {
  const type = reader.text(input.type, path, "type", typeProblem) ?? "";
  const isPatient = type === PATIENT_TYPE;
  const id = isPatient
    ? readPatient(reader, input.id, path, "id")
    : readResourceId(reader, type, reader.text(input.id, path, "id", identifierProblem), path);
  const patient = readPatient(reader, input.patient, path);
  const patients = readPatients(reader, input.patients, path, reader.limits.patients);
  if (patients !== null) for (const each of patients) reader.characters += each.length + 3;
  const named = input.organization && organizationId(input.organization);
  const organization = reader.text(named, path, "organization", organizationProblem);
  const labels = reader.list(input.labels, reader.limits.labels, path, "labels", identifierProblem);
  const attributes = reader.attributes(input.attributes, path);
  for (const { message, path: at } of completeListProblems(attributes, `${path}.attributes`))
    reader.problem(at, message);
  if (patients !== null || isPatient) {
    const problem = patientContradiction({ id, patient, patients, type });
    if (problem !== null) reader.problem(`${path}.${problem.member}`, problem.message);
  }
  const resource = {
    attributes,
    id,
    labels: labels === null ? null : labelsOf(labels),
    organization,
    // Whatever looks for the patient of a resource of type Patient finds it.
    patient: isPatient && id !== null ? id : patient,
    patients,
    type,
  };
  if (attributes !== null) {
    for (const { message, path: at } of patientAttributeProblems(
      attributes,
      { patients: patientsOf(resource), type },
      `${path}.attributes`,
    ))
      reader.problem(at, message);
    checkOrganization(reader, resource, path);
  }
  return resource;
}

export function readContext(
  reader: InputReader,
  input: AuthorizeInput["context"],
  path: string,
): RequestContext | null {
  if (input === undefined || input === null) return null;
  const patient = readPatient(reader, input.patient, path);
  const ipAddress = reader.text(input.ipAddress, path, "ipAddress", max256);
  const region = reader.text(input.region, path, "region", max256);
  const userAgent = reader.text(input.userAgent, path, "userAgent", max1024);
  const tokenId = reader.text(input.tokenId, path, "tokenId", max256);
  const attributes = reader.attributes(input.attributes, path);
  const named = { patients: patient === null ? [] : [patient], type: "" };
  for (const { message, path: at } of patientAttributeProblems(attributes, named, `${path}.attributes`))
    reader.problem(at, message);
  return { attributes, ipAddress, patient, region, tokenId, userAgent };
}

/**
 * Stage 1 of a decision: well formed and within limits, its record's included, or every problem with its path. Nothing is normalized, but
 * a patient or resource that is named by a FHIR reference, `Patient/x`, is named by the id, `x`. The members of the request, and of its parts, stand in the order of canonical JSON, which then costs little.
 */
export function parseAuthorizeInput(
  input: AuthorizeInput,
  path: string,
  limits: InputLimits = DEFAULT_INPUT_LIMITS,
): ParsedInput {
  const reader = new InputReader(limits);
  const clientId = reader.text(input.clientId, path, "clientId", identifierProblem) ?? "";
  const read = readSubject(reader, input.subject, `${path}.subject`);
  const itself = ofItself(read, clientId);
  let subject = besideClient(read, clientId);
  const scopes = readScopes(reader, input.scopes, path, "scopes");
  const action = reader.text(input.action, path, "action", printableProblem) ?? "";
  const resource = readResource(reader, input.resource, `${path}.resource`);
  const roles = input.subject?.roles ?? null;
  if (roles !== null)
    subject = readAssertedRoles(reader, subject, {
      roles,
      organization: resource.organization,
      path: `${path}.subject`,
    });
  if (resource.type === "*" && !spansTypes(action))
    reader.problem(
      `${path}.resource.type`,
      "must be one type: * is for search-system, history-system and $export alone",
    );
  const purposeOfUse = readPurpose(reader, input.purposeOfUse, path);
  const context = readContext(reader, input.context, `${path}.context`);
  const partOf = reader.text(input.partOf, path, "partOf", identifierProblem);
  const requestId = reader.text(input.requestId, path, "requestId", identifierProblem);
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  const { characters } = reader;
  const sent = asSent(
    { labels: input.resource.labels, purposeOfUse: input.purposeOfUse },
    { labels: resource.labels, purposeOfUse },
  );
  const others = { ...(partOf !== null && { partOf }), purposeOfUse, requestId, resource, scopes, subject };
  const request = { action, ...(sent && { asSent: sent }), clientId, context, ...(itself && { itself }), ...others };
  const problem = recordSizeProblem(request, path, characters);
  return problem === null ? { ok: true, request, characters } : { ok: false, problems: [problem] };
}
