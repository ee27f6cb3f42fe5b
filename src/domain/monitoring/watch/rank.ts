import { isSensitive } from "../baselines/sensitivity.ts";
import type { Finding } from "../detectors/detector.ts";
import type { PatientRelation, WatchedDecision, WatchedPatient } from "../watchedDecision.ts";

/** How soon people should look at something, the least urgent first. */
export const RANKS = ["UNUSUAL", "UNEXPLAINED", "SENSITIVE_UNEXPLAINED"] as const;
export type Rank = (typeof RANKS)[number];

export const higherRank = (a: Rank, b: Rank): Rank => (RANKS.indexOf(a) < RANKS.indexOf(b) ? b : a);

const FAMILY: readonly (PatientRelation | null)[] = ["SELF", "RELATIVE", "HOUSEHOLD"];
/** Data of somebody at whom many would look, or of the person's own family. */
const isTempting = ({ relation, vip }: WatchedPatient): boolean => vip || FAMILY.includes(relation);
/** Who opened an emergency said so themselves, which explains nothing about how they use emergencies. */
const isUnexplained = ({ explanation }: WatchedPatient): boolean =>
  explanation === null || explanation.kind === "BREAK_GLASS";

/** The rank of a finding, by what is known of its decision. An explanation explains what a person looked at, and not what a client does. */
export function rankOf({ entity }: Pick<Finding, "entity">, decision: WatchedDecision): Rank {
  const { kind, labels, outcome } = decision;
  const about = entity.kind === "PATIENT" ? decision.patients.filter(({ id }) => id === entity.id) : decision.patients;
  const unexplained = about.filter(isUnexplained);
  if (entity.kind !== "CLIENT" && about.length > 0 && unexplained.length === 0) return "UNUSUAL";
  const isReached = outcome === "ALLOW" && kind === "ACCESS" && unexplained.length > 0;
  return isReached && (labels.some(isSensitive) || unexplained.some(isTempting))
    ? "SENSITIVE_UNEXPLAINED"
    : "UNEXPLAINED";
}
