import { isPermittedByLabel, PSYCHOTHERAPY_NOTES, perhapsMeant, SUBSTANCE_USE } from "./labels.ts";
import type { Code, ConsentObligation } from "./types.ts";

/** Labels of data that always asks for consent, whatever silence means: 45 CFR 164.508(a)(2), 42 CFR 2.31. */
export const SPECIALLY_PROTECTED: readonly Code[] = [...SUBSTANCE_USE, PSYCHOTHERAPY_NOTES].sort();

/** What must accompany each disclosure that a patient agreed to: 42 CFR 2.32(a)(2), word for word. */
export const NO_REDISCLOSURE_NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records.";

/** A label, or what it may be meant for. */
const isAmong = (labels: readonly Code[], label: Code): boolean =>
  labels.includes(label) || perhapsMeant(label).some((near) => labels.includes(near));

export const isSpeciallyProtected = (labels: readonly Code[]): boolean =>
  labels.some((label) => isAmong(SPECIALLY_PROTECTED, label));

export const isSubstanceUse = (labels: readonly Code[]): boolean =>
  labels.some((label) => isAmong(SUBSTANCE_USE, label));

const NO_LABELS: readonly Code[] = [];

/** What a permission reaches: the labels that it is limited to (null: none), and whether it is limited by nothing else. */
export interface Reached {
  readonly labels: readonly Code[] | null;
  readonly isWhole: boolean;
  /** Whether it reaches no substance-use data, whatever it is limited to. */
  readonly isButSubstanceUse: boolean;
}

/** Whether a permission reaches data by a label: psychotherapy notes only where it names them. */
function reaches({ isButSubstanceUse, labels }: Reached, label: Code): boolean {
  if (isButSubstanceUse && SUBSTANCE_USE.includes(label)) return false;
  if (label === PSYCHOTHERAPY_NOTES) return labels?.includes(label) === true;
  return labels === null || isPermittedByLabel(labels, [label]);
}

/**
 * Which specially protected data permissions reach together, by its label: what all of them reach, whatever else each is limited to, and what
 * one reaches that is limited by labels alone. What one reaches of a part is not what another reaches of the rest.
 */
export function releasedBy(permitted: readonly Reached[]): readonly Code[] {
  if (permitted.length === 0) return NO_LABELS;
  return SPECIALLY_PROTECTED.filter(
    (label) =>
      permitted.every((each) => reaches(each, label)) || permitted.some((each) => each.isWhole && reaches(each, label)),
  );
}

/**
 * What is left to the caller of data whose labels are not known yet: it is labelled, and what is specially protected withheld, but for what
 * consents permit of it.
 */
export function guardsAgainst(released: readonly Code[]): readonly ConsentObligation[] {
  const labels = SPECIALLY_PROTECTED.filter((label) => !released.includes(label));
  return labels.length === 0 ? [] : [{ type: "label" }, { type: "redact", anyOf: [{ labels }] }];
}
