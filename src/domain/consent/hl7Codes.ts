import { canonicalCode, codesMeant } from "../scopes/codeSystems.ts";
import { PURPOSE_SYSTEM, PURPOSES } from "../scopes/purposes.ts";
import type { Code } from "./types.ts";

const HL7 = "http://terminology.hl7.org/CodeSystem/";
export const CONFIDENTIALITY_SYSTEM = `${HL7}v3-Confidentiality`;
/** Of sensitivities, and of what a consent is by itself (OPTIN, OPTOUT). */
export const ACT_CODE_SYSTEM = `${HL7}v3-ActCode`;
export const ACTION_SYSTEM = `${HL7}consentaction`;
export const AREA_SYSTEM = `${HL7}consentscope`;

export const PATIENT_PRIVACY: Code = `${AREA_SYSTEM}|patient-privacy`;
export const ACCESS: Code = `${ACTION_SYSTEM}|access`;
const LEGAL: Code = `${PURPOSE_SYSTEM}|HLEGAL`;
export const BREAK_GLASS: Code = `${PURPOSE_SYSTEM}|BTG`;

/** HL7 v3 Confidentiality, the least first. */
export const CONFIDENTIALITIES: readonly string[] = ["U", "L", "M", "N", "R", "V"];

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

/** A purpose as `system|code`: a bare one of HL7 v3 PurposeOfUse, in whatever letters, is HL7's own; any other bare one stays as it is. */
export function canonicalPurpose(purpose: string): Code {
  const own = PURPOSE_CODES.get(purpose);
  if (own !== undefined) return own;
  const [meant = purpose] = codesMeant(purpose);
  const { code, system } = codingOf(meant);
  const isOwn = system === "" || system === PURPOSE_SYSTEM;
  return (isOwn ? PURPOSE_CODES.get(code.toUpperCase()) : undefined) ?? meant;
}

/** A label as `system|code`: a bare confidentiality is one of HL7's, any other bare label an ActCode of HL7's. */
export function canonicalLabel(label: string): Code {
  if (label.includes("|")) return canonicalCode(label);
  return `${CONFIDENTIALITIES.includes(label) ? CONFIDENTIALITY_SYSTEM : ACT_CODE_SYSTEM}|${label}`;
}

/** A purpose that a permission has to name: to break the glass, and legal proceedings. */
export const mustBeNamed = (purpose: Code): boolean => isBreakGlass(purpose) || purpose === LEGAL;

/** Whether a purpose is to break the glass, in whatever system: a permission must name it as it is asked for. */
export const isBreakGlass = (purpose: Code): boolean => purpose.endsWith("|BTG") || purpose === "BTG";
