import { canonicalCode, codesMeant, judgeCodeSystem } from "../scopes/codeSystems.ts";
import { nearest } from "../scopes/nearest.ts";
import { isPurpose, meantPurpose, PURPOSE_SYSTEM } from "../scopes/purposes.ts";
import {
  ACT_CODE_SYSTEM,
  ACTION_SYSTEM,
  CONFIDENTIALITIES,
  CONFIDENTIALITY_SYSTEM,
  type Coding,
  canonicalLabel,
  codingOf,
} from "./hl7Codes.ts";
import type { Code } from "./types.ts";

/** FHIR R4 consentaction. */
const ACTIONS: ReadonlySet<string> = new Set(["access", "collect", "use", "disclose", "correct"]);

/** The codes of HL7 v3 ActCode by which data is called sensitive (ActInformationSensitivityPolicy), and 42 CFR Part 2's. */
const SENSITIVITIES: ReadonlySet<string> = new Set(
  `42CFRPart2 ETH GDIS HIV MST SCA SDV SEX SPI BH COGN DVD EMOTDIS MH PSY PSYTHPN SUD ETHUD OPIOIDUD STD TBOO VIO SICKLE
  DEMO DOB GENDER LIVARG MARST PATLOC RACE REL B EMPL LOCIS SSP ADOL CEL DIA DRGIS EMP PDS PHY PRS COMPT ACOCOMPT CTCOMPT
  FMCOMPT HRCOMPT RESCOMPT RMGTCOMPT`.split(/\s+/),
);

const labelsByLowerCase: ReadonlyMap<string, string> = new Map(
  [...CONFIDENTIALITIES, ...SENSITIVITIES].map((code) => [canonicalLabel(code).toLowerCase(), canonicalLabel(code)]),
);

/** Each as it is mostly written: this runs for every label of every decision that consents look at. */
const usualLabels: ReadonlyMap<string, readonly Code[]> = new Map(
  [...CONFIDENTIALITIES, ...SENSITIVITIES].flatMap((code) => {
    const label = canonicalLabel(code);
    return [
      [code, [label]],
      [label, [label]],
    ] as const;
  }),
);

/** What a label of data may mean, loosely: in HL7's own letters, however it is written. Empty: it can't be read. */
export const labelsMeant = (text: string): readonly Code[] =>
  usualLabels.get(text) ??
  codesMeant(text).map((code) => {
    const label = canonicalLabel(code);
    return labelsByLowerCase.get(label.toLowerCase()) ?? label;
  });

/** What a code means: in which system it is where it names none, and what is wrong with it. */
export type CodeKind = "purpose" | "label" | "action" | "identifier" | "other";

/** A code as it is kept, `system|code`, the system in the one form: a bare purpose, label or action is one of HL7's own system. */
export function codeOf(kind: CodeKind, text: string): Code {
  if (text.includes("|")) return canonicalCode(text);
  switch (kind) {
    case "purpose":
      return `${PURPOSE_SYSTEM}|${text}`;
    case "label":
      return canonicalLabel(text);
    case "action":
      return `${ACTION_SYSTEM}|${text}`;
    case "identifier":
    case "other":
      return text;
  }
}

const meant = (word: string | null): string => (word === null ? "" : `; did you mean ${word}?`);

/** Of a code in a system that is not looked into: whether anybody may carry it. */
function systemProblem(system: string): string | null {
  const verdict = judgeCodeSystem(system);
  return verdict.kind === "WRONG" ? `is of a code system that no data carries${meant(verdict.nearest)}` : null;
}

const PROBLEM: { readonly [Kind in CodeKind]: (coding: Coding) => string | null } = {
  purpose({ code, system }) {
    if (system !== "" && system !== PURPOSE_SYSTEM) return systemProblem(system);
    return isPurpose(code) ? null : `is no code of HL7 v3 PurposeOfUse${meant(meantPurpose(code))}`;
  },
  label({ code, system }) {
    if (system === ACT_CODE_SYSTEM) return null;
    const known = system === "" ? [...CONFIDENTIALITIES, ...SENSITIVITIES] : CONFIDENTIALITIES;
    if (system !== "" && system !== CONFIDENTIALITY_SYSTEM)
      return `is of an unknown system: labels are of ${CONFIDENTIALITY_SYSTEM} or ${ACT_CODE_SYSTEM}`;
    if (known.includes(code)) return null;
    return `is no code of HL7 v3 Confidentiality, nor a sensitivity of its ActCode${meant(nearest(code, known))}`;
  },
  action({ code, system }) {
    if ((system === "" || system === ACTION_SYSTEM) && ACTIONS.has(code)) return null;
    return `must be one of ${[...ACTIONS].join(", ")}`;
  },
  identifier: ({ system }) =>
    /^[a-z][a-z0-9+.-]*:./i.test(system) ? null : "must be system|value, the system an absolute URI",
  other: ({ system }) => (system === "" ? "must be system|code" : systemProblem(system)),
};

/** No code has white space or control characters in it (FHIR R4, data type `code`, allows single spaces within). */
const CODE = /^[^\s|]+(?: [^\s|]+)*$/u;

/** Why this can't stand as a code of a kind, or null. */
export function codeProblem(kind: CodeKind, text: string): string | null {
  const coding = codingOf(canonicalCode(text));
  if (text.length > 512) return "must have at most 512 characters";
  if (text.startsWith("|") || !CODE.test(coding.code) || /[\p{C}\s]/u.test(coding.system) || /\p{C}/u.test(coding.code))
    return "must be a code, or system|code";
  return PROBLEM[kind](coding);
}
