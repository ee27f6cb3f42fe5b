import { groupBy } from "../../../../src/domain/kernel/groupBy.ts";
import type { Random } from "../random.ts";
import { DAY, DAYS, dayOf, HOUR, isWeekend, SCORED_FROM, startOf, timeOf } from "./calendar.ts";
import { CODING, EMERGENCY, LAB, type Population, THERAPY } from "./population.ts";
import type { Patient, Staff, Tie } from "./types.ts";

const ARRIVALS_A_WARD = 3.4;
const EMERGENCIES_A_DAY = 38;
const VISITS_A_CLINIC = 34;

/** Who is treated where and when, and what of it the directory knows. Made before the first day, so that incidents can keep clear of it. */
export interface Plan {
  readonly ties: readonly Tie[];
  readonly tiesOf: (patient: string) => readonly Tie[];
  /** Whom a unit works for on a day: patients with a tie to it, each once. */
  readonly workOf: (unit: string, day: number) => readonly string[];
  /** Patients who have an appointment or a referral with a person, or whose team that is, on a day. */
  readonly workOfPerson: (staff: string, day: number) => readonly string[];
  /** A well-known patient who is admitted in the scored weeks: everybody has heard of it. */
  readonly celebrity: { readonly patient: string; readonly ward: string; readonly from: number };
}

/** Whether the directory ties a patient to a person at a time, and by what. */
export const tiesBetween = (ties: readonly Tie[], person: Pick<Staff, "id" | "unit">, at: number): Tie | undefined =>
  ties.find(({ who, from, until }) => from <= at && at < until && (who === person.id || who === person.unit));

function stay(people: Population, random: Random, { id }: Patient, unit: string, from: number, days: number): Tie[] {
  const until = from + days * DAY;
  const staff = people.staffOf.get(unit) ?? [];
  const team = [
    ...random.some(
      staff.filter(({ role }) => role === "physician"),
      2,
    ),
    ...random.some(
      staff.filter(({ role }) => role === "nurse"),
      4,
    ),
  ];
  const ties: Tie[] = [{ patient: id, kind: "unit", who: unit, from, until }];
  // The team writes letters and answers questions for two weeks after.
  for (const member of team)
    ties.push({ patient: id, kind: "careTeam", who: member.id, from: from + HOUR, until: until + 14 * DAY });
  const order = (who: string, share: number, begins: number, ends: number): void => {
    if (random.chance(share)) ties.push({ patient: id, kind: "orders", who, from: begins, until: ends });
  };
  order(LAB, 0.8, from + HOUR, until);
  order(THERAPY, 0.35, from + DAY, until + DAY);
  order(CODING, 0.95, until, until + random.between(4, 10) * DAY);
  if (random.chance(0.3) && people.wards.length > 0) {
    const consultant = random.pick(people.staff.filter((one) => one.role === "physician" && one.unit !== unit));
    const asked = from + random.next() * days * DAY;
    ties.push({ patient: id, kind: "referrals", who: consultant.id, from: asked, until: until + 2 * DAY });
  }
  return ties;
}

function visit(people: Population, random: Random, { id }: Patient, clinic: string, day: number): Tie[] {
  const staff = people.staffOf.get(clinic) ?? [];
  const physician = random.pick(staff.filter(({ role }) => role === "physician"));
  // It is made some days before, and papers follow for some days.
  const [from, until] = [startOf(day - random.between(2, 5)), startOf(day + random.between(2, 6))];
  const ties: Tie[] = [physician.id, clinic].map((who) => ({ patient: id, kind: "appointments", who, from, until }));
  if (random.chance(0.25)) ties.push({ patient: id, kind: "orders", who: LAB, from: startOf(day), until });
  ties.push({ patient: id, kind: "orders", who: CODING, from: startOf(day + 1), until: startOf(day + 6) });
  return ties;
}

export function makePlan(people: Population, random: Random): Plan {
  const ties: Tie[] = [];
  // One who is here is not admitted elsewhere.
  const busyUntil = new Map<string, number>();
  const arrive = (at: number, days: number): Patient => {
    for (;;) {
      const patient = random.pick(people.patients);
      if ((busyUntil.get(patient.id) ?? 0) > at) continue;
      busyUntil.set(patient.id, at + (days + 1) * DAY);
      return patient;
    }
  };
  // Wards are full at the start: admissions begin before.
  for (let day = -10; day < DAYS; day++) {
    for (const ward of people.wards)
      for (let n = random.poisson(ARRIVALS_A_WARD * (isWeekend(day) ? 0.55 : 1.15)); n > 0; n--) {
        const days = 1 + random.poisson(3.6);
        const at = timeOf(day, 7 + random.next() * 14);
        const patient = arrive(at, days);
        // Half of them come through the emergency unit, some hours before.
        if (random.chance(0.5))
          ties.push({ patient: patient.id, kind: "unit", who: EMERGENCY, from: at - 5 * HOUR, until: at });
        ties.push(...stay(people, random, patient, ward, at, days));
      }
    for (let n = people.staffOf.has(EMERGENCY) ? random.poisson(EMERGENCIES_A_DAY) : 0; n > 0; n--) {
      const from = timeOf(day, random.chance(0.75) ? 8 + random.next() * 15 : random.next() * 8);
      const { id } = arrive(from, 1);
      ties.push({ patient: id, kind: "unit", who: EMERGENCY, from, until: from + random.between(2, 7) * HOUR });
      ties.push({ patient: id, kind: "orders", who: CODING, from: from + DAY, until: from + 6 * DAY });
    }
    if (!isWeekend(day))
      for (const clinic of people.clinics)
        for (let n = random.poisson(VISITS_A_CLINIC); n > 0; n--)
          ties.push(...visit(people, random, random.pick(people.patients), clinic, day));
  }
  const ward = random.pick(people.wards.length > 0 ? people.wards : people.clinics);
  const from = timeOf(SCORED_FROM + random.between(3, 16), 10);
  const vips = people.patients.filter(({ id, vip }) => vip && (busyUntil.get(id) ?? 0) === 0);
  const celebrity = random.pick(vips);
  ties.push(...stay(people, random, celebrity, ward, from, 7));

  ties.sort((a, b) => a.from - b.from);
  const byPatient = groupBy(ties, ({ patient }) => patient);
  const work = new Map<string, Set<string>>();
  for (const { patient, who, from: begins, until } of ties)
    for (let day = Math.max(0, dayOf(begins)); day <= Math.min(DAYS - 1, dayOf(until - 1)); day++) {
      const key = `${who} ${day}`;
      const known = work.get(key);
      if (known === undefined) work.set(key, new Set([patient]));
      else known.add(patient);
    }
  const lists = new Map([...work].map(([key, patients]) => [key, [...patients]]));
  return {
    ties,
    tiesOf: (patient) => byPatient.get(patient) ?? [],
    workOf: (unit, day) => lists.get(`${unit} ${day}`) ?? [],
    workOfPerson: (staff, day) => lists.get(`${staff} ${day}`) ?? [],
    celebrity: { patient: celebrity.id, ward, from },
  };
}
