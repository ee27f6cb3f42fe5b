import { DAY, DAYS, dayOf, HOUR, MINUTE, timeOf, weekday } from "../calendar.ts";
import { homeNetwork } from "../clients.ts";
import { staffDecision } from "../decisions.ts";
import { tiesBetween } from "../plan.ts";
import { EMERGENCY, scaleOf } from "../population.ts";
import type { Fact, GroundDecision, Label, Patient, Staff } from "../types.ts";
import { deedsOn, hourIn, pause, sessionsOf } from "../work.ts";
import type { Behaviour } from "./behaviour.ts";

const DOCUMENTED: Label = { kind: "RIGHTFUL", documented: true };
const NOT_DOCUMENTED: Label = { kind: "RIGHTFUL", documented: false };

type Stage = Parameters<Behaviour>[0];
type Beside = NonNullable<Parameters<typeof staffDecision>[2]>;

/** A session of somebody with one patient. */
function session(
  { random }: Pick<Stage, "random">,
  person: Staff,
  patient: Patient,
  at: number,
  label: Label,
  beside: Beside = {},
): GroundDecision[] {
  let then = at;
  return deedsOn(patient, person, random).map((deed) => {
    const made = staffDecision({ at: then, person, label, random }, deed, beside);
    then += pause(random);
    return made;
  });
}
const labelOf = ({ hospital }: Stage, person: Staff, patient: string, at: number): Label =>
  tiesBetween(hospital.plan.tiesOf(patient), person, at) === undefined ? NOT_DOCUMENTED : DOCUMENTED;

/** Those who are at work on a day, and when. */
function* atWork({ hospital: { people, roster }, day }: Stage) {
  for (const person of people.staff) {
    const shift = person.role === "admin" ? null : roster.shift(person, day);
    if (shift !== null) yield { person, shift };
  }
}

/** Colleagues who are patients are looked after too, and some look at their own record or a child's where they may. */
export const colleaguesAndOwn: Behaviour = (stage) => {
  const { hospital, rates, random } = stage;
  const { people } = hospital;
  const decisions: GroundDecision[] = [];
  for (const { person, shift } of atWork(stage)) {
    const at = timeOf(stage.day, hourIn(shift, random));
    const near = people.staffOf.get(person.unit) ?? [];
    if (random.chance(rates.colleagues * sessionsOf(person))) {
      // Half of them of the same unit; now and then it is a relative whom somebody else could not see.
      const other = random.pick(random.chance(0.5) ? near : people.staff);
      const id =
        random.chance(0.05) && person.relatives.length > 0 ? random.pick(person.relatives) : other.patientRecord;
      if (id !== person.patientRecord)
        decisions.push(...session(stage, person, people.patient(id), at, labelOf(stage, person, id, at)));
    }
    if (random.chance(rates.ownRecords / 20)) {
      const id = random.chance(0.6) ? person.patientRecord : random.pick([person.patientRecord, ...person.relatives]);
      decisions.push(...session(stage, person, people.patient(id), at + 20 * MINUTE, NOT_DOCUMENTED));
    }
  }
  return { decisions };
};

/** A shift begins with the whole list of the unit, one look at each. */
export const wardLists: Behaviour = (stage) => {
  const { hospital, rates, random, day } = stage;
  const decisions: GroundDecision[] = [];
  for (const { person, shift } of atWork(stage)) {
    const isOnWard = hospital.people.wards.includes(person.unit) || person.unit === EMERGENCY;
    if (!isOnWard || (person.role !== "nurse" && person.role !== "physician") || !random.chance(rates.wardLists))
      continue;
    const at = timeOf(day, shift.from) + random.below(10 * MINUTE);
    const here = hospital.plan
      .workOf(person.unit, Math.min(dayOf(at), DAYS - 1))
      .filter((patient) => labelOf(stage, person, patient, at) === DOCUMENTED)
      .slice(0, 30);
    for (const [i, id] of here.entries())
      decisions.push(
        staffDecision(
          { at: at + Math.round((i * 10 * MINUTE) / here.length), person, label: DOCUMENTED, random },
          { action: "read", resourceType: "Patient", patient: hospital.people.patient(id) },
        ),
      );
  }
  return { decisions };
};

/** Patients of the next day, at home in the evening. */
export const evenings: Behaviour = (stage) => {
  const { hospital, rates, random, day } = stage;
  const decisions: GroundDecision[] = [];
  // A block of four patients is half of what a physician reads in a day.
  const chance = (1.85 * rates.evenings) / (1 - rates.evenings);
  for (const { person } of atWork(stage)) {
    if (person.role !== "physician" || !random.chance(chance)) continue;
    const own = hospital.plan.workOfPerson(person.id, Math.min(day + 1, DAYS - 1));
    const place = homeNetwork(Number(person.patientRecord.slice(8)));
    let at = timeOf(day, 19 + random.next() * 3);
    for (const id of random.some(own, random.between(2, 6))) {
      decisions.push(
        ...session(stage, person, hospital.people.patient(id), at, labelOf(stage, person, id, at), { place }),
      );
      at += random.between(2, 8) * MINUTE;
    }
  }
  return { decisions };
};

/** The wrong one of two names that stand beside each other, and then the right one. */
export const wrongPatients: Behaviour = ({ hospital: { people }, rates, random }, { decisions: base }) => {
  const decisions: GroundDecision[] = [];
  const begun = new Set<string>();
  for (const one of base) {
    const [patient] = one.patients;
    if (one.subject?.type !== "user" || patient === undefined || one.label.kind !== "RIGHTFUL") continue;
    const key = `${one.subject.id} ${patient} ${Math.floor(one.at / HOUR)}`;
    if (begun.has(key) || !random.chance(rates.wrongPatients)) continue;
    begun.add(key);
    const beside = people.patients[(Number(patient.slice(8)) + random.between(2, 5)) % people.patients.length];
    const person = people.staff.find(({ id }) => id === one.subject?.id);
    if (beside === undefined || person === undefined) continue;
    const at = one.at - random.between(8, 30) * 1000;
    decisions.push(
      staffDecision(
        { at, person, label: NOT_DOCUMENTED, random },
        { action: "read", resourceType: "Patient", patient: beside },
      ),
    );
  }
  return { decisions };
};

/** Pharmacists and others whose patients lie on all wards; half of what they do has an order. */
export const everywhere: Behaviour = (stage) => {
  const { hospital, random, day } = stage;
  const decisions: GroundDecision[] = [];
  const ties = [];
  for (const { person, shift } of atWork(stage)) {
    if (!["pharmacist", "infectionControl", "palliative", "dischargePlanner"].includes(person.role)) continue;
    for (let n = random.poisson(sessionsOf(person)); n > 0; n--) {
      const here = hospital.plan.workOf(random.pick(hospital.people.wards), day);
      if (here.length === 0) continue;
      const patient = hospital.people.patient(random.pick(here));
      const at = timeOf(day, hourIn(shift, random));
      const isOrdered = random.chance(0.5);
      if (isOrdered)
        ties.push({
          patient: patient.id,
          kind: "orders",
          who: person.unit,
          from: at - HOUR,
          until: at + 2 * DAY,
        } as const);
      decisions.push(...session(stage, person, patient, at, isOrdered ? DOCUMENTED : NOT_DOCUMENTED));
    }
  }
  return { decisions, ties };
};

/** A list of patients that several people read before they meet: tumour boards, conferences on complications. */
export const conferences: Behaviour = (stage) => {
  const { hospital, rates, random, day } = stage;
  const decisions: GroundDecision[] = [];
  if (weekday(day) > 4) return { decisions };
  for (let n = random.poisson((rates.conferences * scaleOf(hospital.people)) / 5); n > 0; n--) {
    const patients = random.some(hospital.people.patients, random.between(4, 12));
    const who = [...atWork(stage)].filter(({ person }) => person.role === "physician" || person.role === "therapist");
    for (const { person, shift } of random.some(who, random.between(3, 7))) {
      let at = timeOf(day, hourIn(shift, random));
      for (const patient of random.some(patients, random.between(2, patients.length))) {
        decisions.push(...session(stage, person, patient, at, labelOf(stage, person, patient.id, at)));
        at += random.between(1, 4) * MINUTE;
      }
    }
  }
  return { decisions };
};

const REASONS = [
  "Emergency treatment",
  "Patient unable to consent",
  "On-call cover",
  "Transfer of care",
  "Other clinical need",
];

/** How many sessions make such a share of all accesses: other behaviours add a fifth to the ordinary ones, and a session has 2.7. */
const glassSessions = (share: number, ordinary: number): number => ((share / (1 - share)) * ordinary * 1.2) / 2.7;

/** Emergencies are declared because it is quicker, with one of five reasons; some people do it more than others. */
export const glass: Behaviour = (stage, { decisions: base }) => {
  const { hospital, rates, random, day } = stage;
  const decisions: GroundDecision[] = [];
  const facts: Fact[] = [];
  const able = [...atWork(stage)].filter(({ person }) => ["nurse", "physician"].includes(person.role));
  if (able.length === 0) return { decisions };
  const elsewhere = [...hospital.people.wards, ...hospital.people.clinics];
  for (let n = random.poisson(glassSessions(rates.glass, base.length)); n > 0; n--) {
    // Of two, the one with the lower number: some have the habit.
    const [a, b] = [random.pick(able), random.pick(able)];
    const { person, shift } = Number(a.person.id.slice(6)) % 17 < Number(b.person.id.slice(6)) % 17 ? a : b;
    const here = hospital.plan.workOf(random.pick(elsewhere), day);
    const patient = hospital.people.patient(
      random.pick(here.length > 0 ? here : hospital.people.patients.map(({ id }) => id)),
    );
    const at = timeOf(day, hourIn(shift, random));
    facts.push({
      kind: "EMERGENCY",
      at: at - MINUTE,
      endsAt: at + 4 * HOUR,
      id: `glass-${day}-${n}`,
      subject: { type: "user", id: person.id },
      patient: patient.id,
      reason: random.pick(REASONS),
    });
    decisions.push(
      ...session(stage, person, patient, at, labelOf(stage, person, patient.id, at), {
        breakGlass: true,
        purposeOfUse: "BTG",
        reasons: ["ALLOWED_BY_RULE", "BREAK_GLASS"],
      }),
    );
  }
  return { decisions, facts };
};

/** Patients whom nobody treats now, and about whom somebody has to do with papers again and again. */
const PANEL = 10;
export const unrecorded: Behaviour = (stage, { decisions: base }) => {
  const { hospital, rates, random, day, memory } = stage;
  const { people, plan } = hospital;
  const staff = new Map(people.staff.map((person) => [person.id, person]));
  const isTied = (patient: string, at: number): boolean =>
    plan.tiesOf(patient).some(({ from, until }) => from <= at && at < until);
  function untied(person: Staff, at: number): Patient {
    const panel = stage.fixed.fork(`panel/${person.id}`).some(people.patients, PANEL);
    for (let tries = 0; tries < 40; tries++) {
      const one = random.pick(random.chance(0.5) ? panel : people.patients);
      if (!isTied(one.id, at) && !one.vip) return one;
    }
    return random.pick(people.patients);
  }
  /** What is to come back, once for a person and patient. */
  const again = (person: string, patient: string): void => {
    if (!random.chance(rates.returns)) return;
    const due = day + random.between(1, 9);
    memory.set(person, [...(memory.get(person) ?? []), { patient, due }]);
  };
  const instead = new Map<string, Patient | null>();
  const changed = base.map((one) => {
    const [id] = one.patients;
    if (one.label.kind !== "RIGHTFUL" || one.label.documented !== false || one.subject === null || id === undefined)
      return one;
    const key = `${one.subject.id} ${id}`;
    const person = staff.get(one.subject.id);
    if (person === undefined) return one;
    if (!instead.has(key)) {
      const other = random.chance(rates.untied) ? untied(person, one.at) : null;
      instead.set(key, other);
      again(person.id, other?.id ?? id);
    }
    const patient = instead.get(key) ?? null;
    if (patient === null || one.action === null || one.resourceType === null) return one;
    const { action, resourceType, outcome, reasons, clientId } = one;
    const made = staffDecision(
      { at: one.at, person, label: one.label, random },
      { action, resourceType, patient },
      { clientId },
    );
    return outcome === "ALLOW" ? made : { ...made, outcome, reasons, scopesUsed: [] };
  });
  const decisions: GroundDecision[] = [];
  for (const { person, shift } of atWork(stage)) {
    const waiting = memory.get(person.id) ?? [];
    const due = waiting.filter((one) => one.due <= day);
    if (due.length === 0) continue;
    memory.set(
      person.id,
      waiting.filter((one) => one.due > day),
    );
    for (const { patient } of due) {
      const at = timeOf(day, hourIn(shift, random));
      decisions.push(...session(stage, person, people.patient(patient), at, labelOf(stage, person, patient, at)));
      again(person.id, patient);
    }
  }
  return { decisions, base: changed };
};

const BY_DAY = { from: 7.2, until: 15.5 };
/** Those who work in another unit meanwhile: the roster leaves them out, and they do what is done there. */
export const floats: Behaviour = (stage) => {
  const { hospital, random, day } = stage;
  const decisions: GroundDecision[] = [];
  for (const { person, unit, from, until } of hospital.moves) {
    if (day < from || day >= until || weekday(day) > 4) continue;
    const moved = { ...person, unit };
    for (let n = random.poisson(sessionsOf(person)); n > 0; n--) {
      const at = timeOf(day, hourIn(BY_DAY, random));
      const here = hospital.plan
        .workOf(unit, day)
        .filter((patient) => tiesBetween(hospital.plan.tiesOf(patient), moved, at) !== undefined);
      if (here.length === 0) continue;
      decisions.push(...session(stage, moved, hospital.people.patient(random.pick(here)), at, NOT_DOCUMENTED));
    }
  }
  return { decisions };
};
