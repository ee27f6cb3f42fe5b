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

/** Member by member: this runs for each patient of each decision that is tried. */
function patientFrom(each: Written): WatchedPatient {
  if (typeof each === "string") return { id: each, ...UNKNOWN };
  const { explanation, relation, seenByUnit, vip } = UNKNOWN;
  const patient = {
    id: each.id,
    explanation: each.explanation ?? explanation,
    relation: each.relation ?? relation,
    vip: each.vip ?? vip,
    seenByUnit: each.seenByUnit ?? seenByUnit,
  };
  return each.underCare === undefined ? patient : { ...patient, underCare: each.underCare };
}

export function watchedFrom(text: string): WatchedDecision {
  // In place: a copy of all the rest would cost half as much as the parsing.
  const read = JSON.parse(text) as { patients: readonly Written[] | readonly WatchedPatient[] };
  read.patients = (read.patients as readonly Written[]).map(patientFrom);
  return read as WatchedDecision;
}
