import { whoAsks } from "../consent/isPatient.ts";
import type { ConsentQuestion, NamesOfPeople, ResourceData, SetData } from "../consent/types.ts";
import { careTeamOf, consentNames, fhirReferencesOf, groupsOf, identifiersOf } from "../directory/directory.ts";
import type { Entity } from "../directory/entity.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { CLIENT } from "../policy/types.ts";
import { isFhirType, patientParameters } from "../scopes/fhir.ts";
import { isSharedType } from "../scopes/sharedTypes.ts";
import { type AttributeSources, dataOf, isOfSet } from "./consentData.ts";
import type { GatheredFacts } from "./gather.ts";
import { inheritedBy } from "./holds/roles.ts";
import type { KnownFacts } from "./mergeFacts.ts";
import type { AccessQuestion } from "./question.ts";
import { isPatientScope } from "./servedAsPatient.ts";
import { fhirUsersOf, referencesOfSubject } from "./subjectReferences.ts";
import type { AccessRequest, GrantRequest, JsonObject } from "./types.ts";

const NO_TEXTS: readonly string[] = [];

/** Values of an attribute, alone or in a list; undefined: it says none that is a text. */
function textsOf(attributes: JsonObject | null, name: string): readonly string[] | undefined {
  const value = attributes?.[name];
  if (value === undefined) return undefined;
  const texts = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === "string");
  return texts.length === 0 ? undefined : texts;
}

/** The same as it counts for refusals: what is no text, and can't be read, is empty. */
function saidIn(attributes: JsonObject | null, name: string): readonly string[] {
  const value = attributes?.[name] ?? null;
  if (value === null) return NO_TEXTS;
  return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).map((each) =>
    typeof each === "string" ? each : "",
  );
}

/** Roles that the caller says as an attribute, which gives none, with what those of the policy inherit. */
function rolesSaid(attributes: JsonObject | null, roles: Snapshot["roles"] | undefined): readonly string[] {
  const said = saidIn(attributes, "roles");
  if (said.length === 0 || roles === undefined) return said;
  const words = said.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}._-]+/u)]);
  const known = [...new Set(words)].filter((word) => roles.get(word) !== undefined);
  return [...said, ...inheritedBy(roles, known).keys()];
}

const NOBODY_LINKED: ReadonlySet<string> = new Set();

const propertiesIn = (entities: readonly Entity[], type: string, id: string): Entity["properties"] | undefined =>
  entities.find((each) => each.id === id && each.type === type)?.properties;

const organizationOf = (properties: Entity["properties"] | undefined): readonly string[] =>
  typeof properties?.organization === "string" ? [properties.organization] : NO_TEXTS;

/** To which names somebody is linked, among some. */
const namesAmong = (linked: readonly Entity[]): ReadonlySet<string> =>
  new Set(linked.flatMap(({ properties }) => consentNames(properties)));

const NOBODY: ConsentQuestion["recipient"]["namesakes"] = [];

/** Those of some who share a FHIR resource with somebody. */
function namesakesAmong(
  linked: readonly Entity[],
  subject: NonNullable<AccessRequest["subject"]>,
  properties: Entity["properties"] | undefined,
): ConsentQuestion["recipient"]["namesakes"] {
  const own = new Set(referencesOfSubject(subject, properties));
  return linked
    .filter((each) => each.id !== subject.id || each.type !== subject.type)
    .map(({ id, properties: theirs, type }) => ({
      ...{ id, type, fhirReferences: fhirReferencesOf(theirs) },
      ...{ groups: groupsOf(theirs), identifiers: identifiersOf(theirs) },
    }))
    .filter(({ fhirReferences }) => fhirReferences.some((reference) => own.has(reference)));
}

/** What decides who somebody is for a patient, beside the request. */
interface RecipientFacts {
  readonly patient: string;
  /** What the directory knows of the subject, and what the request itself says; null: it knows nothing. */
  readonly known: Pick<KnownFacts, "entities" | "said"> | null;
  readonly gathered: GatheredFacts | undefined;
  readonly roles: ConsentQuestion["recipient"]["roles"];
  /** In which roles inherit; absent: it is asked what was, of which nothing is said any more. */
  readonly snapshot?: Pick<Snapshot, "roles">;
  /** Under which the data is asked for; null: under none in particular. */
  readonly scope: string | null;
}

/** Who receives the data: the client, with the subject that it acts for. */
export function recipientOf(
  {
    clientId,
    context,
    itself,
    subject,
  }: Pick<AccessRequest | GrantRequest, "clientId" | "context" | "itself" | "subject">,
  { gathered, known, patient, roles, scope, snapshot }: RecipientFacts,
): ConsentQuestion["recipient"] {
  const attributes = (subject ?? itself)?.attributes ?? null;
  const linked = gathered?.linked ?? [];
  const properties = known?.entities.subject?.properties;
  const users = fhirUsersOf(subject ?? itself ?? null);
  const said = subject !== null && known !== null ? known.said : attributes;
  return {
    clientId,
    subject: subject === null ? null : { id: subject.id, type: subject.type },
    fhirReferences: fhirReferencesOf(properties),
    fhirUsers: users,
    who: whoAsks(subject, patient, {
      fhirUsers: context?.patient === patient && scope !== null && isPatientScope(scope) ? users : null,
      properties,
    }),
    namesakes: subject === null || linked.length === 0 ? NOBODY : namesakesAmong(linked, subject, properties),
    linked: linked.length === 0 ? NOBODY_LINKED : namesAmong(linked),
    roles,
    organization: subject === null ? (itself?.organization ?? null) : subject.organization,
    groups: textsOf(attributes, "groups") ?? [],
    identifiers: textsOf(attributes, "identifiers") ?? [],
    maybe: {
      groups: saidIn(said, "groups"),
      identifiers: saidIn(said, "identifiers"),
      patientRecord: typeof properties?.patientRecord === "string" ? properties.patientRecord : null,
      careTeam: linked.length === 0 ? NO_TEXTS : careTeamOf(propertiesIn(linked, PATIENT_TYPE, patient)),
      organizations: [
        ...saidIn(said, "organization"),
        ...(subject === null && linked.length > 0 ? organizationOf(propertiesIn(linked, CLIENT, clientId)) : NO_TEXTS),
      ],
      roles: rolesSaid(said, snapshot?.roles),
    },
  };
}

/** What the directory says of a resource, but for the members that are its own. */
function propertiesOf(entity: Entity | undefined): JsonObject | null {
  if (entity === undefined || entity.properties === null) return null;
  const { labels: _, organization: __, patient: ___, patients: ____, ...properties } = entity.properties;
  return properties as JsonObject;
}

const NO_PEOPLE: NamesOfPeople = [];

/** The names of each of those whom refusals depend on. */
const namesOfPeople = (linked: readonly Entity[] | undefined): NamesOfPeople =>
  linked === undefined || linked.length === 0
    ? NO_PEOPLE
    : linked.map(({ id, properties, type }) => [`${type}/${id}`, ...fhirReferencesOf(properties)]);

/** The data that an access is to, by what the request and the directory say of it. */
export function dataAsked({
  facts,
  known,
  query,
  request,
}: Pick<AccessQuestion, "facts" | "known" | "query" | "request">): ResourceData | SetData {
  const { resource } = request;
  const sources: AttributeSources =
    known === null || isOfSet(query.action)
      ? [resource.attributes]
      : [known.asked.attributes, propertiesOf(known.entities.resource)];
  return dataOf(resource, query.action, { people: namesOfPeople(facts.gathered?.linked), sources });
}

/** Types of FHIR that hold data of patients and are in no patient compartment of its definitions: what is about one, and what contains any. */
const ALSO_PATIENTS: readonly string[] = [
  ...["Binary", "Bundle", "MessageHeader"],
  ...["Contract", "EnrollmentResponse", "GuidanceResponse", "Transport"],
];

/** Whether a type of FHIR holds data of patients; `*`: all types do together. */
export const isPatientFhirData = (type: string): boolean =>
  type === "*" || (isFhirType(type) && isPatientData(type, false));

/** What changes data. */
const WRITES: ReadonlySet<string> = new Set(["create", "update", "patch", "delete"]);
/** Whether an action changes data, as consents are asked about it. */
export const ifWrites = (action: string): { readonly writes?: true } => (WRITES.has(action) ? { writes: true } : {});

/** Whether an action gives data away: reading, searching, and the operations of FHIR. */
export const givesData = (action: string): boolean => action === "read" || isOfSet(action);

/**
 * Whether data of a type is always some patient's, so that what names none says too little: what FHIR lets be searched by
 * patient, and what can hold anything of anyone. Of a search also types that are not FHIR's, and all at once.
 */
export function isPatientData(type: string, isSet: boolean): boolean {
  if (isSharedType(type)) return false;
  if (type === "*") return true;
  return isFhirType(type)
    ? type === PATIENT_TYPE || ALSO_PATIENTS.includes(type) || patientParameters(type).length > 0
    : isSet;
}
