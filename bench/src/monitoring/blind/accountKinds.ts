import { HOUR, MINUTE, startOf, timeOf } from "../hospital/calendar.ts";
import { homeNetwork } from "../hospital/clients.ts";
import { refused } from "../hospital/decisions.ts";
import {
  atNight,
  atWork,
  type BlindKind,
  type BlindStage,
  colleaguesOf,
  daily,
  goesThrough,
  only,
  opens,
  ownPatients,
  someOf,
  strangers,
  together,
  victims,
  within,
} from "./stage.ts";

const ANYBODY = ["nurse", "physician", "therapist", "technician", "clerk", "coder"] as const;
const homeOf = ({ person }: BlindStage) => homeNetwork(Number(person.patientRecord.slice(8)));
const ABROAD = { network: "100.127.7.0/24", autonomousSystem: 64510, country: "MD" } as const;
const CONFERENCE = { network: "100.127.9.0/24", autonomousSystem: 64511, country: "AT" } as const;
const away = (
  { hospital: { roster } }: BlindStage,
  person: BlindStage["person"],
  from: number,
  until: number,
): void => {
  for (let day = Math.max(0, from); day < until; day++) roster.excuse(person, day);
};
const widening = (at: number, author: string, subject: string, gives: string) =>
  ({
    kind: "WIDENING",
    at,
    author: { type: "user", id: author },
    subject: { type: "user", id: subject },
    clientId: null,
    gives,
  }) as const;

/** Accounts that are used by somebody else, for longer or for more than they were given for. */
export const ACCOUNTS: Readonly<Record<string, BlindKind>> = {
  LENT_LOGIN: {
    title: "a student works with a lent login while its owner works too",
    lookAlike: "an owner works extra shifts on days off",
    roles: ["nurse", "physician", "therapist"],
    dose: [1, 6],
    of: "days",
    days: 8,
    snooping: false,
    plant(stage, dose) {
      const { person } = stage;
      const other = stage.random.pick(
        someOf(stage, [person.role], 5)
          .filter(({ unit }) => unit !== person.unit)
          .concat(person),
      );
      return together(
        ...Array.from({ length: dose }, (_, i) => within(stage.day + i)).map((day) => {
          const patients = ownPatients(stage, stage.covered ? person : other, day, 8);
          return only(goesThrough(stage, person, patients, timeOf(day, 9.5), 300));
        }),
      );
    },
    plantLookAlike: (stage, dose) =>
      together(
        ...Array.from({ length: dose }, (_, i) => within(stage.day + i)).map((day) =>
          only(goesThrough(stage, stage.person, ownPatients(stage, stage.person, day, 7), timeOf(day, 15.5), 330)),
        ),
      ),
  },
  DISMISSED: {
    title: "one who was dismissed signs in once more from home, and reads",
    lookAlike: "one comes back from leave, and reads in from home",
    roles: [...ANYBODY],
    dose: [3, 60],
    of: "patients",
    days: 1,
    snooping: false,
    plant(stage, dose) {
      away(stage, stage.person, stage.day - 8, stage.day + 30);
      const at = timeOf(stage.day, 12 + stage.random.next() * 9);
      return only(goesThrough(stage, stage.person, victims(stage, dose), at, 60, undefined, { place: homeOf(stage) }));
    },
    plantLookAlike(stage, dose) {
      away(stage, stage.person, stage.day - 14, stage.day);
      const own = ownPatients(stage, stage.person, stage.day, Math.min(dose, 10));
      return only(
        goesThrough(stage, stage.person, own, timeOf(stage.day, 6.4), 30, undefined, { place: homeOf(stage) }),
      );
    },
  },
  USED_BY_ANOTHER_OFFICE: {
    title: "the account of one who left goes on being used every day in another office, a little",
    lookAlike: "one of an agency comes back after a month and works where there is need",
    roles: [...ANYBODY],
    dose: [2, 14],
    of: "patients a day",
    days: 11,
    snooping: false,
    plant(stage, dose) {
      away(stage, stage.person, stage.day - 21, stage.day + 30);
      return together(
        ...Array.from({ length: 8 }, (_, i) => within(stage.day + i)).map((day) => {
          const patients = stage.covered
            ? ownPatients(stage, stage.person, day, dose)
            : strangers(stage, stage.person, startOf(day), dose);
          return only(goesThrough(stage, stage.person, patients, timeOf(day, 9 + stage.random.next() * 3), 200));
        }),
      );
    },
    plantLookAlike(stage, dose) {
      away(stage, stage.person, stage.day - 30, stage.day);
      const [elsewhere = stage.person] = someOf(stage, [stage.person.role], 1);
      return together(
        ...Array.from({ length: 3 }, (_, i) => within(stage.day + i)).map((day) =>
          only(goesThrough(stage, stage.person, ownPatients(stage, elsewhere, day, dose), timeOf(day, 8.5), 300)),
        ),
      );
    },
  },
  STOLEN_SESSION: {
    title: "a stolen session goes from patient to patient by night, from another country",
    lookAlike: "one reads own patients from a congress abroad",
    roles: [...ANYBODY],
    dose: [3, 90],
    of: "patients",
    days: 1,
    snooping: false,
    plant: (stage, dose) =>
      only(
        goesThrough(stage, stage.person, victims(stage, dose), timeOf(stage.day, 1.2), 35, undefined, {
          place: ABROAD,
        }),
      ),
    plantLookAlike(stage) {
      const own = ownPatients(stage, stage.person, stage.day, 5);
      return only(goesThrough(stage, stage.person, own, timeOf(stage.day, 19.5), 40, undefined, { place: CONFERENCE }));
    },
  },
  TRIES_DOORS: {
    title: "tries what the role does not allow, one sort of data after another",
    lookAlike: "after a change of duties the screens ask for what the role does not have yet",
    roles: [...ANYBODY],
    dose: [4, 30],
    of: "refusals",
    days: 2,
    snooping: false,
    plant(stage, dose) {
      const { person, random } = stage;
      const patients = stage.covered
        ? ownPatients(stage, person, stage.day, dose)
        : strangers(stage, person, startOf(stage.day), dose);
      const types = ["DiagnosticReport", "Condition", "Claim", "DocumentReference", "Consent", "MedicationRequest"];
      const at = atNight(stage, stage.day);
      return only(
        Array.from({ length: dose }, (_, i) => patients[i % Math.max(1, patients.length)]).flatMap((patient, i) =>
          patient === undefined
            ? []
            : opens(stage, person, patient, at + i * 40_000, [["read", types[i % types.length] ?? "Claim"]]).map(
                (one) => (random.chance(0.9) ? refused(one, "NO_MATCHING_RULE") : one),
              ),
        ),
      );
    },
    plantLookAlike(stage, dose) {
      const own = ownPatients(stage, stage.person, stage.day, Math.min(dose, 10));
      const asked = goesThrough(stage, stage.person, own, atWork(stage, stage.person, stage.day), 90, [
        ["read", "Coverage"],
      ]);
      return only(asked.map((one) => refused(one, "NO_MATCHING_RULE")));
    },
  },
  GIVES_A_FRIEND_MORE: {
    title: "an administrator gives the own account a clinical role, and reads with it",
    lookAlike: "an administrator gives somebody a role by order, who works with it",
    roles: ["admin"],
    dose: [1, 20],
    of: "patients",
    days: 3,
    snooping: false,
    plant(stage, dose) {
      const { person } = stage;
      const at = atWork(stage, person, stage.day);
      const patients = strangers(stage, person, at, dose);
      const read = goesThrough(stage, person, patients, at + 30 * MINUTE, 60, [["read", "Observation"]], {
        roles: [person.role, "physician"],
        scopesAsked: ["user/Observation.rs"],
      });
      return only(read, [widening(at, person.id, person.id, "physician")]);
    },
    plantLookAlike(stage) {
      const { person } = stage;
      const [given = person] = someOf(stage, ["nurse"], 1);
      const at = atWork(stage, person, stage.day);
      const own = ownPatients(stage, given, stage.day, 5);
      return only(goesThrough(stage, given, own, at + HOUR, 90), [widening(at, person.id, given.id, "charge-nurse")]);
    },
  },
  FROM_HOME_AT_NIGHT: {
    title: "reads from home at night, what is nobody's work at that hour",
    lookAlike: "prepares the next day's patients from home in the evening",
    roles: ["nurse", "clerk", "physician", "technician"],
    dose: [2, 16],
    of: "patients over some nights",
    days: 8,
    snooping: false,
    plant(stage, dose) {
      const patients = victims(stage, dose);
      return only(
        patients.flatMap((one, i) =>
          opens(stage, stage.person, one, timeOf(within(stage.day + (i % 5)), 1 + stage.random.next() * 3), undefined, {
            place: homeOf(stage),
          }),
        ),
      );
    },
    plantLookAlike(stage, dose) {
      const own = ownPatients(stage, stage.person, stage.day + 1, Math.min(dose, 8));
      return only(
        goesThrough(stage, stage.person, own, timeOf(stage.day, 20), 45, undefined, { place: homeOf(stage) }),
      );
    },
  },
  LEAVES_WITH_A_LIST: {
    title: "goes through the clinic's patients in the last days before leaving for another practice",
    lookAlike: "hands own patients over to a successor in the last days",
    roles: ["physician", "therapist", "nurse"],
    dose: [8, 70],
    of: "patients over three days",
    days: 4,
    snooping: false,
    plant(stage, dose) {
      const { hospital, person, random } = stage;
      const past = Array.from({ length: 40 }, (_, i) => stage.day - i).flatMap((day) => [
        ...hospital.plan.workOf(person.unit, day),
      ]);
      const list = random.some([...new Set(past)], dose).map(hospital.people.patient);
      away(stage, person, stage.day + 4, stage.day + 40);
      return only(daily(stage, person, list, 3, [["read", "Patient"]]));
    },
    plantLookAlike(stage, dose) {
      const [successor = stage.person] = colleaguesOf(stage, stage.person);
      const own = ownPatients(stage, stage.person, stage.day, Math.min(dose, 25));
      away(stage, stage.person, stage.day + 4, stage.day + 40);
      return together(
        only(goesThrough(stage, stage.person, own, atWork(stage, stage.person, stage.day), 90)),
        only(goesThrough(stage, successor, own, atWork(stage, successor, within(stage.day + 1)), 90)),
      );
    },
  },
};
