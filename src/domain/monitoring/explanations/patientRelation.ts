import { isPatient } from "../../consent/isPatient.ts";
import type { PatientRelation } from "../watchedDecision.ts";
import { type KnownEntity, type PatientAccess, textsOf, unitsOf } from "./patientAccess.ts";

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
