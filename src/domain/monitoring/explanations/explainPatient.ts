import type { KeptAccessRequest } from "../../consent/accessRequests/accessRequest.ts";
import type { KeptBreakGlass } from "../../consent/breakGlass/breakGlass.ts";
import { isPatient, isPatientById } from "../../consent/isPatient.ts";
import type { Consent, ConsentQuestion } from "../../consent/types.ts";
import { type Explanation, type ExplanationKind, RELATION_KINDS, type RelationKind } from "./explanation.ts";
import { byAccessRequest, byConsent, inBreakGlass } from "./grounds.ts";
import { type Ground, type KnownEntity, nameOf, type PatientAccess, textsOf, unitsOf } from "./patientAccess.ts";

/** What is on record of an access beside what the directory knows. */
export interface OnRecord {
  readonly breakGlasses: readonly KeptBreakGlass[];
  readonly accessRequests: readonly KeptAccessRequest[];
  /** The newest version of each consent of the patient, and what they are asked; null: there is none. */
  readonly consents: { readonly newest: readonly Consent[]; readonly question: ConsentQuestion } | null;
  /** The last access before by a colleague of the same role and unit, which a relation explains; null: there is none. */
  readonly colleague: { readonly decisionId: string; readonly at: number } | null;
}

export const NOTHING_ON_RECORD: OnRecord = {
  breakGlasses: [],
  accessRequests: [],
  consents: null,
  colleague: null,
};

/** By how many days an access of a colleague may be earlier. */
export const COLLEAGUE_DAYS = 7;

const explanation = (kind: ExplanationKind, { reference, since }: Ground): Explanation => ({ kind, reference, since });

type Relation = (access: PatientAccess) => Ground | null;

const says = (entity: KnownEntity, also: KnownEntity | null = null): Ground => ({
  reference: nameOf(entity),
  since: Math.max(entity.since, also?.since ?? 0),
});

/** Whether a list of an entity names somebody by the id. */
const names = (entity: KnownEntity | null, property: string, id: string): entity is KnownEntity =>
  textsOf(entity, property).includes(id);

const ownRecord: Relation = ({ asPatient, at, known: { person }, patient, person: who }) => {
  if (!asPatient) return null;
  if (isPatientById(who, patient)) return { reference: null, since: at };
  return person !== null && isPatient(who, patient, person.properties?.patientRecord) ? says(person) : null;
};

/** A clinician who looks after a relative with the clients of the house is no representative then. */
const represents: Relation = ({ asPatient, known: { person }, patient }) =>
  asPatient && names(person, "represents", patient) ? says(person) : null;

const careTeam: Relation = ({ known: { patient, resource }, person: { id } }) => {
  for (const entity of [patient, resource]) if (names(entity, "careTeam", id)) return says(entity);
  return null;
};

/** A list of the patient's that names the person, or a unit or department of that person. */
const listed =
  (property: "appointments" | "orders" | "referrals"): Relation =>
  ({ known: { patient, person }, person: { id } }) => {
    if (patient === null) return null;
    if (names(patient, property, id)) return says(patient);
    return unitsOf(person).some((unit) => names(patient, property, unit)) ? says(patient, person) : null;
  };

const sameUnit: Relation = ({ known: { patient, person } }) => {
  const units = unitsOf(person);
  return patient !== null && unitsOf(patient).some((unit) => units.includes(unit)) ? says(patient, person) : null;
};

/** By what the directory knows, the strongest first. */
const RELATIONS: { readonly [Kind in RelationKind]: Relation } = {
  OWN_RECORD: ownRecord,
  REPRESENTS: represents,
  CARE_TEAM: careTeam,
  APPOINTMENT: listed("appointments"),
  ORDER: listed("orders"),
  REFERRAL: listed("referrals"),
  SAME_UNIT: sameUnit,
};

/** By a relation that the directory knows, the strongest; null: by none. */
export function explainByRelation(access: PatientAccess): Explanation | null {
  for (const kind of RELATION_KINDS) {
    const ground = RELATIONS[kind](access);
    if (ground !== null) return explanation(kind, ground);
  }
  return null;
}

type RecordKind = Exclude<ExplanationKind, RelationKind>;
type Find = (access: PatientAccess, on: OnRecord) => Ground | null;
const ON_RECORD = {
  BREAK_GLASS: (access, { breakGlasses }) => inBreakGlass(access, breakGlasses),
  ACCESS_REQUEST: (access, { accessRequests }) => byAccessRequest(access, accessRequests),
  CONSENT: (_, { consents }) => (consents === null ? null : byConsent(consents.newest, consents.question)),
  COLLEAGUE: (_, { colleague }) =>
    colleague === null ? null : { reference: colleague.decisionId, since: colleague.at },
} as const satisfies { readonly [Kind in RecordKind]: Find };
const FINDERS = Object.entries(ON_RECORD) as readonly (readonly [RecordKind, Find])[];

/** By what is on record, the strongest; null: by nothing. */
export function explainByRecord(access: PatientAccess, on: OnRecord): Explanation | null {
  for (const [kind, find] of FINDERS) {
    const ground = find(access, on);
    if (ground !== null) return explanation(kind, ground);
  }
  return null;
}
