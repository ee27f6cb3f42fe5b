import type { WatchedDecision, WatchedPatient } from "../../domain/monitoring/watchedDecision.ts";

/** A patient of whom nothing is known, as most are in a search that names many: only what differs is written. */
const UNKNOWN: Omit<WatchedPatient, "id"> = { explanation: null, relation: null, vip: false, seenByUnit: null };
const MEMBERS = Object.keys({
  explanation: true,
  relation: true,
  vip: true,
  seenByUnit: true,
  underCare: true,
} satisfies Record<Exclude<keyof WatchedPatient, "id">, true>) as readonly Exclude<keyof WatchedPatient, "id">[];
type Written = string | ({ readonly id: string } & Partial<WatchedPatient>);

function written(patient: WatchedPatient): Written {
  const differs = MEMBERS.filter((of) => patient[of] !== UNKNOWN[of]);
  return differs.length === 0
    ? patient.id
    : { id: patient.id, ...Object.fromEntries(differs.map((of) => [of, patient[of]])) };
}

/** A decision as it is kept: a patient of whom nothing is known takes no more than its id. */
export const watchedText = (decision: WatchedDecision): string =>
  JSON.stringify({ ...decision, patients: decision.patients.map(written) });

export function watchedFrom(text: string): WatchedDecision {
  const read = JSON.parse(text) as Omit<WatchedDecision, "patients"> & { readonly patients: readonly Written[] };
  return {
    ...read,
    patients: read.patients.map((each) => ({ ...UNKNOWN, ...(typeof each === "string" ? { id: each } : each) })),
  };
}
