import type { Random } from "../random.ts";
import type { Deed } from "./decisions.ts";
import type { Patient, Staff, StaffRole } from "./types.ts";

interface Way {
  /** Patients looked after in one shift, on average. */
  readonly sessions: number;
  /** What is opened, more often what stands more often. */
  readonly deeds: readonly (readonly [action: string, resourceType: string])[];
  /** Of one patient at once, at most. */
  readonly most: number;
}

/** How each role works. */
const WAYS: Readonly<Record<StaffRole, Way>> = {
  nurse: {
    sessions: 5.5,
    most: 4,
    deeds: [
      ["read", "Observation"],
      ["create", "Observation"],
      ["create", "MedicationAdministration"],
      ["read", "MedicationRequest"],
      ["read", "CarePlan"],
      ["read", "Patient"],
      ["search", "Observation"],
    ],
  },
  physician: {
    sessions: 7,
    most: 5,
    deeds: [
      ["read", "Patient"],
      ["search", "Observation"],
      ["read", "Condition"],
      ["read", "DiagnosticReport"],
      ["read", "DocumentReference"],
      ["create", "DocumentReference"],
      ["create", "MedicationRequest"],
      ["search", "Condition"],
    ],
  },
  therapist: {
    sessions: 6,
    most: 3,
    deeds: [
      ["read", "Patient"],
      ["read", "CarePlan"],
      ["update", "CarePlan"],
      ["search", "Observation"],
    ],
  },
  technician: {
    sessions: 9,
    most: 2,
    deeds: [
      ["read", "ServiceRequest"],
      ["create", "Observation"],
      ["create", "DiagnosticReport"],
    ],
  },
  clerk: {
    sessions: 11,
    most: 2,
    deeds: [
      ["read", "Patient"],
      ["update", "Patient"],
      ["create", "Encounter"],
      ["read", "Coverage"],
    ],
  },
  coder: {
    sessions: 15,
    most: 3,
    deeds: [
      ["read", "Encounter"],
      ["update", "Encounter"],
      ["read", "Condition"],
      ["read", "DocumentReference"],
    ],
  },
  auditor: {
    sessions: 5,
    most: 4,
    deeds: [
      ["read", "Encounter"],
      ["read", "DocumentReference"],
      ["read", "Patient"],
    ],
  },
  admin: { sessions: 1, most: 1, deeds: [["read", "Practitioner"]] },
  pharmacist: {
    sessions: 14,
    most: 2,
    deeds: [
      ["read", "MedicationRequest"],
      ["update", "MedicationRequest"],
      ["read", "AllergyIntolerance"],
      ["search", "Observation"],
    ],
  },
  infectionControl: {
    sessions: 10,
    most: 2,
    deeds: [
      ["search", "Observation"],
      ["read", "Encounter"],
    ],
  },
  palliative: {
    sessions: 5,
    most: 4,
    deeds: [
      ["read", "Patient"],
      ["search", "Observation"],
      ["read", "DocumentReference"],
      ["create", "CarePlan"],
    ],
  },
  dischargePlanner: {
    sessions: 9,
    most: 3,
    deeds: [
      ["read", "Patient"],
      ["read", "Coverage"],
      ["update", "Encounter"],
    ],
  },
};

export const sessionsOf = (person: Staff): number => WAYS[person.role].sessions;

/** What somebody opens of one patient at once. */
export function deedsOn(patient: Patient, { role }: Staff, random: Random): Deed[] {
  const { deeds, most } = WAYS[role];
  return Array.from({ length: random.between(1, most) }, () => {
    const [action, resourceType] = random.pick(deeds);
    return { action, resourceType, patient: role === "admin" ? null : patient };
  });
}

/** Hours of the day at which work is done, one more often than another: rounds in the morning, less at night. */
const BUSY = [4, 3, 3, 3, 4, 5, 7, 10, 15, 16, 15, 13, 9, 12, 14, 13, 11, 9, 9, 9, 8, 7, 6, 5];

/** When in a shift something is done; hours from midnight. */
export function hourIn({ from, until }: { readonly from: number; readonly until: number }, random: Random): number {
  for (;;) {
    const hour = from + random.next() * (until - from);
    if (random.next() * 16 < (BUSY[Math.floor(hour) % 24] ?? 0)) return hour;
  }
}

/** Some seconds between one thing that somebody opens and the next. */
export const pause = (random: Random): number => random.between(6, 90) * 1000;
