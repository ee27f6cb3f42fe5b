import type { Spoken, Watch } from "../../../src/domain/monitoring/engines/watch.ts";
import type { WatchedDecision, WatchedPatient } from "../../../src/domain/monitoring/watchedDecision.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** A Monday. */
export const START = Date.parse("2026-06-01T00:00:00Z");

/** A patient in the care of another unit, whom nothing explains. */
export const patient = (id: string, more: Partial<WatchedPatient> = {}): WatchedPatient => ({
  ...{ id, explanation: null, relation: null, vip: false, seenByUnit: false, underCare: true },
  ...more,
});
export const treated = (id: string, more: Partial<WatchedPatient> = {}): WatchedPatient =>
  patient(id, { explanation: { kind: "CARE_TEAM", reference: null, since: 0 }, seenByUnit: true, ...more });

let made = 0;
/** A nurse reads an observation by the EHR. */
export function decision(at: number, more: Partial<WatchedDecision> = {}): WatchedDecision {
  made++;
  return {
    ...{ id: `d${made}`, position: made, at, kind: "ACCESS", outcome: "ALLOW", reasons: ["ALLOWED_BY_RULE"] },
    ...{
      callerId: "gateway",
      clientId: "ehr",
      subject: { type: "user", id: "nina" },
      roles: ["nurse"],
      unit: "ward-1",
    },
    ...{ scopesAsked: ["user/Observation.rs"], scopesUsed: ["user/Observation.rs"], action: "read" },
    ...{ resourceType: "Observation", resourceId: null, labels: [], patients: [], purposeOfUse: "TREAT" },
    ...{
      organization: "general",
      place: { network: "192.0.2.0/24", autonomousSystem: 1, country: "NL" },
      breakGlass: false,
    },
    ...more,
  };
}

/** A client for itself. */
export const ofClient = (at: number, more: Partial<WatchedDecision> = {}): WatchedDecision =>
  decision(at, {
    ...{ clientId: "lab", subject: null, roles: ["system"], unit: null, scopesAsked: ["system/Observation.c"] },
    ...{ scopesUsed: ["system/Observation.c"], action: "create" },
    ...more,
  });

/** Whoever works on a ward: by day, each with five patients of the ward. */
export interface Ward {
  readonly people: number;
  readonly days: number;
  readonly from?: number;
}

/** Ordinary days: each person sees five patients of the ward, and every tenth somebody whom nothing explains. */
export function* ordinary({ days, from = START, people }: Ward): Generator<WatchedDecision> {
  for (let day = 0; day < days; day++)
    for (let hour = 8; hour < 13; hour++)
      for (let who = 0; who < people; who++) {
        const at = from + day * DAY + hour * HOUR + who * 1000;
        const odd = (day * people + who) % 10 === 0 && hour === 10;
        const whom = odd ? patient(`x${day}-${who}`) : treated(`p${(day * 7 + hour + (who % 4)) % 60}`);
        yield decision(at, { subject: { type: "user", id: `n${who}` }, unit: `ward-${who % 4}`, patients: [whom] });
      }
}

export function feed(watch: Watch, decisions: Iterable<WatchedDecision>): Spoken[] {
  const spoken: Spoken[] = [];
  for (const each of decisions) spoken.push(...watch.take(each));
  return spoken;
}
