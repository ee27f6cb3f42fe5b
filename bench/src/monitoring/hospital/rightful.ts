import type { Random } from "../random.ts";
import { DAY, HOUR, isWeekend, MINUTE, startOf, timeOf, weekday } from "./calendar.ts";
import {
  BILLING,
  EHR,
  homeNetwork,
  LAB_SYSTEM,
  OLD_INTERFACE,
  PHARMACY,
  PORTAL,
  ROUNDS,
  SCHEDULING,
  type SystemClient,
  WAREHOUSE,
  WEARABLE,
} from "./clients.ts";
import { patientDecision, refused, staffDecision, systemDecision, tokenOf } from "./decisions.ts";
import type { Plan } from "./plan.ts";
import { tiesBetween } from "./plan.ts";
import { CODING, LAB, type Population, scaleOf } from "./population.ts";
import type { Roster } from "./roster.ts";
import type { Fact, GroundDecision, Label, Move, Patient, Staff, Tie } from "./types.ts";
import { deedsOn, hourIn, pause, sessionsOf } from "./work.ts";

/** Of the patients whom staff looks after: some of it has more decisions than other work, so that 8 in 100 decisions come of it. */
const UNDOCUMENTED = 0.076;
/** Of undocumented work: by a colleague of one who is tied to the patient; what is documented hours or days later. The rest never is. */
const OF_A_COLLEAGUE = 0.5;
const LATE = 0.25;
const REFUSED = 0.015;
const BY_ROUNDS_APP = 0.2;
/** How long those of a role and unit remember whom they looked after. */
const REMEMBERED = 5 * DAY;
const KEPT = 120;
const SESSION = 8 * MINUTE;

const DOCUMENTED: Label = { kind: "RIGHTFUL", documented: true };
const NOT_DOCUMENTED: Label = { kind: "RIGHTFUL", documented: false };
/** Of clients for themselves, and of patients. */
const OTHER: Label = { kind: "RIGHTFUL", documented: null };

export interface Hospital {
  readonly people: Population;
  readonly plan: Plan;
  readonly roster: Roster;
  /** Who works elsewhere meanwhile: the roster leaves them out. */
  readonly moves: readonly Move[];
}

/** What a day brings: decisions, in no order, and ties that are written down late. */
export interface DayOfWork {
  readonly decisions: readonly GroundDecision[];
  readonly ties: readonly Tie[];
  /** Default none. */
  readonly facts?: readonly Fact[];
}

/** The ordinary work of a hospital, day by day: each day is asked for once, in their order. */
export function rightfulWork({ people, plan, roster }: Hospital, seed: Random): (day: number) => DayOfWork {
  /** What clients and patients do, of what they do in a hospital. */
  const scale = scaleOf(people);
  /** By role and unit: whom they were rightly busy with, the newest last. */
  const remembered = new Map<string, { readonly patient: string; readonly at: number }[]>();

  /** What was written down late, by person and patient, until when. */
  const written = new Map<string, number>();
  const documented = (person: Staff, patient: string, at: number): boolean =>
    tiesBetween(plan.tiesOf(patient), person, at) !== undefined || (written.get(`${person.id} ${patient}`) ?? 0) > at;
  /** From a first thing that is opened to the last of the same session, at most. */
  const documentedFor = (person: Staff, patient: string, at: number): boolean =>
    documented(person, patient, at) && documented(person, patient, at + SESSION);

  function ofColleague(person: Staff, at: number, random: Random): Patient | null {
    const known = remembered.get(`${person.role} ${person.unit}`) ?? [];
    for (let n = 0; n < 30 && known.length > 0; n++) {
      const { patient, at: then } = random.pick(known);
      // Not on the same day, so that the colleague was there before.
      if (at - then < REMEMBERED && then < at - 12 * HOUR && !documented(person, patient, at))
        return people.patient(patient);
    }
    return null;
  }

  /** Somebody who lies elsewhere, and about whom there is a question. */
  function elsewhere(person: Staff, day: number, at: number, random: Random): Patient | null {
    for (let n = 0; n < 8; n++) {
      const unit = random.pick([...people.wards, ...people.clinics]);
      const patients = plan.workOf(unit, day);
      if (patients.length === 0) continue;
      const patient = random.pick(patients);
      if (patient !== plan.celebrity.patient && !documented(person, patient, at)) return people.patient(patient);
    }
    return null;
  }

  function staffDay(person: Staff, day: number, out: GroundDecision[], ties: Tie[], random: Random): void {
    const shift = roster.shift(person, day);
    if (shift === null) return;
    const clientId = person.role === "physician" && random.chance(BY_ROUNDS_APP) ? ROUNDS : EHR;
    const ofUnit = plan.workOf(person.unit, day);
    const own = plan.workOfPerson(person.id, day);
    // A nurse has beds of her own.
    const beds = person.role === "nurse" ? random.some(ofUnit, 6) : ofUnit;
    let first = true;
    for (let n = random.poisson(sessionsOf(person)); n > 0; n--) {
      const at = timeOf(day, hourIn(shift, random));
      let label = DOCUMENTED;
      let patient: Patient | null = null;
      if (person.role !== "admin" && random.chance(UNDOCUMENTED)) {
        const kind = random.next();
        patient = kind < OF_A_COLLEAGUE ? ofColleague(person, at, random) : null;
        patient ??= elsewhere(person, day, at, random);
        if (patient !== null) {
          label = NOT_DOCUMENTED;
          if (kind >= 1 - LATE) {
            written.set(`${person.id} ${patient.id}`, at + 5 * DAY);
            ties.push({
              patient: patient.id,
              kind: "referrals",
              who: person.id,
              from: at + random.between(3, 48) * HOUR,
              until: at + 5 * DAY,
            });
          }
        }
      }
      for (let tries = 0; patient === null && tries < 6; tries++) {
        const from = beds.length === 0 || (own.length > 0 && random.chance(0.25)) ? own : beds;
        if (from.length === 0) break;
        const one = random.pick(from);
        // Of whom it has today, not all are here at this hour.
        if (documentedFor(person, one, at)) patient = people.patient(one);
      }
      if (patient === null) continue;
      let then = at;
      for (const deed of deedsOn(patient, person, random)) {
        const made = staffDecision({ at: then, person, label, random }, deed, clientId === EHR ? {} : { clientId });
        if (first) {
          out.push(tokenOf({ ...made, label: OTHER }, startOf(day) + shift.from * HOUR + random.below(10 * 60_000)));
          first = false;
        }
        out.push(
          random.chance(REFUSED) ? refused(made, random.chance(0.6) ? "NO_MATCHING_RULE" : "CONSENT_REQUIRED") : made,
        );
        then += pause(random);
      }
      if (label === DOCUMENTED) {
        const key = `${person.role} ${person.unit}`;
        const known = remembered.get(key) ?? [];
        known.push({ patient: patient.id, at });
        if (known.length > KEPT) known.shift();
        remembered.set(key, known);
      }
    }
  }

  function systems(day: number, out: GroundDecision[], random: Random): void {
    const batch = (
      client: SystemClient,
      patients: readonly string[],
      deeds: readonly (readonly [string, string])[],
      when: () => number,
    ): void => {
      for (const id of patients)
        for (const [action, resourceType] of deeds)
          out.push(
            systemDecision(
              { at: when(), client, label: OTHER, random },
              { action, resourceType, patient: people.patient(id) },
            ),
          );
    };
    const week = isWeekend(day) ? 0.5 * scale : scale;
    const during = (from: number, until: number) => () => timeOf(day, hourIn({ from, until }, random));
    const wards = people.wards.flatMap((ward) => plan.workOf(ward, day));
    const tests = plan.workOf(LAB, day);
    batch(LAB_SYSTEM, random.some(tests, 330 * week), [["create", "Observation"]], during(5, 22));
    batch(LAB_SYSTEM, random.some(tests, 110 * week), [["search", "ServiceRequest"]], during(5, 22));
    batch(PHARMACY, random.some(wards, 200 * scale), [["search", "MedicationRequest"]], during(6, 21));
    batch(PHARMACY, random.some(wards, 30 * scale), [["read", "AllergyIntolerance"]], during(6, 21));
    batch(
      BILLING,
      random.some(plan.workOf(CODING, day), 170 * scale),
      [
        ["read", "Encounter"],
        ["create", "Claim"],
      ],
      () => timeOf(day, 1.5 + random.next() * 1.2),
    );
    if (weekday(day) === 6)
      batch(
        WAREHOUSE,
        random.some(people.patients, 280 * scale).map(({ id }) => id),
        [
          ["search", "Observation"],
          ["search", "Condition"],
        ],
        () => timeOf(day, 3 + random.next() * 2),
      );
    if (!isWeekend(day))
      batch(
        SCHEDULING,
        random.some(
          people.clinics.flatMap((clinic) => plan.workOf(clinic, day)),
          150 * scale,
        ),
        [["create", "Appointment"]],
        during(8, 17),
      );
    if (day < 7) batch(OLD_INTERFACE, random.some(wards, 40), [["read", "Patient"]], during(0, 24));
  }

  function patients(day: number, out: GroundDecision[], random: Random): void {
    for (let n = random.poisson(95 * scale); n > 0; n--) {
      const self = random.pick(people.patients);
      const at = timeOf(day, random.chance(0.6) ? 17 + random.next() * 6 : 7 + random.next() * 10);
      // At home mostly, and sometimes on the way.
      const place = homeNetwork(random.chance(0.85) ? Number(self.id.slice(8)) : random.below(16_000));
      const ofChild = self.represents.length > 0 && random.chance(0.5);
      const patient = ofChild ? people.patient(random.pick(self.represents)) : self;
      const client = random.chance(0.25) ? WEARABLE : PORTAL;
      let then = at;
      for (let k = random.between(1, 4); k > 0; k--) {
        const resourceType =
          client === WEARABLE ? "Observation" : random.pick(["Observation", "Appointment", "DocumentReference"]);
        const made = patientDecision(
          { at: then, self, place, label: OTHER, random, client },
          { action: "read", resourceType, patient },
        );
        if (then === at) out.push(tokenOf(made, at - 1000));
        out.push(made);
        then += pause(random);
      }
    }
  }

  return (day) => {
    const random = seed.fork(`day-${day}`);
    const decisions: GroundDecision[] = [];
    const ties: Tie[] = [];
    for (const person of people.staff) staffDay(person, day, decisions, ties, random);
    systems(day, decisions, random.fork("systems"));
    patients(day, decisions, random.fork("patients"));
    return { decisions, ties };
  };
}
