import { isPurpose, mayBePurpose, PURPOSE_SYSTEM, PURPOSES, type Purpose } from "../scopes/purposes.ts";
import type { Code } from "./types.ts";

const HL7 = "http://terminology.hl7.org/CodeSystem/";
export const ACTION_SYSTEM = `${HL7}consentaction`;
export const AREA_SYSTEM = `${HL7}consentscope`;

export const PATIENT_PRIVACY: Code = `${AREA_SYSTEM}|patient-privacy`;
export const ACCESS: Code = `${ACTION_SYSTEM}|access`;
export const CORRECT: Code = `${ACTION_SYSTEM}|correct`;
const LEGAL: Code = `${PURPOSE_SYSTEM}|HLEGAL`;
export const OPERATIONS: Code = `${PURPOSE_SYSTEM}|HOPERAT`;
export const BREAK_GLASS: Code = `${PURPOSE_SYSTEM}|BTG`;

export interface Coding {
  /** Empty: none is named. */
  readonly system: string;
  readonly code: string;
}

/** The system is all before the last bar: a code has none in it. */
export function codingOf(code: Code): Coding {
  const bar = code.lastIndexOf("|");
  return { system: code.slice(0, Math.max(bar, 0)), code: code.slice(bar + 1) };
}

/** The code in this system, or null if it is of another. Runs for every label of every decision that consents look at. */
export const codeIn = (system: string, code: Code): string | null =>
  code.length > system.length && code.startsWith(system) && code.charAt(system.length) === "|"
    ? code.slice(system.length + 1)
    : null;

/** Each once: this runs for every decision. */
const PURPOSE_CODES: ReadonlyMap<string, Code> = new Map(
  [...PURPOSES].map((purpose) => [purpose, `${PURPOSE_SYSTEM}|${purpose}`]),
);

const HL7_PURPOSES: ReadonlySet<Code> = new Set(PURPOSE_CODES.values());

/** A purpose as consents name it: `system|code`, or as it was written where it is not known. */
const codeOfPurpose = (purpose: Purpose): Code =>
  isPurpose(purpose) ? (PURPOSE_CODES.get(purpose) ?? purpose) : purpose;

const NO_PURPOSE: readonly Code[] = [];
/** The purposes of a request as consents are asked for them; null: it declares none. */
export const purposesAsked = (purpose: Purpose | null): readonly Code[] =>
  purpose === null ? NO_PURPOSE : [codeOfPurpose(purpose)];

/** A purpose that a permission has to name, or what may be meant for it: to break the glass, and legal proceedings. */
export function mustBeNamed(purpose: Code): boolean {
  if (HL7_PURPOSES.has(purpose)) return purpose === BREAK_GLASS || purpose === LEGAL;
  return mayBePurpose(purpose, "BTG") || mayBePurpose(purpose, "HLEGAL");
}
