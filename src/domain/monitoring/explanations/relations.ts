import { isPatient, isPatientById } from "../../consent/isPatient.ts";
import type { RelationKind } from "./explanation.ts";
import { type Ground, type KnownEntity, nameOf, type PatientAccess, textsOf, unitsOf } from "./patientAccess.ts";

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
export const RELATIONS: { readonly [Kind in RelationKind]: Relation } = {
  OWN_RECORD: ownRecord,
  REPRESENTS: represents,
  CARE_TEAM: careTeam,
  APPOINTMENT: listed("appointments"),
  ORDER: listed("orders"),
  REFERRAL: listed("referrals"),
  SAME_UNIT: sameUnit,
};
