import type { NetworkPlace } from "../../../../src/domain/monitoring/watchedDecision.ts";
import { HOUR, MINUTE, timeOf } from "../hospital/calendar.ts";
import { BILLING, OLD_INTERFACE, PHARMACY, SCHEDULING, WEARABLE } from "../hospital/clients.ts";
import { type Deed, refused, systemDecision, tokenOf } from "../hospital/decisions.ts";
import type { Fact } from "../hospital/types.ts";
import { inTurn } from "./actors.ts";
import type { Incident, IncidentKind, Stage } from "./incident.ts";

const nothing: readonly Fact[] = [];
const ABROAD: NetworkPlace = { network: "233.252.0.0/24", autonomousSystem: 65536, country: "BR" };

/** Many records, one of each patient. */
const ofMany = (
  { hospital: { people }, random }: Stage,
  amount: number,
  action: string,
  resourceType: string,
): Deed[] => random.some(people.patients, amount).map((patient) => ({ action, resourceType, patient }));

type Kind = Extract<
  IncidentKind,
  "BULK_EXPORT" | "STOLEN_KEY" | "BROADER_TOKEN" | "DORMANT_CLIENT" | "PROBING" | "MISCONFIGURED_CLIENT" | "NEW_PURPOSE"
>;

/** What is done with a client. */
export const CLIENT_INCIDENTS: Readonly<Record<Kind, Incident>> = {
  BULK_EXPORT: {
    title: "A client reads far more patients than it ever did, within two hours of a working day",
    doses: [150, 500, 2000],
    of: "patients",
    days: 1,
    snooping: false,
    plant(stage, amount) {
      const { random, label } = stage;
      const from = timeOf(stage.day, 10 + random.next() * 4);
      const decisions = ofMany(stage, amount, "search", "Patient").map((deed) =>
        systemDecision({ at: from + random.below(2 * HOUR), client: SCHEDULING, label, random }, deed),
      );
      return { facts: nothing, decisions };
    },
  },
  STOLEN_KEY: {
    title: "The key of a client is used from a country where it never was",
    doses: [3, 20, 100],
    of: "accesses",
    days: 1,
    snooping: false,
    plant(stage, amount) {
      const { random, label } = stage;
      const times = inTurn(timeOf(stage.day, 9 + random.next() * 10), amount, random.between(20, 90) * 1000);
      const deeds = ofMany(stage, amount, "search", "MedicationRequest");
      const decisions = deeds.map((deed, i) =>
        systemDecision({ at: times[i] ?? 0, client: PHARMACY, label, random }, deed, { place: ABROAD }),
      );
      return { facts: nothing, decisions };
    },
  },
  BROADER_TOKEN: {
    title: "A client asks for a token with far broader scopes than ever, and uses it",
    doses: [1, 5, 25],
    of: "accesses, the broader the more",
    days: 1,
    snooping: false,
    plant(stage, amount) {
      const { random, label } = stage;
      const scopes = amount === 1 ? ["system/Condition.rs"] : amount === 5 ? ["system/*.rs"] : ["system/*.cruds"];
      const from = timeOf(stage.day, 8 + random.next() * 9);
      const uses = ofMany(stage, amount, "read", "Condition").map((deed, i) =>
        systemDecision({ at: from + (i + 1) * MINUTE, client: WEARABLE, label, random }, deed, {
          scopesAsked: scopes,
          scopesUsed: scopes,
        }),
      );
      return { facts: nothing, decisions: [...uses.slice(0, 1).map((first) => tokenOf(first, from, scopes)), ...uses] };
    },
  },
  DORMANT_CLIENT: {
    title: "A client that nobody used for eight weeks reads again",
    doses: [1, 10, 60],
    of: "accesses",
    days: 1,
    snooping: false,
    plant(stage, amount) {
      const { random, label } = stage;
      const from = timeOf(stage.day, 8 + random.next() * 10);
      const decisions = ofMany(stage, amount, "read", "Patient").map((deed, i) =>
        systemDecision({ at: from + i * 30_000, client: OLD_INTERFACE, label, random }, deed),
      );
      return { facts: nothing, decisions };
    },
  },
  PROBING: {
    title: "Denied on one target after another, until one is allowed",
    doses: [4, 12, 40],
    of: "denials",
    days: 1,
    snooping: false,
    plant(stage, amount) {
      const { random, label } = stage;
      const from = timeOf(stage.day, 8 + random.next() * 12);
      const types = ["Condition", "DocumentReference", "MedicationRequest", "Claim", "DiagnosticReport"];
      const at = (i: number): number => from + i * random.between(3, 20) * 1000;
      const tries = ofMany(stage, amount, "read", "Patient").map(({ patient }, i) =>
        refused(
          systemDecision(
            { at: at(i), client: SCHEDULING, label, random },
            { action: "read", resourceType: types[i % types.length] ?? "Condition", patient },
          ),
          "SCOPE_DOES_NOT_COVER",
        ),
      );
      const last = Math.max(...tries.map((one) => one.at));
      const success = ofMany(stage, 2, "search", "Patient").map((deed, i) =>
        systemDecision({ at: last + (i + 1) * 15_000, client: SCHEDULING, label, random }, deed),
      );
      return { facts: nothing, decisions: [...tries, ...success] };
    },
  },
  MISCONFIGURED_CLIENT: {
    title: "A client asks for the same thing again and again, and is denied: operations should hear of it",
    doses: [30, 200, 1000],
    of: "denials",
    days: 1,
    snooping: false,
    plant(stage, amount) {
      const { random, label } = stage;
      const [patient = null] = random.some(stage.hospital.people.patients, 1);
      const times = inTurn(timeOf(stage.day, 6 + random.next() * 8), amount, 20_000);
      const decisions = times.map((at) =>
        refused(
          systemDecision(
            { at, client: BILLING, label, random },
            { action: "read", resourceType: "ExplanationOfBenefit", patient },
            { resourceId: "statement-1" },
          ),
          "SCOPE_DOES_NOT_COVER",
        ),
      );
      return { facts: nothing, decisions };
    },
  },
  NEW_PURPOSE: {
    title: "A client says a purpose that it never said",
    doses: [2, 15, 80],
    of: "accesses",
    days: 1,
    snooping: false,
    plant(stage, amount) {
      const { random, label } = stage;
      const from = timeOf(stage.day, 9 + random.next() * 6);
      const decisions = ofMany(stage, amount, "read", "Encounter").map((deed, i) =>
        systemDecision({ at: from + i * 25_000, client: BILLING, label, random }, deed, { purposeOfUse: "HMARKT" }),
      );
      return { facts: nothing, decisions };
    },
  },
};
