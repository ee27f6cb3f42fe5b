import { MINUTE, startOf, timeOf } from "../hospital/calendar.ts";
import type { Patient } from "../hospital/types.ts";
import {
  atNight,
  atWork,
  type BlindKind,
  type BlindStage,
  breaksGlass,
  colleaguesOf,
  comesBack,
  cover,
  daily,
  goesThrough,
  only,
  opens,
  ownPatients,
  someOf,
  spread,
  strangers,
  together,
  victims,
  within,
} from "./stage.ts";

const CARE = ["nurse", "physician", "therapist"] as const;
const DESK = ["clerk", "coder"] as const;
const stranger = (stage: BlindStage, fits?: (patient: Patient) => boolean): Patient =>
  strangers(stage, stage.person, startOf(stage.day), 1, fits)[0] ?? stage.hospital.people.patient("patient-0");
const admittedElsewhere = (stage: BlindStage): Patient => {
  const { people, plan } = stage.hospital;
  const lying = new Set(people.wards.flatMap((ward) => plan.workOf(ward, stage.day)));
  return stranger(stage, ({ id }) => lying.size === 0 || lying.has(id));
};

/**
 * People who look at patients for their own ends, as privacy commissioners, courts and newspapers tell of them: each with
 * what looks the same to whoever sees only the accesses, and is in order.
 */
export const LOOKING: Readonly<Record<string, BlindKind>> = {
  FORMER_PARTNER: {
    title: "follows a former partner, whom nothing on record ties to the person, over weeks (a dispute over custody)",
    lookAlike: "answers a former patient's questions by telephone, and nobody records it",
    roles: [...CARE, ...DESK],
    dose: [2, 12],
    of: "days on which it is looked",
    days: 21,
    snooping: true,
    plant: (stage, dose) => comesBack(stage, stage.person, stranger(stage), dose, 16),
    plantLookAlike: (stage, dose) => comesBack(stage, stage.person, stranger(stage), dose, 16),
  },
  FAMILY_QUARREL: {
    title: "looks up relatives after a quarrel about an inheritance",
    lookAlike: "a relative comes in while nobody else is on duty",
    roles: [...CARE, "technician", ...DESK],
    dose: [1, 8],
    of: "looks",
    days: 10,
    snooping: true,
    plant(stage, dose) {
      const { hospital, person, random } = stage;
      const times = spread(stage, person, dose, 7);
      const relatives = person.relatives.map(hospital.people.patient);
      const looked = times.map((at) => ({ at, patient: random.pick(relatives) }));
      const ties = relatives.flatMap((one) => cover(stage, person, one, times[0] ?? startOf(stage.day), 8));
      return only(
        looked.flatMap(({ at, patient }) => opens(stage, person, patient, at)),
        [],
        ties,
      );
    },
    plantLookAlike(stage) {
      const { hospital, person } = stage;
      const [relative] = person.relatives.map(hospital.people.patient);
      return relative === undefined ? only([]) : comesBack(stage, person, relative, 2, 2);
    },
  },
  SICK_COLLEAGUE: {
    title: "reads what a colleague on sick leave has, or where the colleague can be reached",
    lookAlike: "a colleague rings the unit as a patient and asks about a result",
    roles: [...CARE, "clerk", "technician"],
    dose: [1, 6],
    of: "days on which it is looked",
    days: 12,
    snooping: true,
    plant(stage, dose) {
      const victim = stage.random.pick(colleaguesOf(stage, stage.person));
      return comesBack(stage, stage.person, stage.hospital.people.patient(victim.patientRecord), dose, 9);
    },
    plantLookAlike(stage) {
      const caller = stage.random.pick(colleaguesOf(stage, stage.person));
      return comesBack(stage, stage.person, stage.hospital.people.patient(caller.patientRecord), 1, 1);
    },
  },
  ACQUAINTANCES: {
    title: "looks up people met in private life, one now and then",
    lookAlike: "opens the wrong one of two patients of the same name, now and then",
    roles: [...CARE, ...DESK, "technician"],
    dose: [2, 10],
    of: "people looked up",
    days: 18,
    snooping: true,
    plant(stage, dose) {
      const { person } = stage;
      const people = strangers(stage, person, startOf(stage.day), dose);
      const ties = people.flatMap((one) => cover(stage, person, one, startOf(stage.day + 1), 14));
      return only(daily(stage, person, people, 14), [], ties);
    },
    plantLookAlike(stage, dose) {
      const { person } = stage;
      const wrong = strangers(stage, person, startOf(stage.day), dose);
      return only(daily(stage, person, wrong, 14, [["read", "Patient"]]));
    },
  },
  TALK_OF_THE_TOWN: {
    title: "many who have no part in it open the record of one whose accident was in the news",
    lookAlike: "a case is shown at a conference, and who comes reads it before",
    roles: [...CARE],
    dose: [3, 14],
    of: "people who look",
    days: 4,
    snooping: true,
    plant(stage, dose) {
      const patient = admittedElsewhere(stage);
      const curious = [stage.person, ...someOf(stage, [...CARE, "clerk", "technician"], dose - 1)];
      return together(
        ...curious.map((one) => {
          const at = atWork(stage, one, within(stage.day + stage.random.below(3)));
          return only(opens(stage, one, patient, at), [], cover(stage, one, patient, at, 2));
        }),
      );
    },
    plantLookAlike(stage, dose) {
      const patient = admittedElsewhere(stage);
      const board = [stage.person, ...someOf(stage, ["physician", "therapist"], dose - 1)];
      return only(board.flatMap((one) => opens(stage, one, patient, atWork(stage, one, stage.day))));
    },
  },
  KNOWN_NAME: {
    title: "opens a well-known patient who is not here",
    lookAlike: "is asked by telephone for a well-known patient's letter",
    roles: [...CARE, "clerk", "technician"],
    dose: [1, 5],
    of: "looks",
    days: 6,
    snooping: true,
    plant: (stage, dose) =>
      comesBack(
        stage,
        stage.person,
        stranger(stage, ({ vip }) => vip),
        dose,
        4,
      ),
    plantLookAlike: (stage) =>
      comesBack(
        stage,
        stage.person,
        stranger(stage, ({ vip }) => vip),
        1,
        1,
      ),
  },
  RESTRICTED_ONLY: {
    title: "picks out patients with psychiatric records",
    lookAlike: "goes round all wards to see patients with psychiatric records whom no order names",
    roles: [...CARE],
    dose: [3, 18],
    of: "patients",
    days: 10,
    snooping: true,
    plant(stage, dose) {
      const { person } = stage;
      const picked = strangers(stage, person, startOf(stage.day), dose, ({ sensitive }) => sensitive);
      const ties = picked.slice(0, 3).flatMap((one) => cover(stage, person, one, startOf(stage.day + 1), 9));
      return only(daily(stage, person, picked, 7, [["search", "Observation"]]), [], ties);
    },
    plantLookAlike(stage, dose) {
      const seen = strangers(stage, stage.person, startOf(stage.day), Math.min(dose, 8), ({ sensitive }) => sensitive);
      return only(goesThrough(stage, stage.person, seen, timeOf(stage.day, 10), 150, [["search", "Observation"]]));
    },
  },
  ACCIDENTS_FOR_SALE: {
    title: "copies names and insurers of the emergency unit's patients for lawyers",
    lookAlike: "completes missing insurers of the emergency unit's patients, as asked",
    roles: ["clerk", "coder"],
    dose: [4, 25],
    of: "patients a day",
    days: 9,
    snooping: false,
    plant(stage, dose) {
      const { hospital, person, covered } = stage;
      const each = (day: number): Patient[] =>
        covered
          ? ownPatients(stage, person, day, dose)
          : stage.random.some(hospital.plan.workOf("emergency", day), dose).map(hospital.people.patient);
      return together(
        ...Array.from({ length: 5 }, (_, i) => within(stage.day + i)).map((day) =>
          only(goesThrough(stage, person, each(day), atWork(stage, person, day), 45, [["read", "Coverage"]])),
        ),
      );
    },
    plantLookAlike(stage, dose) {
      const { hospital, person, random } = stage;
      const missing = random.some(hospital.plan.workOf("emergency", stage.day), dose * 2).map(hospital.people.patient);
      return only(goesThrough(stage, person, missing, atWork(stage, person, stage.day), 120, [["read", "Coverage"]]));
    },
  },
  FACE_SHEETS: {
    title: "goes through names, birth dates and insurers of patients after hours, for false tax returns",
    lookAlike: "catches up with the papers of the month in the evening",
    roles: [...DESK],
    dose: [12, 120],
    of: "patients in an evening",
    days: 1,
    snooping: false,
    plant: (stage, dose) =>
      only(goesThrough(stage, stage.person, victims(stage, dose), timeOf(stage.day, 18.5), 120, [["read", "Patient"]])),
    plantLookAlike: (stage, dose) =>
      only(
        goesThrough(
          stage,
          stage.person,
          ownPatients(stage, stage.person, stage.day, Math.min(dose, 45)),
          timeOf(stage.day, 17.2),
          120,
          [["read", "Encounter"]],
        ),
      ),
  },
  FAMILIES_FOR_SALE: {
    title: "notes addresses of children's families, a few a day, for a seller of savings plans",
    lookAlike: "rings families about a vaccination that is due",
    roles: ["clerk", "nurse"],
    dose: [2, 12],
    of: "children a day",
    days: 8,
    snooping: false,
    plant(stage, dose) {
      const children = strangers(
        stage,
        stage.person,
        startOf(stage.day),
        dose * 6,
        ({ id }) => Number(id.slice(8)) >= 9000,
      );
      const ties = children.slice(0, 4).flatMap((one) => cover(stage, stage.person, one, startOf(stage.day + 1), 6));
      return only(daily(stage, stage.person, children, 6, [["read", "Patient"]]), [], ties);
    },
    plantLookAlike(stage, dose) {
      const due = strangers(stage, stage.person, startOf(stage.day), dose * 2, ({ id }) => Number(id.slice(8)) >= 9000);
      return only(goesThrough(stage, stage.person, due, timeOf(stage.day, 13.5), 150, [["read", "Patient"]]));
    },
  },
  INTERESTING_CASES: {
    title: "reads cases out of interest, without a part in any",
    lookAlike: "prepares a conference on complications, as asked",
    roles: ["physician"],
    dose: [5, 35],
    of: "patients",
    days: 12,
    snooping: true,
    plant(stage, dose) {
      const cases = strangers(stage, stage.person, startOf(stage.day), dose);
      const ties = cases.slice(0, 3).flatMap((one) => cover(stage, stage.person, one, startOf(stage.day + 1), 10));
      return only(daily(stage, stage.person, cases, 9), [], ties);
    },
    plantLookAlike(stage, dose) {
      const cases = strangers(stage, stage.person, startOf(stage.day), Math.min(dose, 15));
      return only(goesThrough(stage, stage.person, cases, timeOf(stage.day, 15), 100));
    },
  },
  DIVERTED_OPIOIDS: {
    title: "charts opioids as given to patients who never got them",
    lookAlike: "charts at the end of a hard shift what was given in it",
    roles: ["nurse"],
    dose: [3, 22],
    of: "doses charted",
    days: 9,
    snooping: false,
    plant(stage, dose) {
      const charted = victims(stage, dose);
      const given = Array.from({ length: dose }, (_, i) => charted[i % Math.max(1, charted.length)]).filter(
        (one) => one !== undefined,
      );
      return only(
        daily(stage, stage.person, given, 6, [
          ["read", "MedicationRequest"],
          ["create", "MedicationAdministration"],
        ]),
      );
    },
    plantLookAlike(stage, dose) {
      const own = ownPatients(stage, stage.person, stage.day, Math.min(dose, 12));
      const [at = startOf(stage.day)] = spread(stage, stage.person, 1, 1);
      return only(goesThrough(stage, stage.person, own, at, 25, [["create", "MedicationAdministration"]]));
    },
  },
  FALSE_PRESCRIPTIONS: {
    title: "prescribes in the names of patients never seen, to collect it",
    lookAlike: "renews what an absent partner's patients take",
    roles: ["physician"],
    dose: [1, 14],
    of: "prescriptions",
    days: 10,
    snooping: false,
    plant(stage, dose) {
      const names = strangers(stage, stage.person, startOf(stage.day), Math.max(1, Math.ceil(dose / 2)));
      const written = Array.from({ length: dose }, (_, i) => names[i % names.length]).filter(
        (one) => one !== undefined,
      );
      const ties = names.flatMap((one) => cover(stage, stage.person, one, startOf(stage.day + 1), 8));
      return only(daily(stage, stage.person, written, 7, [["create", "MedicationRequest"]]), [], ties);
    },
    plantLookAlike(stage, dose) {
      const taking = strangers(stage, stage.person, startOf(stage.day), dose);
      return only(
        goesThrough(stage, stage.person, taking, timeOf(stage.day, 12), 50, [["create", "MedicationRequest"]]),
      );
    },
  },
  SELF_PRESCRIBING: {
    title: "prescribes for the own household",
    lookAlike: "prescribes for a colleague who came to the unit as a patient",
    roles: ["physician"],
    dose: [1, 6],
    of: "prescriptions",
    days: 12,
    snooping: false,
    plant(stage, dose) {
      const { hospital, person, random } = stage;
      const home = [person.patientRecord, ...person.relatives].map(hospital.people.patient);
      const ties = home.flatMap((one) => cover(stage, person, one, startOf(stage.day + 1), 10));
      const written = Array.from({ length: dose }, () => random.pick(home));
      return only(daily(stage, person, written, 9, [["create", "MedicationRequest"]]), [], ties);
    },
    plantLookAlike(stage) {
      const { hospital, person, random } = stage;
      const patient = hospital.people.patient(random.pick(colleaguesOf(stage, person)).patientRecord);
      const at = atWork(stage, person, stage.day);
      return only(
        opens(stage, person, patient, at, [
          ["read", "Condition"],
          ["create", "MedicationRequest"],
        ]),
      );
    },
  },
  RETOUCHED_RECORD: {
    title: "comes back by night to the record of a patient who complained, and writes in it",
    lookAlike: "adds to an old letter what a coder asked about",
    roles: ["physician"],
    dose: [1, 5],
    of: "nights",
    days: 6,
    snooping: false,
    plant(stage, dose) {
      const patient = stranger(stage);
      const nights = Array.from({ length: dose }, (_, i) => atNight(stage, within(stage.day + i)));
      return only(
        nights.flatMap((at) =>
          opens(stage, stage.person, patient, at, [
            ["read", "DocumentReference"],
            ["update", "DocumentReference"],
          ]),
        ),
        [],
        cover(stage, stage.person, patient, nights[0] ?? startOf(stage.day), 6),
      );
    },
    plantLookAlike(stage) {
      const at = atWork(stage, stage.person, stage.day);
      return only(
        opens(stage, stage.person, stranger(stage), at, [
          ["read", "DocumentReference"],
          ["update", "DocumentReference"],
        ]),
      );
    },
  },
  GLASS_AS_A_HABIT: {
    title: "declares emergencies that are none, with the first reason of the list",
    lookAlike: "many emergencies in one night",
    roles: ["physician", "nurse"],
    dose: [2, 14],
    of: "emergencies",
    days: 12,
    snooping: false,
    plant(stage, dose) {
      const times = spread(stage, stage.person, dose, 9);
      const patients = strangers(stage, stage.person, startOf(stage.day), dose);
      return together(
        ...patients.map((one, i) =>
          breaksGlass(stage, stage.person, one, times[i] ?? startOf(stage.day), "Urgent care"),
        ),
      );
    },
    plantLookAlike(stage, dose) {
      const from = atNight(stage, stage.day);
      const came = strangers(stage, stage.person, startOf(stage.day), Math.min(dose, 6));
      return together(
        ...came.map((one, i) => breaksGlass(stage, stage.person, one, from + i * 25 * MINUTE, "Urgent care")),
      );
    },
  },
  GLASS_AT_A_COLLEAGUE: {
    title: "declares an emergency to read a colleague's record",
    lookAlike: "a colleague collapses on duty",
    roles: ["physician", "nurse"],
    dose: [1, 4],
    of: "emergencies",
    days: 7,
    snooping: false,
    plant(stage, dose) {
      const victim = stage.hospital.people.patient(stage.random.pick(colleaguesOf(stage, stage.person)).patientRecord);
      return together(
        ...spread(stage, stage.person, dose, 5).map((at) =>
          breaksGlass(stage, stage.person, victim, at, "Patient unresponsive"),
        ),
      );
    },
    plantLookAlike(stage) {
      const { people } = stage.hospital;
      const patient = people.patient(stage.random.pick(colleaguesOf(stage, stage.person)).patientRecord);
      const at = atWork(stage, stage.person, stage.day);
      const helper = stage.random.pick(colleaguesOf(stage, stage.person));
      return together(
        breaksGlass(stage, stage.person, patient, at, "Patient unresponsive"),
        breaksGlass(stage, helper, patient, at + 4 * MINUTE, "Patient unresponsive"),
      );
    },
  },
};
