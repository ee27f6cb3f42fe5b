import type { ConsentStore } from "../../consent/store.ts";
import type { DecisionFilter, DecisionReader } from "../../decisions/types.ts";
import type { Directory } from "../../directory/directory.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { patientInDirectory } from "./occurring.ts";

type Decisions = Pick<DecisionReader, "decisions">;

/** Whether no decision on record meets it. One that the time of a search was too short to find may be there. */
export async function inNoDecision(decisions: Decisions, filter: DecisionFilter): Promise<boolean> {
  const { hasNextPage, items } = await decisions.decisions({ filter, page: { first: 1, after: null }, parts: true });
  return items.length === 0 && !hasNextPage;
}

/** Where patients are named beside the directory. */
export interface PatientPlaces {
  readonly consents: Pick<ConsentStore, "page">;
  readonly decisions: Decisions;
  readonly breathe: Breathe;
}

/**
 * Whether a directory, a consent or a decision on record names a patient by this id. Rejects with POLICY_UNAVAILABLE and
 * JOURNAL_UNAVAILABLE.
 */
export async function patientOccurs(
  { breathe, consents, decisions }: PatientPlaces,
  directory: Directory,
  patient: string,
): Promise<boolean> {
  if (await patientInDirectory({ breathe, directory }, patient)) return true;
  const { items } = await consents.page({ filter: { patient }, page: { first: 1, after: null } });
  return items.length > 0 || !(await inNoDecision(decisions, { patient }));
}
