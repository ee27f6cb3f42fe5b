import { isPatient } from "../../consent/isPatient.ts";
import { type Directory, entityOf } from "../../directory/directory.ts";
import type { Entity, Properties } from "../../directory/entity.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import type { PatientRelation } from "../watchedDecision.ts";

/** What the directory has of somebody or something, and since when; milliseconds since 1970. */
export interface KnownEntity extends Entity {
  readonly since: number;
}

/** One access by a person to one patient's data, as explanations look at it. */
export interface PatientAccess {
  /** When it was decided; milliseconds since 1970. */
  readonly at: number;
  readonly person: { readonly type: string; readonly id: string };
  readonly patient: string;
  /** The role that the person holds, by which it was allowed; null: not known, or any does. */
  readonly role: string | null;
  /** That of the resource; null: not known. */
  readonly organization: string | null;
  /** Whether it was made as a patient is served, not as staff: `isAsPatient`. */
  readonly asPatient: boolean;
  readonly known: KnownParties;
}

/** What the directory has of those whom an access is about; null: nothing. */
export interface KnownParties {
  readonly person: KnownEntity | null;
  readonly resource: KnownEntity | null;
  readonly patient: KnownEntity | null;
}

/** What explains an access: what says so, and since when. */
export interface Ground {
  readonly reference: string | null;
  readonly since: number;
}

export const nameOf = ({ type, id }: Pick<Entity, "type" | "id">): string => `${type}/${id}`;

/** The texts of a property; one alone is a list of one. */
export function textsOf(
  entity: { readonly properties: Properties | null } | null,
  property: string,
): readonly string[] {
  const value = entity?.properties?.[property];
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? (value as readonly unknown[]).filter((each) => typeof each === "string") : [];
}

/** The units and departments of somebody. */
export const unitsOf = (entity: KnownEntity | null): readonly string[] => [
  ...textsOf(entity, "unit"),
  ...textsOf(entity, "departments"),
];

/** Where somebody works, or lies; null: it is not known. */
export const unitOf = (entity: { readonly properties: Properties | null } | null): string | null =>
  textsOf(entity, "unit")[0] ?? null;

/** What a directory has of the parties of an access; `sinceOf` says when a version became known. */
export function knownParties(
  directory: Directory,
  parties: {
    readonly person: Pick<Entity, "type" | "id">;
    readonly resource: Pick<Entity, "type"> & { readonly id: string | null };
    readonly patient: string;
  },
  sinceOf: (version: number) => number,
): KnownParties {
  const find = (type: string, id: string | null): KnownEntity | null => {
    const entity = id === null ? undefined : entityOf(directory, type, id);
    return entity === undefined ? null : { ...entity, since: sinceOf(entity.version) };
  };
  const { person, resource, patient } = parties;
  return {
    person: find(person.type, person.id),
    resource: find(resource.type, resource.id),
    patient: find(PATIENT_TYPE, patient),
  };
}

/** The properties of a patient that tie them to people, units or departments. */
const TIES = ["unit", "departments", "careTeam", "appointments", "orders", "referrals"] as const;

/** Whether the directory ties a patient to anybody or any place; null: it does not know the patient. */
export const isUnderCare = (patient: KnownEntity | null): boolean | null =>
  patient === null || patient.properties === null
    ? null
    : TIES.some((property) => textsOf(patient, property).length > 0);

/** Whether two have a text of a property in common. */
const share = (a: KnownEntity | null, b: KnownEntity | null, property: string): boolean =>
  textsOf(a, property).some((text) => textsOf(b, property).includes(text));

/** Whether a list of relatives names somebody, by any of these ids. */
const isRelative = (of: KnownEntity | null, ids: readonly string[]): boolean =>
  textsOf(of, "relatives").some((id) => ids.includes(id));

/** Somebody works where the directory says a unit or departments of them: there, or in the same house. */
function isColleague(person: KnownEntity | null, other: KnownEntity): boolean {
  const [ours, theirs] = [unitsOf(person), unitsOf(other)];
  if (ours.length === 0 || theirs.length === 0) return false;
  return theirs.some((unit) => ours.includes(unit)) || share(person, other, "organization");
}

/**
 * What the directory says of the person and the patient beside what explains an access, the nearest first. `asPerson`: those whose
 * `patientRecord` the patient is. It says nothing of whether the access is explained.
 */
export function patientRelation(
  { known: { patient: record, person }, patient, person: who }: Pick<PatientAccess, "known" | "patient" | "person">,
  asPerson: readonly KnownEntity[],
): PatientRelation | null {
  if (isPatient(who, patient, person?.properties?.patientRecord)) return "SELF";
  const others = asPerson.filter(({ id, type }) => id !== who.id || type !== who.type);
  const theirs = record === null ? others : [record, ...others];
  const own = [who.id, ...textsOf(person, "patientRecord")];
  if (isRelative(person, [patient, ...others.map(({ id }) => id)]) || theirs.some((each) => isRelative(each, own)))
    return "RELATIVE";
  if (theirs.some((each) => share(person, each, "household"))) return "HOUSEHOLD";
  return others.some((each) => isColleague(person, each)) ? "COLLEAGUE" : null;
}
