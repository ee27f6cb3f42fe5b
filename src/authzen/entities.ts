import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { Members, Reader } from "../domain/kernel/reader.ts";

type SubjectInput = NonNullable<AuthorizeInput["subject"]>;
type ResourceInput = AuthorizeInput["resource"];
type ContextInput = NonNullable<AuthorizeInput["context"]>;

interface Action {
  readonly name: string;
  readonly properties: Members | null;
}

/** The context, told apart into what the domain has a place for. */
interface Context {
  readonly clientId: string | null;
  readonly scopes: readonly string[] | null;
  readonly purposeOfUse: string | null;
  readonly patient: string | null;
  readonly ipAddress: string | null;
  readonly attributes: Members | null;
}

const orNull = (members: Members): Members | null => (Object.keys(members).length === 0 ? null : members);

/** Subject (section 5.1): `type` and `id` are strings and required, `properties` an object. */
export function readSubject(json: Reader, value: unknown): SubjectInput | null {
  const subject = json.object(value, "subject");
  if (subject === null) return null;
  const type = json.string(subject.type, "subject.type");
  const id = json.string(subject.id, "subject.id");
  const properties = json.optionalObject(subject.properties, "subject.properties");
  return type === null || id === null ? null : subjectInput(json, { type, id, properties });
}

/** What an entity is made of, whether a request brought it or the directory has it. */
export interface Known {
  readonly type: string;
  readonly id: string;
  readonly properties: Members | null;
}

export function subjectInput(json: Reader, { type, id, properties }: Known): SubjectInput {
  if (properties === null) return { type, id };
  const { organization, roles, ...attributes } = properties;
  return {
    type,
    id,
    roles: json.optionalStrings(roles, "subject.properties.roles"),
    organization: json.optionalString(organization, "subject.properties.organization"),
    attributes: orNull(attributes),
  };
}

/** Resource (section 5.2), as a subject; some properties have a place of their own in a decision. */
export function readResource(json: Reader, value: unknown): ResourceInput | null {
  const resource = json.object(value, "resource");
  if (resource === null) return null;
  const type = json.string(resource.type, "resource.type");
  const id = json.string(resource.id, "resource.id");
  const properties = json.optionalObject(resource.properties, "resource.properties");
  return type === null || id === null ? null : resourceInput(json, { type, id, properties });
}

export function resourceInput(json: Reader, { type, id, properties }: Known): ResourceInput {
  if (properties === null) return { type, id };
  const { patient, patients, organization, labels, ...attributes } = properties;
  return {
    type,
    id,
    patient: json.optionalString(patient, "resource.properties.patient"),
    patients: json.optionalStrings(patients, "resource.properties.patients"),
    organization: json.optionalString(organization, "resource.properties.organization"),
    labels: json.optionalStrings(labels, "resource.properties.labels"),
    attributes: orNull(attributes),
  };
}

/** Action (section 5.3): `name` is a string and required, `properties` an object. */
export function readAction(json: Reader, value: unknown): Action | null {
  const action = json.object(value, "action");
  if (action === null) return null;
  const name = json.string(action.name, "action.name");
  const properties = json.optionalObject(action.properties, "action.properties");
  return name === null ? null : { name, properties };
}

const NO_CONTEXT: Context = {
  clientId: null,
  scopes: null,
  purposeOfUse: null,
  patient: null,
  ipAddress: null,
  attributes: null,
};

/** Context (section 5.4): an object of anything. */
export function readContext(json: Reader, value: unknown): Context {
  const context = json.optionalObject(value, "context");
  if (context === null) return NO_CONTEXT;
  const { client_id, scopes, purpose_of_use, patient, ip_address, ...attributes } = context;
  return {
    clientId: json.optionalString(client_id, "context.client_id"),
    scopes: json.optionalTokens(scopes, "context.scopes"),
    purposeOfUse: json.optionalString(purpose_of_use, "context.purpose_of_use"),
    patient: json.optionalString(patient, "context.patient"),
    ipAddress: json.optionalString(ip_address, "context.ip_address"),
    attributes: orNull(attributes),
  };
}

/** The context of a decision: the action's properties stand in it as `attributes.action`. */
export function contextInput(json: Reader, context: Context, properties: Members | null): ContextInput | null {
  const { patient, ipAddress, attributes } = context;
  if (properties !== null && attributes !== null && Object.hasOwn(attributes, "action"))
    json.problem("context.action", "can't be given beside action.properties, which take its place");
  const all = properties === null ? attributes : { ...attributes, action: properties };
  return patient === null && ipAddress === null && all === null ? null : { patient, ipAddress, attributes: all };
}
