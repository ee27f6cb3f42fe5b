import { DAYS, SCORED_FROM } from "../hospital/calendar.ts";
import type { Hospital } from "../hospital/rightful.ts";
import type { Random } from "../random.ts";
import { ACCOUNT_INCIDENTS } from "./accountIncidents.ts";
import { CLIENT_INCIDENTS } from "./clientIncidents.ts";
import { HARMLESS_CLIENTS } from "./harmlessClients.ts";
import { HARMLESS_PEOPLE } from "./harmlessPeople.ts";
import {
  DOSES,
  type Dose,
  type Harmless,
  type HarmlessKind,
  type Incident,
  type IncidentKind,
  type PlantedStory,
} from "./incident.ts";
import { SNOOPING } from "./snooping.ts";

export const INCIDENTS: Readonly<Record<IncidentKind, Incident>> = {
  ...SNOOPING,
  ...CLIENT_INCIDENTS,
  ...ACCOUNT_INCIDENTS,
};
export const HARMLESS: Readonly<Record<HarmlessKind, Harmless>> = { ...HARMLESS_PEOPLE, ...HARMLESS_CLIENTS };

/** What takes several units, or people who work in shifts. */
const OF_A_HOSPITAL: ReadonlySet<IncidentKind | HarmlessKind> = new Set([
  "CELEBRITY",
  "SHARED_ACCOUNT",
  "NIGHT_SHIFT",
  "NEW_UNIT",
  "FLU_WEEK",
  "TRANSFERRED_PATIENT",
  "ON_CALL_FLOAT",
  "AUDIT_DAY",
  "DISASTER_DRILL",
  "MERGED_CLINICS",
  "HOLIDAY_COVER",
]);

export const INCIDENT_KINDS = Object.keys(INCIDENTS) as readonly IncidentKind[];
export const HARMLESS_KINDS = Object.keys(HARMLESS) as readonly HarmlessKind[];

/** Sunday evening is left for what runs past midnight. */
const LAST_DAY = DAYS - 2;

/** A day of the scored weeks from which something of so many days fits; a working day where it takes only one. */
function dayFor(days: number, random: Random): number {
  for (;;) {
    const day = random.between(SCORED_FROM, LAST_DAY - days);
    if (days > 1 || day % 7 < 5) return day;
  }
}

export interface PlantIncident {
  readonly id: string;
  readonly kind: IncidentKind;
  readonly dose: Dose;
  /** Null: any on which it fits. */
  readonly day: number | null;
}

export function plantIncident(
  hospital: Hospital,
  random: Random,
  { id, kind, dose, day }: PlantIncident,
): PlantedStory {
  const incident = INCIDENTS[kind];
  const amount = incident.doses[DOSES.indexOf(dose)] ?? incident.doses[0];
  const stage = {
    hospital,
    random,
    day: day ?? dayFor(incident.days, random),
    label: { kind: "INCIDENT", id },
  } as const;
  return { story: { id, bad: true, kind, dose, snooping: incident.snooping }, ...incident.plant(stage, amount) };
}

export function plantHarmless(hospital: Hospital, random: Random, id: string, kind: HarmlessKind): PlantedStory {
  const harmless = HARMLESS[kind];
  const stage = { hospital, random, day: dayFor(harmless.days, random), label: { kind: "HARMLESS", id } } as const;
  return { story: { id, bad: false, kind, dose: null, snooping: false }, ...harmless.plant(stage) };
}

/** What the n-th hospital has of its own: every kind of incident once that it may have, in a dose that goes round, and all that is harmless. */
export function standardStories(hospital: Hospital, seed: number, random: Random): PlantedStory[] {
  const happensHere = (kind: IncidentKind | HarmlessKind): boolean =>
    hospital.people.wards.length > 0 || !OF_A_HOSPITAL.has(kind);
  return [
    ...HARMLESS_KINDS.filter(happensHere).map((kind) => plantHarmless(hospital, random.fork(kind), kind, kind)),
    ...INCIDENT_KINDS.flatMap((kind, i) => {
      const dose = DOSES[(seed + i) % DOSES.length] ?? "SMALL";
      return happensHere(kind) ? [plantIncident(hospital, random.fork(kind), { id: kind, kind, dose, day: null })] : [];
    }),
  ];
}
