import { DAY, startOf } from "../hospital/calendar.ts";
import type { Fact, Staff } from "../hospital/types.ts";
import { look, momentsAtWork, someStaff, strange, stranger } from "./actors.ts";
import type { Incident, IncidentKind, Stage } from "./incident.ts";

const nothing: readonly Fact[] = [];

/** One person looks at one patient, `amount` times over the days. */
function looks(
  stage: Stage,
  person: Staff,
  patientId: string,
  { days, amount }: { readonly days: number; readonly amount: number },
) {
  const patient = stage.hospital.people.patient(patientId);
  const times = momentsAtWork(stage, person, days, amount);
  return { facts: nothing, decisions: times.flatMap((at) => look(stage, { person, patient, at })) };
}

/** Somebody with a person of their own whom neither they nor their unit treats. */
function pair(
  stage: Stage,
  days: number,
  whom: (person: Staff) => readonly string[],
): { person: Staff; patient: string } {
  for (let n = 0; n < 2000; n++) {
    const person = someStaff(stage, days);
    const able = whom(person).filter((patient) => strange(stage, person, patient, days));
    if (able.length > 0) return { person, patient: stage.random.pick(able) };
  }
  throw new Error("there is nobody with such a person");
}

type Kind = Extract<IncidentKind, "FAMILY" | "NEIGHBOUR" | "COLLEAGUE" | "VIP" | "SLOW_READER" | "CELEBRITY">;

/** People who look at whom they know, or have heard of. */
export const SNOOPING: Readonly<Record<Kind, Incident>> = {
  FAMILY: {
    title: "Somebody looks at the record of a relative, at work",
    doses: [1, 3, 10],
    of: "looks",
    days: 7,
    snooping: true,
    plant(stage, amount) {
      const { person, patient } = pair(stage, 7, ({ relatives }) => relatives);
      return looks(stage, person, patient, { days: 7, amount });
    },
  },
  NEIGHBOUR: {
    title: "Somebody looks at the record of a neighbour, of whom the directory knows nothing",
    doses: [1, 4, 12],
    of: "looks",
    days: 7,
    snooping: true,
    plant(stage, amount) {
      const person = someStaff(stage, 7);
      return looks(stage, person, stranger(stage, person, 7).id, { days: 7, amount });
    },
  },
  COLLEAGUE: {
    title: "Somebody looks at the record of a colleague",
    doses: [1, 3, 10],
    of: "looks",
    days: 7,
    snooping: true,
    plant(stage, amount) {
      const { staffOf } = stage.hospital.people;
      const { person, patient } = pair(stage, 7, (one) =>
        (staffOf.get(one.unit) ?? []).filter(({ id }) => id !== one.id).map(({ patientRecord }) => patientRecord),
      );
      return looks(stage, person, patient, { days: 7, amount });
    },
  },
  VIP: {
    title: "Somebody looks at the record of a well-known patient",
    doses: [1, 4, 12],
    of: "looks",
    days: 5,
    snooping: true,
    plant(stage, amount) {
      const person = someStaff(stage, 5);
      const vips = stage.hospital.people.patients.filter(({ vip }) => vip);
      return looks(stage, person, stranger(stage, person, 5, vips).id, { days: 5, amount });
    },
  },
  SLOW_READER: {
    title: "Somebody follows a former partner, one look every other day, for weeks",
    doses: [5, 8, 12],
    of: "looks",
    days: 24,
    snooping: true,
    plant(stage, amount) {
      const days = amount * 2;
      const person = someStaff(stage, days);
      return looks(stage, person, stranger(stage, person, days).id, { days, amount });
    },
  },
  CELEBRITY: {
    title: "Many look at a well-known patient who was admitted, beside those who treat them",
    doses: [5, 15, 40],
    of: "viewers",
    days: 4,
    snooping: true,
    plant(stage, amount) {
      const { people, plan } = stage.hospital;
      const { patient: id, from } = plan.celebrity;
      const patient = people.patient(id);
      // It gets about some hours after.
      const admitted = { ...stage, day: Math.floor((from - startOf(0)) / DAY) };
      const viewers = new Set<Staff>();
      for (let n = 0; viewers.size < amount && n < 5000; n++) {
        const person = someStaff(admitted, 4);
        if (strange(admitted, person, id, 4)) viewers.add(person);
      }
      const decisions = [...viewers].flatMap((person) =>
        momentsAtWork(admitted, person, 4, 1)
          .filter((at) => at > from)
          .flatMap((at) => look(stage, { person, patient, at, count: stage.random.between(1, 3) })),
      );
      return { facts: nothing, decisions };
    },
  },
};
