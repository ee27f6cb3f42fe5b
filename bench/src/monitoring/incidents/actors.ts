import { startOf, timeOf } from "../hospital/calendar.ts";
import { type Deed, staffDecision } from "../hospital/decisions.ts";
import type { GroundDecision, Patient, Staff, StaffRole } from "../hospital/types.ts";
import { deedsOn, hourIn, pause } from "../hospital/work.ts";
import type { Stage } from "./incident.ts";

const CLINICAL: readonly StaffRole[] = ["nurse", "physician", "therapist", "technician", "clerk"];

/** How many of these days somebody works. */
const shifts = ({ hospital: { roster } }: Stage, person: Staff, from: number, days: number): number =>
  Array.from({ length: days }, (_, i) => roster.shift(person, from + i)).filter((shift) => shift !== null).length;

/** Somebody who has to do with patients, and works on enough days of those that begin with the stage's. */
export function someStaff(stage: Stage, days: number, fits: (person: Staff) => boolean = () => true): Staff {
  const able = stage.hospital.people.staff.filter(
    (person) =>
      CLINICAL.includes(person.role) && fits(person) && shifts(stage, person, stage.day, days) >= Math.ceil(days / 3),
  );
  return stage.random.pick(able);
}

/**
 * Whether nothing that the directory will say ties a patient to a person, to the unit or to anybody who works there, from
 * ten days before to the end: neither a relation nor a colleague explains it.
 */
export function strange(
  { hospital: { people, plan }, day }: Stage,
  person: Staff,
  patient: string,
  days: number,
): boolean {
  const team = new Set([person.unit, ...(people.staffOf.get(person.unit) ?? []).map(({ id }) => id)]);
  const [from, until] = [startOf(day - 10), startOf(day + days + 1)];
  return (
    patient !== person.patientRecord &&
    plan.tiesOf(patient).every((tie) => !team.has(tie.who) || tie.until <= from || tie.from >= until)
  );
}

/** A patient with whom a person has nothing to do. */
export function stranger(
  stage: Stage,
  person: Staff,
  days: number,
  from: readonly Patient[] = stage.hospital.people.patients,
): Patient {
  const { patient: celebrity } = stage.hospital.plan.celebrity;
  const taken = new Set([...person.relatives, celebrity]);
  for (let n = 0; n < 5000; n++) {
    const patient = stage.random.pick(from);
    if (!taken.has(patient.id) && patient.household !== person.household && strange(stage, person, patient.id, days))
      return patient;
  }
  throw new Error(`nobody is a stranger to ${person.id}`);
}

/** Times at which somebody is at work, in order; each of another day as far as there are days. */
export function momentsAtWork(
  { hospital: { roster }, random, day }: Stage,
  person: Staff,
  days: number,
  count: number,
): number[] {
  const worked = Array.from({ length: days }, (_, i) => day + i).filter((one) => roster.shift(person, one) !== null);
  if (worked.length === 0) throw new Error(`${person.id} does not work in the ${days} days from ${day}`);
  const spread = count >= worked.length ? worked : random.some(worked, count);
  return Array.from({ length: count }, (_, i) => {
    const on = spread[i % spread.length] ?? day;
    const shift = roster.shift(person, on);
    return timeOf(on, hourIn(shift ?? { from: 9, until: 16 }, random));
  }).sort((a, b) => a - b);
}

/** What a curious person opens: the same types as at work, to read. */
export function readOnly(patient: Patient, person: Staff, stage: Stage, count: number): Deed[] {
  const deeds: Deed[] = [];
  while (deeds.length < count)
    deeds.push(
      ...deedsOn(patient, person, stage.random).filter(({ action }) => action === "read" || action === "search"),
    );
  return deeds.slice(0, count);
}

/** One or more things of one patient, opened at once. */
export function look(
  { random, label, ...stage }: Stage,
  {
    person,
    patient,
    at,
    count = 1,
  }: { readonly person: Staff; readonly patient: Patient; readonly at: number; readonly count?: number },
  beside: Parameters<typeof staffDecision>[2] = {},
): GroundDecision[] {
  let then = at;
  return readOnly(patient, person, { random, label, ...stage }, count).map((deed) => {
    const made = staffDecision({ at: then, person, label, random }, deed, beside);
    then += pause(random);
    return made;
  });
}

export const inTurn = (from: number, count: number, everyMs: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i * everyMs);
