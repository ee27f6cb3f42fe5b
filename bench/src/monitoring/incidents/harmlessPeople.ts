import { dayOf, HOUR, startOf, timeOf } from "../hospital/calendar.ts";
import { staffDecision } from "../hospital/decisions.ts";
import { staffEntity } from "../hospital/directory.ts";
import { tiesBetween } from "../hospital/plan.ts";
import { EMERGENCY, QUALITY } from "../hospital/population.ts";
import type { Fact, GroundDecision, Staff } from "../hospital/types.ts";
import { deedsOn, hourIn, pause } from "../hospital/work.ts";
import { inTurn, look, someStaff, stranger } from "./actors.ts";
import type { Harmless, HarmlessKind, Stage } from "./incident.ts";

const NIGHT = { from: 22.5, until: 31 };
const BY_DAY = { from: 7.5, until: 16.5 };

/** Work on patients of a unit, who are there when it is done. */
function workIn(
  stage: Stage,
  person: Staff,
  unit: string,
  day: number,
  hours: { from: number; until: number },
  sessions: number,
): GroundDecision[] {
  const { hospital, random, label } = stage;
  return Array.from({ length: sessions }, () => timeOf(day, hourIn(hours, random))).flatMap((at) => {
    const here = hospital.plan
      .workOf(unit, Math.min(dayOf(at), 83))
      .filter((patient) => tiesBetween(hospital.plan.tiesOf(patient), { id: person.id, unit }, at) !== undefined);
    if (here.length === 0) return [];
    let then = at;
    return deedsOn(hospital.people.patient(random.pick(here)), person, random).map((deed) => {
      const made = staffDecision({ at: then, person: { ...person, unit }, label, random }, deed);
      then += pause(random);
      return made;
    });
  });
}

const daysOf = (stage: Stage, count: number): number[] => Array.from({ length: count }, (_, i) => stage.day + i);

/** Somebody who is taken off the roster for some days. */
function excused(stage: Stage, days: number, fits: (person: Staff) => boolean): Staff {
  const person = someStaff(stage, days, fits);
  for (const day of daysOf(stage, days)) stage.hospital.roster.excuse(person, day);
  return person;
}

type Kind = Extract<
  HarmlessKind,
  | "NIGHT_SHIFT"
  | "NEW_UNIT"
  | "TRANSFERRED_PATIENT"
  | "ON_CALL_FLOAT"
  | "AUDIT_DAY"
  | "DISASTER_DRILL"
  | "MERGED_CLINICS"
  | "HOLIDAY_COVER"
>;

/** What people do that is unusual, and in order. */
export const HARMLESS_PEOPLE: Readonly<Record<Kind, Harmless>> = {
  NIGHT_SHIFT: {
    title: "A physician who works by day has a week of nights on the ward",
    days: 6,
    plant(stage) {
      const person = excused(stage, 6, ({ rota, role }) => rota === "DAYS" && role === "physician");
      return {
        facts: [],
        decisions: daysOf(stage, 5).flatMap((day) => workIn(stage, person, person.unit, day, NIGHT, 9)),
      };
    },
  },
  NEW_UNIT: {
    title: "A nurse moves to another ward, of which the directory hears the same morning",
    days: 10,
    plant(stage) {
      const person = excused(stage, 10, ({ role, unit }) => role === "nurse" && unit.startsWith("ward"));
      const unit = stage.random.pick(stage.hospital.people.wards.filter((ward) => ward !== person.unit));
      const facts = [staffEntity(person, timeOf(stage.day, 6), unit), staffEntity(person, startOf(stage.day + 10))];
      const decisions = daysOf(stage, 10)
        .filter((_, i) => i % 7 < 5)
        .flatMap((day) => workIn(stage, person, unit, day, BY_DAY, 7));
      return { facts, decisions };
    },
  },
  TRANSFERRED_PATIENT: {
    title: "A patient is moved to another ward, of which the directory hears four hours later",
    days: 1,
    plant(stage) {
      const { hospital, random } = stage;
      const ward = random.pick(hospital.people.wards);
      const nurses = (hospital.people.staffOf.get(ward) ?? []).filter(
        ({ role }) => role === "nurse" || role === "physician",
      );
      const person = random.pick(nurses);
      const patient = stranger(stage, person, 2);
      const at = timeOf(stage.day, 9 + random.next() * 5);
      const decisions = random
        .some(nurses, 5)
        .flatMap((member) =>
          look(stage, { person: member, patient, at: at + random.below(4 * HOUR), count: random.between(2, 5) }),
        );
      return { facts: [], decisions };
    },
  },
  ON_CALL_FLOAT: {
    title: "A nurse helps on three other wards in a week; the directory has her still on her own",
    days: 6,
    plant(stage) {
      const person = excused(stage, 6, ({ role, unit }) => role === "nurse" && unit.startsWith("ward"));
      const wards = stage.random.some(
        stage.hospital.people.wards.filter((ward) => ward !== person.unit),
        3,
      );
      const decisions = daysOf(stage, 5).flatMap((day, i) =>
        workIn(stage, person, wards[i % 3] ?? person.unit, day, BY_DAY, 6),
      );
      return { facts: [], decisions: decisions.map((one) => ({ ...one, unit: person.unit })) };
    },
  },
  AUDIT_DAY: {
    title: "An auditor of quality reads 120 charts in a day, on an order",
    days: 1,
    plant(stage) {
      const { hospital, random } = stage;
      const person = random.pick(hospital.people.staffOf.get(QUALITY) ?? []);
      const charts = random.some(
        hospital.people.patients.filter(({ id }) => hospital.plan.tiesOf(id).length === 0),
        120,
      );
      const ordered = startOf(stage.day) + 7 * HOUR;
      const facts = charts.flatMap((patient): Fact[] => {
        const properties = { organization: "general-hospital", household: patient.household };
        const entity = { kind: "ENTITY", type: "Patient", id: patient.id } as const;
        return [
          {
            ...entity,
            at: ordered,
            properties: { ...properties, ...(patient.vip ? { vip: true } : {}), orders: [QUALITY] },
          },
          {
            ...entity,
            at: ordered + 3 * 24 * HOUR,
            properties: { ...properties, ...(patient.vip ? { vip: true } : {}) },
          },
        ];
      });
      const times = inTurn(ordered + HOUR, charts.length, 4 * 60_000);
      return {
        facts,
        decisions: charts.flatMap((patient, i) => look(stage, { person, patient, at: times[i] ?? 0, count: 2 })),
      };
    },
  },
  DISASTER_DRILL: {
    title: "The emergency unit rehearses a disaster: 25 emergencies in two hours, with the same words",
    days: 1,
    plant(stage) {
      const { hospital, random } = stage;
      const team = random.some(
        (hospital.people.staffOf.get(EMERGENCY) ?? []).filter(({ role }) => role !== "clerk"),
        8,
      );
      const facts: Fact[] = [];
      const decisions = inTurn(timeOf(stage.day, 10), 25, 290_000).flatMap((at, i) => {
        const person = random.pick(team);
        const patient = stranger(stage, person, 1);
        const subject = { type: "user", id: person.id };
        facts.push({
          kind: "EMERGENCY",
          at: at - 30_000,
          endsAt: at + HOUR,
          id: `drill-${stage.day}-${i}`,
          subject,
          patient: patient.id,
          reason: "Disaster drill",
        });
        return look(
          stage,
          { person, patient, at, count: 2 },
          { breakGlass: true, purposeOfUse: "BTG", reasons: ["ALLOWED_BY_RULE", "BREAK_GLASS"] },
        );
      });
      return { facts, decisions };
    },
  },
  MERGED_CLINICS: {
    title:
      "Two clinics are merged: the staff of one works for the patients of the other too, and the directory says so",
    days: 7,
    plant(stage) {
      const [from = "", to = ""] = stage.random.some(stage.hospital.people.clinics, 2);
      const staff = (stage.hospital.people.staffOf.get(from) ?? [])
        .filter(({ role }) => role === "physician" || role === "nurse")
        .slice(0, 4);
      for (const person of staff) for (const day of daysOf(stage, 7)) stage.hospital.roster.excuse(person, day);
      const facts = staff.flatMap((person) => [
        staffEntity(person, timeOf(stage.day, 5), to),
        staffEntity(person, startOf(stage.day + 7)),
      ]);
      const days = daysOf(stage, 7).filter((day) => day % 7 < 5);
      return {
        facts,
        decisions: staff.flatMap((person) => days.flatMap((day) => workIn(stage, person, to, day, BY_DAY, 6))),
      };
    },
  },
  HOLIDAY_COVER: {
    title: "A physician covers for one of another ward for a week; nobody wrote it down",
    days: 5,
    plant(stage) {
      const person = someStaff(stage, 5, ({ role, unit }) => role === "physician" && unit.startsWith("ward"));
      const ward = stage.random.pick(stage.hospital.people.wards.filter((one) => one !== person.unit));
      const decisions = daysOf(stage, 5).flatMap((day) => workIn(stage, person, ward, day, BY_DAY, 4));
      return { facts: [], decisions: decisions.map((one) => ({ ...one, unit: person.unit })) };
    },
  },
};
