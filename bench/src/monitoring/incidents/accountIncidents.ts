import { DAY, HOUR, MINUTE, startOf, timeOf } from "../hospital/calendar.ts";
import { homeNetwork } from "../hospital/clients.ts";
import { staffDecision } from "../hospital/decisions.ts";
import type { Fact, GroundDecision, Staff } from "../hospital/types.ts";
import { inTurn, look, momentsAtWork, readOnly, someStaff, strange, stranger } from "./actors.ts";
import type { Incident, IncidentKind, Stage } from "./incident.ts";

const nothing: readonly Fact[] = [];

/** Patients of no concern to a person, each once, and a read of each. */
function sweep(
  stage: Stage,
  person: Staff,
  times: readonly number[],
  beside: Parameters<typeof staffDecision>[2] = {},
): GroundDecision[] {
  const seen = new Set<string>();
  return times.flatMap((at) => {
    let patient = stranger(stage, person, 3);
    while (seen.has(patient.id)) patient = stranger(stage, person, 3);
    seen.add(patient.id);
    return look(stage, { person, patient, at }, beside);
  });
}

type Kind = Extract<
  IncidentKind,
  "SELF_PRIVILEGE" | "COPIED_REASONS" | "OFF_HOURS_SWEEP" | "SHARED_ACCOUNT" | "LEAVER"
>;

/** What is done with the account of a person. */
export const ACCOUNT_INCIDENTS: Readonly<Record<Kind, Incident>> = {
  SELF_PRIVILEGE: {
    title: "An administrator gives themselves a role, and uses it at once",
    doses: [2, 8, 30],
    of: "patients",
    days: 1,
    snooping: true,
    plant(stage, amount) {
      const { hospital, random, label } = stage;
      const person = random.pick(hospital.people.staff.filter(({ role }) => role === "admin"));
      const self = { type: "user", id: person.id };
      const given = timeOf(stage.day, 9 + random.next() * 6);
      const acting: Staff = { ...person, role: "physician" };
      const decisions = inTurn(given + 4 * MINUTE, amount, 2 * MINUTE).flatMap((at) =>
        readOnly(stranger(stage, person, 1), acting, stage, 1).map((deed) =>
          staffDecision({ at, person: acting, label, random }, deed, { roles: ["admin", "physician"] }),
        ),
      );
      const facts: Fact[] = [
        { kind: "WIDENING", at: given, author: self, subject: self, clientId: null, gives: "physician" },
      ];
      return { facts, decisions };
    },
  },
  COPIED_REASONS: {
    title: "Somebody opens emergencies with the same words each time, and reads what they may not else",
    doses: [2, 4, 8],
    of: "emergencies",
    days: 5,
    snooping: false,
    plant(stage, amount) {
      const person = someStaff(stage, 5, ({ role }) => role === "physician" || role === "nurse");
      const facts: Fact[] = [];
      const decisions = momentsAtWork(stage, person, 5, amount).flatMap((at, i) => {
        const patient = stranger(stage, person, 5);
        facts.push({
          kind: "EMERGENCY",
          at: at - MINUTE,
          endsAt: at + HOUR,
          id: `emergency-${stage.day}-${person.id}-${i}`,
          subject: { type: "user", id: person.id },
          patient: patient.id,
          reason: "Patient unconscious, no consent possible",
        });
        return look(
          stage,
          { person, patient, at, count: 3 },
          { breakGlass: true, purposeOfUse: "BTG", reasons: ["ALLOWED_BY_RULE", "BREAK_GLASS"] },
        );
      });
      return { facts, decisions };
    },
  },
  OFF_HOURS_SWEEP: {
    title: "Somebody who works by day goes through records in the night",
    doses: [8, 25, 80],
    of: "patients",
    days: 1,
    snooping: true,
    plant(stage, amount) {
      const person = someStaff(stage, 3, ({ rota }) => rota !== "SHIFTS");
      return { facts: nothing, decisions: sweep(stage, person, inTurn(timeOf(stage.day, 26.2), amount, 70_000)) };
    },
  },
  SHARED_ACCOUNT: {
    title: "The account of a nurse is used at home by somebody else, while she is off",
    doses: [5, 20, 60],
    of: "patients",
    days: 4,
    snooping: true,
    plant(stage, amount) {
      const { roster } = stage.hospital;
      const free = (one: Staff): number =>
        [0, 1, 2, 3].findIndex(
          (i) => roster.shift(one, stage.day + i) === null && roster.shift(one, stage.day + i - 1) === null,
        );
      const person = someStaff(stage, 3, (one) => one.role === "nurse" && free(one) >= 0);
      const from = timeOf(stage.day + free(person), 12 + stage.random.next() * 6);
      const place = { ...homeNetwork(9000 + stage.random.below(400)), country: "NL" };
      return { facts: nothing, decisions: sweep(stage, person, inTurn(from, amount, 100_000), { place }) };
    },
  },
  LEAVER: {
    title: "Somebody who leaves takes the records of former patients along, in their last days at work",
    doses: [20, 80, 300],
    of: "patients",
    days: 4,
    snooping: true,
    plant(stage, amount) {
      const { people, plan } = stage.hospital;
      const person = someStaff(stage, 4, ({ role }) => role === "physician");
      const former = new Set(
        plan.ties
          .filter(
            ({ who, until }) => (who === person.unit || who === person.id) && until < startOf(stage.day) - 10 * DAY,
          )
          .map(({ patient }) => patient),
      );
      const own = stage.random
        .some([...former], amount * 2)
        .filter((patient) => patient !== plan.celebrity.patient && strange(stage, person, patient, 4))
        .slice(0, amount);
      const times = momentsAtWork(stage, person, 4, Math.max(1, Math.ceil(own.length / 10)));
      const decisions = own.flatMap((patient, i) =>
        look(stage, {
          person,
          patient: people.patient(patient),
          at: (times[Math.floor(i / 10)] ?? 0) + (i % 10) * 45_000,
        }),
      );
      return { facts: nothing, decisions };
    },
  },
};
