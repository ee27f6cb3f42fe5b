import { DAY, DAYS, HOUR, MINUTE, startOf, timeOf } from "../hospital/calendar.ts";
import { type Deed, type staffDecision as decide, staffDecision } from "../hospital/decisions.ts";
import type { Planted } from "../hospital/hospital.ts";
import { tiesBetween } from "../hospital/plan.ts";
import type { Hospital } from "../hospital/rightful.ts";
import type { Fact, GroundDecision, Label, Patient, Staff, StaffRole, Tie, TieKind } from "../hospital/types.ts";
import { hourIn, pause } from "../hospital/work.ts";
import type { Random } from "../random.ts";

/** Where, when and by whom something is planted. */
export interface BlindStage {
  readonly hospital: Hospital;
  readonly random: Random;
  /** When it begins. */
  readonly day: number;
  readonly label: Label;
  /** Whether the directory has a relation that explains it. */
  readonly covered: boolean;
  /** Of a client's: nobody in particular. */
  readonly person: Staff;
}

/** A kind of incident, and what looks like it and is in order. */
export interface BlindKind {
  readonly title: string;
  readonly lookAlike: string;
  /** Who may do it; null: a client. */
  readonly roles: readonly StaffRole[] | null;
  /** The dose, and what is counted. */
  readonly dose: readonly [least: number, most: number];
  readonly of: string;
  /** How many days it takes at most. */
  readonly days: number;
  /** Whether somebody looks at patients without reason: no relation may explain it unless it is covered. */
  readonly snooping: boolean;
  plant(stage: BlindStage, dose: number): Planted;
  plantLookAlike(stage: BlindStage, dose: number): Planted;
}

type Beside = NonNullable<Parameters<typeof decide>[2]>;
type Opened = readonly (readonly [action: string, resourceType: string])[];

const LAST_DAY = DAYS - 2;
export const within = (day: number): number => Math.min(day, LAST_DAY);

export const together = (...parts: readonly Planted[]): Planted => ({
  decisions: parts.flatMap(({ decisions }) => decisions),
  facts: parts.flatMap(({ facts }) => facts),
  ties: parts.flatMap(({ ties }) => ties ?? []),
});
export const only = (decisions: readonly GroundDecision[], facts: readonly Fact[] = [], ties: readonly Tie[] = []) => ({
  decisions,
  facts,
  ties,
});

/** The next days on which somebody works, from a day on; all the days of the calendar where the roster has too few. */
export function workdays({ hospital: { roster }, day }: BlindStage, person: Staff, count: number): number[] {
  const days = Array.from({ length: LAST_DAY - day + 1 }, (_, i) => day + i);
  const worked = days.filter((one) => roster.shift(person, one) !== null);
  return (worked.length > 0 ? worked : days).slice(0, count);
}
/** `count` of what somebody does, spread over so many of their days. */
export function spread(stage: BlindStage, person: Staff, count: number, days: number): number[] {
  const able = workdays(stage, person, days);
  return Array.from({ length: count }, (_, i) => able[Math.floor((i * able.length) / count)] ?? stage.day).map((day) =>
    atWork(stage, person, day),
  );
}
/** A moment of somebody's shift. */
export function atWork({ hospital: { roster }, random }: BlindStage, person: Staff, day: number): number {
  const shift = roster.shift(person, day) ?? { from: 9, until: 17 };
  return timeOf(day, hourIn({ from: shift.from, until: shift.until - 0.3 }, random));
}
/** A moment of a night or an evening, outside office hours. */
export const atNight = ({ random }: BlindStage, day: number): number => timeOf(day, 19 + random.next() * 4.5);

/** Patients with whom somebody has nothing to do, then or in the days around. */
export function strangers(
  { hospital: { people, plan }, random }: BlindStage,
  person: Staff,
  at: number,
  count: number,
  fits: (patient: Patient) => boolean = () => true,
): Patient[] {
  const near = new Set([...person.relatives, person.patientRecord, plan.celebrity.patient]);
  const found = new Map<string, Patient>();
  const around = [-2, -1, 0, 1, 2].map((days) => at + days * DAY);
  for (let tries = 0; found.size < count && tries < 60_000; tries++) {
    const one = random.pick(people.patients);
    if (near.has(one.id) || one.household === person.household || !fits(one)) continue;
    const ties = plan.tiesOf(one.id);
    if (around.every((moment) => tiesBetween(ties, person, moment) === undefined)) found.set(one.id, one);
  }
  return [...found.values()];
}
/** Patients of somebody's own unit on a day; strangers where it has none. */
export function ownPatients(stage: BlindStage, person: Staff, day: number, count: number): Patient[] {
  const { people, plan } = stage.hospital;
  const work = [...new Set([...plan.workOf(person.unit, day), ...plan.workOfPerson(person.id, day)])];
  const own = stage.random.some(work, count).map(people.patient);
  return own.length > 0 ? own : strangers(stage, person, startOf(day), count);
}
/** Whom it is about: those of the own unit if it is covered, and else strangers. */
export const victims = (stage: BlindStage, count: number, fits?: (patient: Patient) => boolean): Patient[] =>
  stage.covered
    ? ownPatients(stage, stage.person, stage.day, count)
    : strangers(stage, stage.person, startOf(stage.day), count, fits);

const COVERS: readonly TieKind[] = ["appointments", "referrals", "orders", "careTeam"];
/** What somebody has had entered beforehand, so that the look is explained; none unless it is covered. */
export function cover(stage: BlindStage, person: Staff, patient: Patient, at: number, days: number): Tie[] {
  if (!stage.covered) return [];
  const { random } = stage;
  const from = at - random.between(20, 30 * 60) * MINUTE;
  return [{ patient: patient.id, kind: random.pick(COVERS), who: person.id, from, until: at + days * DAY + HOUR }];
}

const READS: Opened = [
  ["read", "Patient"],
  ["search", "Observation"],
  ["read", "DocumentReference"],
];
/** What each role can open of a patient. */
const READS_OF: Partial<Record<StaffRole, Opened>> = {
  nurse: [
    ["read", "Patient"],
    ["search", "Observation"],
    ["read", "CarePlan"],
  ],
  clerk: [
    ["read", "Patient"],
    ["read", "Coverage"],
    ["read", "Encounter"],
  ],
  therapist: [
    ["read", "Patient"],
    ["read", "CarePlan"],
    ["search", "Observation"],
  ],
  technician: [
    ["read", "Patient"],
    ["search", "Observation"],
    ["read", "DiagnosticReport"],
  ],
};
export const readsOf = (person: Staff): Opened => READS_OF[person.role] ?? READS;

/** Somebody opens something of a patient, some seconds between one and the next. */
export function opens(
  { label, random }: BlindStage,
  person: Staff,
  patient: Patient,
  at: number,
  opened: Opened = random.some(readsOf(person), random.between(1, 3)),
  beside: Beside = {},
): GroundDecision[] {
  let then = at;
  return opened.map(([action, resourceType]) => {
    const deed: Deed = { action, resourceType, patient };
    const made = staffDecision({ at: then, person, label, random }, deed, beside);
    then += pause(random);
    return made;
  });
}
/** One patient after another from a moment on. */
export function goesThrough(
  stage: BlindStage,
  person: Staff,
  patients: readonly Patient[],
  at: number,
  minutes: number,
  opened?: Opened,
  beside: Beside = {},
): GroundDecision[] {
  const step = (minutes * MINUTE) / Math.max(1, patients.length);
  return patients.flatMap((patient, i) =>
    opens(stage, person, patient, at + Math.round(i * step), opened ?? readsOf(person).slice(0, 1), beside),
  );
}
/** The same over several days: some patients each day. */
export function daily(
  stage: BlindStage,
  person: Staff,
  patients: readonly Patient[],
  days: number,
  opened?: Opened,
  beside: Beside = {},
): GroundDecision[] {
  const times = spread(stage, person, patients.length, days);
  return patients.flatMap((patient, i) =>
    opens(stage, person, patient, times[i] ?? startOf(stage.day), opened ?? readsOf(person).slice(0, 2), beside),
  );
}
/** Comes back to one patient on several days. */
export function comesBack(stage: BlindStage, person: Staff, patient: Patient, times: number, days: number): Planted {
  const moments = spread(stage, person, times, days);
  const [first = startOf(stage.day)] = moments;
  return only(
    moments.flatMap((at) => opens(stage, person, patient, at)),
    [],
    cover(stage, person, patient, first, 10),
  );
}
/** Somebody breaks the glass at a patient, and opens what is behind. */
export function breaksGlass(stage: BlindStage, person: Staff, patient: Patient, at: number, reason: string): Planted {
  const subject = { type: "user", id: person.id };
  const fact: Fact = {
    kind: "EMERGENCY",
    at: at - 1000,
    endsAt: at + 4 * HOUR,
    id: `emergency-${person.id}-${patient.id}-${at}`,
    subject,
    patient: patient.id,
    reason,
  };
  return only(
    opens(stage, person, patient, at, readsOf(person), {
      breakGlass: true,
      purposeOfUse: "BTG",
      reasons: ["ALLOWED_BY_RULE", "BREAK_GLASS"],
    }),
    [fact],
    cover(stage, person, patient, at + 10 * MINUTE, 3),
  );
}

export const someOf = ({ hospital: { people }, random }: BlindStage, roles: readonly StaffRole[], count: number) => {
  const able = people.staff.filter(({ role }) => roles.includes(role));
  return random.some(able.length > 0 ? able : people.staff, count);
};
export const colleaguesOf = ({ hospital: { people } }: BlindStage, person: Staff): readonly Staff[] =>
  (people.staffOf.get(person.unit) ?? []).filter(({ id }) => id !== person.id);
