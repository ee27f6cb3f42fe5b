import { DAY, MINUTE, SECOND, startOf, timeOf } from "../hospital/calendar.ts";
import {
  BILLING,
  homeNetwork,
  LAB_SYSTEM,
  PHARMACY,
  SCHEDULING,
  type SystemClient,
  WAREHOUSE,
} from "../hospital/clients.ts";
import { type Deed, patientDecision, refused, systemDecision } from "../hospital/decisions.ts";
import type { GroundDecision, Patient } from "../hospital/types.ts";
import { type BlindKind, type BlindStage, only, within } from "./stage.ts";

type Beside = NonNullable<Parameters<typeof systemDecision>[2]>;
const ELSEWHERE = { network: "100.127.21.0/24", autonomousSystem: 64508, country: "SG" } as const;
const SECOND_CENTRE = { network: "203.0.114.0/24", autonomousSystem: 64497, country: "NL" } as const;

const any = ({ hospital: { people }, random }: BlindStage, count: number): Patient[] =>
  random.some(people.patients, count);

/** A client goes through patients from a moment on. */
function asks(
  { label, random }: BlindStage,
  client: SystemClient,
  patients: readonly Patient[],
  [action, resourceType]: readonly [string, string],
  from: number,
  minutes: number,
  beside: Beside = {},
): GroundDecision[] {
  const step = (minutes * MINUTE) / Math.max(1, patients.length);
  return patients.map((patient, i) => {
    const deed: Deed = { action, resourceType, patient };
    return systemDecision({ at: from + Math.round(i * step), client, label, random }, deed, beside);
  });
}
const nights = (stage: BlindStage, count: number): number[] =>
  Array.from({ length: count }, (_, i) => timeOf(within(stage.day + i), 2.8 + stage.random.next()));

const newClient = (id: string, scope: string): SystemClient => ({
  id,
  callerId: `key-${id}`,
  scopes: [scope],
  purpose: "TREAT",
  place: { network: "203.0.113.0/24", autonomousSystem: 64497, country: "NL" },
});
/** So many accounts of patients at one network, one after another. */
function accounts(stage: BlindStage, count: number, minutes: number, line: number): GroundDecision[] {
  const place = homeNetwork(line);
  return any(stage, count).map((self, i) =>
    patientDecision(
      {
        at: timeOf(stage.day, 11) + Math.round((i * minutes * MINUTE) / count),
        self,
        place,
        label: stage.label,
        random: stage.random,
      },
      { action: "read", resourceType: "Observation", patient: self },
    ),
  );
}

const client = { roles: null, snooping: false } as const;

/** Keys, apps and interfaces that do what they are not there for. */
export const CLIENTS: Readonly<Record<string, BlindKind>> = {
  SLOW_LEAK: {
    ...client,
    title: "a supplier's key takes a few more patients each night than its work needs",
    lookAlike: "a client takes again what a failed night left out",
    dose: [8, 150],
    of: "patients a night",
    days: 9,
    plant: (stage, dose) =>
      only(nights(stage, 8).flatMap((at) => asks(stage, BILLING, any(stage, dose), ["read", "Encounter"], at, 40))),
    plantLookAlike: (stage, dose) =>
      only(asks(stage, BILLING, any(stage, dose * 2), ["read", "Encounter"], timeOf(stage.day, 4), 40)),
  },
  KEY_ABROAD: {
    ...client,
    title: "a client's key is used from another country",
    lookAlike: "a client fails over to the second data centre",
    dose: [1, 150],
    of: "patients",
    days: 1,
    plant: (stage, dose) =>
      only(
        asks(stage, PHARMACY, any(stage, dose), ["search", "MedicationRequest"], timeOf(stage.day, 10), 50, {
          place: ELSEWHERE,
        }),
      ),
    plantLookAlike: (stage, dose) =>
      only(
        asks(
          stage,
          PHARMACY,
          any(stage, Math.max(dose, 40)),
          ["search", "MedicationRequest"],
          timeOf(stage.day, 9),
          240,
          {
            place: SECOND_CENTRE,
          },
        ),
      ),
  },
  APP_SEES_OTHERS: {
    ...client,
    title: "an app that is signed in for one patient reads others by counting their numbers up",
    lookAlike: "a mother reads her children's results before the directory knows that she may",
    dose: [2, 60],
    of: "other patients",
    days: 1,
    plant(stage, dose) {
      const { hospital, random, label } = stage;
      const self = random.pick(hospital.people.patients);
      const from = random.below(8000);
      const others = hospital.people.patients.slice(from, from + dose);
      const place = homeNetwork(Number(self.id.slice(8)));
      return only(
        others.map((patient, i) => {
          const at = timeOf(stage.day, 22) + i * 5 * SECOND;
          const asked = patientDecision(
            { at, self, place, label, random },
            { action: "read", resourceType: "Observation", patient },
          );
          return random.chance(0.3) ? refused(asked, "NO_MATCHING_RULE") : asked;
        }),
      );
    },
    plantLookAlike(stage) {
      const { hospital, random, label } = stage;
      const self = random.pick(hospital.people.patients.filter(({ represents }) => represents.length > 0));
      const place = homeNetwork(Number(self.id.slice(8)));
      const children = self.represents.map(hospital.people.patient);
      return only(
        children.map((patient, i) =>
          refused(
            patientDecision(
              { at: timeOf(stage.day, 19) + i * MINUTE, self, place, label, random },
              { action: "read", resourceType: "Observation", patient },
            ),
            "NO_MATCHING_RULE",
          ),
        ),
      );
    },
  },
  STUFFED_LOGINS: {
    ...client,
    title: "one network signs in to one patient's account after another",
    lookAlike: "a waiting room's patients use its wireless network",
    dose: [5, 60],
    of: "accounts within the hour",
    days: 1,
    plant: (stage, dose) => only(accounts(stage, dose, 55, 16_100 + stage.random.below(400))),
    plantLookAlike: (stage, dose) => only(accounts(stage, Math.min(dose, 20), 420, 16_600)),
  },
  MORE_THAN_AGREED: {
    ...client,
    title: "a client asks for all data where it had asked for one sort",
    lookAlike: "a release asks for one more sort of data, as announced",
    dose: [1, 60],
    of: "patients",
    days: 2,
    plant: (stage, dose) =>
      only(
        asks(stage, SCHEDULING, any(stage, dose), ["read", "Observation"], timeOf(stage.day, 11), 90, {
          scopesAsked: ["system/Appointment.crus", "system/*.rs"],
        }),
      ),
    plantLookAlike: (stage, dose) =>
      only(
        asks(stage, SCHEDULING, any(stage, dose), ["read", "Encounter"], timeOf(stage.day, 9), 400, {
          scopesAsked: [...SCHEDULING.scopes, "system/Encounter.rs"],
        }),
      ),
  },
  FOR_MARKETING: {
    ...client,
    title: "a client reads for marketing what it reads for something else",
    lookAlike: "a client reads for a quality report, once in the month",
    dose: [1, 60],
    of: "patients",
    days: 1,
    plant: (stage, dose) =>
      only(
        asks(stage, BILLING, any(stage, dose), ["read", "Encounter"], timeOf(stage.day, 1.6), 60, {
          purposeOfUse: "HMARKT",
        }),
      ),
    plantLookAlike: (stage, dose) =>
      only(
        asks(stage, BILLING, any(stage, dose), ["read", "Encounter"], timeOf(stage.day, 1.6), 60, {
          purposeOfUse: "HOPERAT",
        }),
      ),
  },
  READER_WRITES: {
    ...client,
    title: "a client that only read deletes",
    lookAlike: "an interface corrects results that it sent with a mistake",
    dose: [1, 25],
    of: "deletions",
    days: 1,
    plant: (stage, dose) =>
      only(
        asks(stage, WAREHOUSE, any(stage, dose), ["delete", "Observation"], timeOf(stage.day, 3.4), 30, {
          scopesAsked: ["system/Observation.d"],
        }),
      ),
    plantLookAlike: (stage, dose) =>
      only(
        asks(stage, LAB_SYSTEM, any(stage, dose), ["update", "Observation"], timeOf(stage.day, 14), 60, {
          scopesAsked: ["system/Observation.cu"],
        }),
      ),
  },
  EXPORT_BY_DAY: {
    ...client,
    title: "the research warehouse exports on a day on which it never runs",
    lookAlike: "the warehouse's Sunday run failed, and is run on Monday night",
    dose: [40, 900],
    of: "patients",
    days: 1,
    plant: (stage, dose) =>
      only(asks(stage, WAREHOUSE, any(stage, dose), ["search", "Condition"], timeOf(stage.day, 20), 120)),
    plantLookAlike: (stage) =>
      only(asks(stage, WAREHOUSE, any(stage, 280), ["search", "Condition"], timeOf(stage.day, 3), 110)),
  },
  TEST_WITH_REAL_PATIENTS: {
    ...client,
    title: "a supplier tests a client that nobody announced on real patients",
    lookAlike: "a client that was announced begins its work",
    dose: [6, 150],
    of: "patients",
    days: 2,
    plant: (stage, dose) =>
      only(
        asks(
          stage,
          newClient("trial-connector", "system/*.rs"),
          any(stage, dose),
          ["read", "Observation"],
          timeOf(stage.day, 13),
          200,
        ),
      ),
    plantLookAlike: (stage, dose) =>
      only(
        Array.from({ length: 3 }, (_, i) => startOf(within(stage.day + i)) + DAY / 3).flatMap((at) =>
          asks(
            stage,
            newClient("vaccination-register", "system/Observation.r"),
            any(stage, dose),
            ["read", "Observation"],
            at,
            500,
          ),
        ),
      ),
  },
  FLOOD_OF_REFUSALS: {
    ...client,
    title: "a key asks for one patient after another whom it may not have, until it gets some",
    lookAlike: "a release asks wrongly, and is refused until it is put right",
    dose: [5, 80],
    of: "refusals",
    days: 1,
    plant: (stage, dose) =>
      only([
        ...asks(stage, SCHEDULING, any(stage, dose), ["read", "Observation"], timeOf(stage.day, 16), 30).map((one) =>
          refused(one, "NO_MATCHING_RULE"),
        ),
        ...asks(stage, SCHEDULING, any(stage, 4), ["read", "Patient"], timeOf(stage.day, 16.6), 5),
      ]),
    plantLookAlike: (stage, dose) =>
      only(
        asks(stage, SCHEDULING, any(stage, dose), ["create", "Appointment"], timeOf(stage.day, 9), 30).map((one) =>
          refused(one, "NO_MATCHING_RULE"),
        ),
      ),
  },
};
