import { ACT_CODE_SYSTEM } from "./hl7Codes.ts";
import { sensitivitiesWithin } from "./labels.ts";
import type { Code } from "./types.ts";

/** Substance-use data: the label of 42 CFR Part 2 and what HL7 counts as substance use (v3-ActCode, SUD and below). */
const SUBSTANCE_USE: readonly Code[] = [`${ACT_CODE_SYSTEM}|42CFRPart2`, ...sensitivitiesWithin("SUD")];

/** Labels of data that always asks for consent, whatever silence means: 45 CFR 164.508(a)(2), 42 CFR 2.31. */
export const SPECIALLY_PROTECTED: readonly Code[] = [...SUBSTANCE_USE, `${ACT_CODE_SYSTEM}|PSYTHPN`].sort();

/** What must accompany each disclosure that a patient agreed to: 42 CFR 2.32(a)(2), word for word. */
export const NO_REDISCLOSURE_NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records.";

export const isSpeciallyProtected = (labels: readonly Code[]): boolean =>
  labels.some((label) => SPECIALLY_PROTECTED.includes(label));

export const isSubstanceUse = (labels: readonly Code[]): boolean =>
  labels.some((label) => SUBSTANCE_USE.includes(label));
