import { patientsOfDecision } from "../../domain/decisions/patientsOfDecision.ts";
import type { DecisionRecord } from "../../domain/decisions/types.ts";
import { type Json, sameJson } from "../../domain/kernel/canonical.ts";
import type { WatchedDecision, WatchedPatient } from "../../domain/monitoring/watchedDecision.ts";
import { watchedDecisionOf } from "../../domain/monitoring/watchedDecisionOf.ts";

/** A patient of whom nothing is known, as most are in a search that names many: only what differs is written. */
const UNKNOWN: Omit<WatchedPatient, "id"> = { explanation: null, relation: null, vip: false, seenByUnit: null };
const MEMBERS = Object.keys({
  explanation: true,
  relation: true,
  vip: true,
  seenByUnit: true,
  underCare: true,
} satisfies Record<Exclude<keyof WatchedPatient, "id">, true>) as readonly Exclude<keyof WatchedPatient, "id">[];
type KnownPatient = { readonly id: string } & Partial<WatchedPatient>;

/** What is kept of a decision: what its record does not say. `known`: of these patients something is; absent: of none. */
type Kept = Partial<Omit<WatchedDecision, "patients">> & { readonly known?: readonly KnownPatient[] };

/** What a record says by itself, of whom nobody has looked anything up. */
const saidBy = (record: DecisionRecord, position: number): WatchedDecision =>
  watchedDecisionOf(record, {
    ...{ position, request: record.request, roles: [], unit: null, place: null, widened: null, emergency: null },
    patients: patientsOfDecision(record).map((id) => ({ id, ...UNKNOWN })),
  });

function knownOf(patient: WatchedPatient): readonly KnownPatient[] {
  const differs = MEMBERS.filter((of) => patient[of] !== UNKNOWN[of]);
  return differs.length === 0
    ? []
    : [{ id: patient.id, ...Object.fromEntries(differs.map((of) => [of, patient[of]])) }];
}

/** A decision as it is kept beside its record: what was known besides when it was made. It has the patients of its record, in their order. */
export function watchedText(decision: WatchedDecision, record: DecisionRecord): string {
  const said = saidBy(record, decision.position) as unknown as { readonly [name: string]: Json };
  const { patients, ...others } = decision;
  const differs = Object.entries(others as unknown as { readonly [name: string]: Json }).filter(
    ([name, value]) => !sameJson(value, said[name]),
  );
  const known = patients.flatMap(knownOf);
  return JSON.stringify({ ...Object.fromEntries(differs), ...(known.length > 0 && { known }) });
}

/** The decision again. */
export function watchedFrom(text: string, record: DecisionRecord, position: number): WatchedDecision {
  const { known = [], ...kept } = JSON.parse(text) as Kept;
  const said = saidBy(record, position);
  if (known.length === 0) return { ...said, ...kept };
  const byId = new Map(known.map((each) => [each.id, each]));
  return { ...said, ...kept, patients: said.patients.map((each) => ({ ...each, ...byId.get(each.id) })) };
}
