import { timeOf } from "../hospital/calendar.ts";
import { BILLING, CLINICS_NETWORK, homeNetwork, TELEHEALTH } from "../hospital/clients.ts";
import { patientDecision, staffDecision, systemDecision, tokenOf } from "../hospital/decisions.ts";
import { tiesBetween } from "../hospital/plan.ts";
import { CODING, EMERGENCY } from "../hospital/population.ts";
import { deedsOn, pause } from "../hospital/work.ts";
import { momentsAtWork } from "./actors.ts";
import type { Harmless, HarmlessKind } from "./incident.ts";

type Kind = Extract<HarmlessKind, "BATCH_JOB" | "FLU_WEEK" | "NEW_CLIENT" | "PORTAL_LAUNCH">;

/** What clients and crowds do that is unusual, and in order. */
export const HARMLESS_CLIENTS: Readonly<Record<Kind, Harmless>> = {
  BATCH_JOB: {
    title: "At the end of a quarter the billing batch has five times as much to do, in its usual hours",
    days: 1,
    plant({ hospital: { people, plan }, random, label, day }) {
      const bills = [...plan.workOf(CODING, day), ...random.some(people.patients, 700).map(({ id }) => id)];
      const decisions = bills.flatMap((id) =>
        (["read", "create"] as const).map((action) =>
          systemDecision(
            { at: timeOf(day, 1.5 + random.next() * 1.4), client: BILLING, label, random },
            { action, resourceType: action === "read" ? "Encounter" : "Claim", patient: people.patient(id) },
          ),
        ),
      );
      return { facts: [], decisions };
    },
  },
  FLU_WEEK: {
    title: "The emergency unit has twice as much to do for a week",
    days: 7,
    plant(stage) {
      const { hospital, random, label, day } = stage;
      const staff = (hospital.people.staffOf.get(EMERGENCY) ?? []).filter(({ role }) => role !== "clerk");
      const decisions = staff.flatMap((person) => {
        const works = Array.from({ length: 7 }, (_, i) => hospital.roster.shift(person, day + i)).some(
          (shift) => shift !== null,
        );
        return (works ? momentsAtWork(stage, person, 7, 40) : []).flatMap((at) => {
          const here = hospital.plan.workOf(EMERGENCY, Math.floor((at - timeOf(0, 0)) / (24 * 3_600_000)));
          const now = here.filter(
            (id) => tiesBetween(hospital.plan.tiesOf(id), { id: person.id, unit: EMERGENCY }, at) !== undefined,
          );
          if (now.length === 0) return [];
          let then = at;
          return deedsOn(hospital.people.patient(random.pick(now)), person, random).map((deed) => {
            const made = staffDecision({ at: then, person, label, random }, deed);
            then += pause(random);
            return made;
          });
        });
      });
      return { facts: [], decisions };
    },
  },
  NEW_CLIENT: {
    title: "A client for telehealth is rolled out: more use every day",
    days: 8,
    plant(stage) {
      const { hospital, random, label, day } = stage;
      const decisions = hospital.people.clinics.flatMap((clinic, i) =>
        (hospital.people.staffOf.get(clinic) ?? [])
          .filter(({ role }) => role === "physician")
          .flatMap((person) =>
            Array.from({ length: 8 }, (_, n) => n).flatMap((n) => {
              const shift = hospital.roster.shift(person, day + n);
              if (shift === null) return [];
              const visits = hospital.plan.workOf(clinic, day + n);
              return random.some(visits, n + (i % 2)).flatMap((id, k) => {
                const at = timeOf(day + n, shift.from + 0.4 + k * 0.7);
                const made = staffDecision(
                  { at, person, label, random },
                  {
                    action: "read",
                    resourceType: random.pick(["Patient", "Observation", "Appointment"]),
                    patient: hospital.people.patient(id),
                  },
                  {
                    clientId: TELEHEALTH.id,
                    callerId: TELEHEALTH.callerId,
                    scopesAsked: TELEHEALTH.scopes,
                    place: CLINICS_NETWORK,
                  },
                );
                return k === 0 ? [tokenOf(made, at - 1000), made] : [made];
              });
            }),
          ),
      );
      return { facts: [], decisions };
    },
  },
  PORTAL_LAUNCH: {
    title: "The portal is advertised: for a week four times as many patients come, from everywhere",
    days: 7,
    plant({ hospital: { people }, random, label, day }) {
      const decisions = Array.from({ length: 7 * 280 }, () => {
        const self = random.pick(people.patients);
        const at = timeOf(day + random.below(7), 7 + random.next() * 16.5);
        const place = homeNetwork(random.below(16_000));
        const resourceType = random.pick(["Observation", "Appointment", "DocumentReference"]);
        const made = patientDecision(
          { at, self, place, label, random },
          { action: "read", resourceType, patient: self },
        );
        return [tokenOf(made, at - 1000), made];
      }).flat();
      return { facts: [], decisions };
    },
  },
};
