import {
  ACT_CODE_SYSTEM,
  CONFIDENTIALITIES,
  CONFIDENTIALITY_SYSTEM,
  codeOfLabel,
  isCodeOfHl7Label,
  isUnreadableLabel,
  isWithinSensitivity,
  labelsPerhaps,
  SENSITIVITIES,
} from "../scopes/securityLabels.ts";
import { codeIn } from "./hl7Codes.ts";
import type { Code } from "./types.ts";

/** How confidential a label says that it is; null: it says nothing of that. A code that HL7 has not counts as the highest. */
function levelOf(label: Code): number | null {
  const code = codeIn(CONFIDENTIALITY_SYSTEM, label);
  if (code === null) return null;
  const level = (CONFIDENTIALITIES as readonly string[]).indexOf(code);
  return level < 0 ? CONFIDENTIALITIES.length : level;
}

/** The highest confidentiality among labels, which is the one that counts; null: there is none. */
function highest(labels: readonly Code[]): number | null {
  let most: number | null = null;
  for (const label of labels) {
    const level = levelOf(label);
    if (level !== null && (most === null || level > most)) most = level;
  }
  return most;
}

/** A sensitivity and all below it. */
const sensitivitiesWithin = (code: string): readonly Code[] =>
  SENSITIVITIES.filter((each) => isWithinSensitivity(each, code)).map((each) => `${ACT_CODE_SYSTEM}|${each}`);

/** A label that is not of confidentiality: a sensitivity covers itself and what is below, any other itself alone. */
function covers(label: Code, borne: Code): boolean {
  const [wide, narrow] = [codeIn(ACT_CODE_SYSTEM, label), codeIn(ACT_CODE_SYSTEM, borne)];
  return wide === null || narrow === null ? label === borne : isWithinSensitivity(narrow, wide);
}

/** Psychotherapy notes, which only a consent that names them permits: 45 CFR 164.508(a)(2) and (b)(3)(ii). */
export const PSYCHOTHERAPY_NOTES: Code = `${ACT_CODE_SYSTEM}|PSYTHPN`;

/**
 * Substance-use data: the label of 42 CFR Part 2 and what HL7 counts as substance use (v3-ActCode: ETH, "substance abuse information
 * sensitivity", and SUD with what is below it).
 */
export const SUBSTANCE_USE: readonly Code[] = [
  `${ACT_CODE_SYSTEM}|42CFRPart2`,
  `${ACT_CODE_SYSTEM}|ETH`,
  ...sensitivitiesWithin("SUD"),
];

const whole = new WeakMap<readonly Code[], readonly Code[]>();

/** What a refusal by labels is of: of substance use, all of it, by whichever of its labels it is refused. */
export function wholeRefused(refused: readonly Code[]): readonly Code[] {
  let labels = whole.get(refused);
  if (labels === undefined) {
    const isOfSubstanceUse = refused.some((label) => SUBSTANCE_USE.some((each) => covers(label, each)));
    labels = isOfSubstanceUse ? [...new Set([...refused, ...SUBSTANCE_USE])] : refused;
    whole.set(refused, labels);
  }
  return labels;
}

const NOTHING_MEANT: readonly Code[] = [];
/** For refusals: the codes of HL7's that a label which is none may be meant for. */
export function perhapsMeant(label: Code): readonly Code[] {
  if (isCodeOfHl7Label(label)) return NOTHING_MEANT;
  const meant = labelsPerhaps(codeIn(ACT_CODE_SYSTEM, label) ?? label);
  return meant.length === 0 ? NOTHING_MEANT : meant.map(codeOfLabel);
}

/** Whether it can't be told of whose system a label is. */
const isUnreadable = (label: Code): boolean =>
  !isCodeOfHl7Label(label) &&
  codeIn(CONFIDENTIALITY_SYSTEM, label) === null &&
  isUnreadableLabel(codeIn(ACT_CODE_SYSTEM, label) ?? label);

/** Labels, with what they may be meant for. */
function withPerhaps(labels: readonly Code[]): readonly Code[] {
  const meant = labels.flatMap(perhapsMeant);
  return meant.length === 0 ? labels : [...labels, ...meant];
}

/** Whether data bears no labels by which it could be told what it is, or none that are known yet. */
export const areUnlabelled = (labels: readonly Code[] | undefined): boolean =>
  labels === undefined || !labels.some(isCodeOfHl7Label);

/**
 * Whether data with these labels is within a permission by label: its highest confidentiality is not above the permitted
 * one, or all of its sensitivities are permitted (then its confidentiality does not hinder), or it bears another label
 * that is permitted. Data without labels is not, nor what has one that can't be read; what one may be meant for hinders as that does.
 */
export function isPermittedByLabel(permitted: readonly Code[], borne: readonly Code[]): boolean {
  const isPlain = borne.every(isCodeOfHl7Label);
  if (!isPlain && borne.some(isUnreadable)) return false;
  const all = isPlain ? borne : withPerhaps(borne);
  const [most, level] = [highest(permitted), highest(borne)];
  const perhaps = all === borne ? level : highest(all);
  if (most !== null && level !== null && perhaps !== null && perhaps <= most && perhaps < CONFIDENTIALITIES.length)
    return true;
  let sensitivities = 0;
  let covered = 0;
  for (const label of all) {
    if (levelOf(label) !== null) continue;
    const isSensitivity = codeIn(ACT_CODE_SYSTEM, label) !== null;
    const isCovered = permitted.some((each) => covers(each, label));
    if (!isSensitivity && isCovered) return true;
    if (isSensitivity) sensitivities++;
    if (isSensitivity && isCovered) covered++;
  }
  return sensitivities > 0 && covered === sensitivities;
}

/**
 * Whether labels name one that is refused. BORNE: the label of a resource; WHOLE: one of a refusal, with all that it withholds, which of a
 * confidentiality is what is above it.
 */
export function isNamedByLabels(names: readonly Code[], label: Code, as: "BORNE" | "WHOLE"): boolean {
  const level = levelOf(label);
  if (level === null)
    return names.some((each) => (label === PSYCHOTHERAPY_NOTES ? each === label : covers(each, label)));
  const most = highest(names);
  return most !== null && most >= (as === "WHOLE" ? CONFIDENTIALITIES.length - 1 : level);
}

/** UNKNOWN: the data has no labels, or none of confidentiality where it depends on that. */
export type RefusedByLabel = "YES" | "NO" | "UNKNOWN";

/**
 * Whether a refusal by label withholds data with these labels: a confidentiality withholds itself and what is above, and each withholds what
 * can't be read.
 */
export function isRefusedByLabel(refused: readonly Code[], borne: readonly Code[]): RefusedByLabel {
  if (borne.length === 0) return "UNKNOWN";
  const isPlain = borne.every(isCodeOfHl7Label);
  if (!isPlain && borne.some(isUnreadable)) return "YES";
  const all = isPlain ? borne : withPerhaps(borne);
  const level = highest(all);
  let isUnknown = false;
  for (const label of wholeRefused(refused)) {
    const least = levelOf(label);
    if (least === null) {
      if (all.some((each) => covers(label, each))) return "YES";
    } else if (level === null) isUnknown = true;
    else if (level >= least) return "YES";
  }
  return isUnknown ? "UNKNOWN" : "NO";
}
