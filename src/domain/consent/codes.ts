import { canonicalCode, judgeCodeSystem } from "../scopes/codeSystems.ts";
import { nearest } from "../scopes/nearest.ts";
import { isKnownPurpose, isPurpose, meantPurpose, PURPOSE_SYSTEM } from "../scopes/purposes.ts";
import {
  ACT_CODE_SYSTEM,
  CONFIDENTIALITIES,
  CONFIDENTIALITY_SYSTEM,
  codeOfLabel,
  isHl7Label,
  labelOf,
  labelsPerhaps,
  SENSITIVITIES,
} from "../scopes/securityLabels.ts";
import { ACTION_SYSTEM, type Coding, codingOf } from "./hl7Codes.ts";
import type { Code } from "./types.ts";

/** FHIR R4 consentaction. */
const ACTIONS: ReadonlySet<string> = new Set(["access", "collect", "use", "disclose", "correct"]);

/** What a code means: in which system it is where it names none, and what is wrong with it. */
export type CodeKind = "purpose" | "label" | "action" | "identifier" | "other";

/** A code as it is kept, `system|code`, the system in the one form: a bare purpose, label or action is one of HL7's own system. */
export function codeOf(kind: CodeKind, text: string): Code {
  if (kind === "label") return codeOfLabel(labelOf(text));
  if (text.includes("|")) return canonicalCode(text);
  switch (kind) {
    case "purpose":
      return `${PURPOSE_SYSTEM}|${text}`;
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

/** Of a purpose of another system than HL7's own: whether a request that names it is understood. */
export function purposeProblem({ code, system }: Coding): string | null {
  if (isKnownPurpose(`${system}|${code}`)) return null;
  return `is of a code system in which purposes are not understood; use ${PURPOSE_SYSTEM}${meant(isPurpose(code) ? code : meantPurpose(code))}`;
}

const PROBLEM: { readonly [Kind in CodeKind]: (coding: Coding) => string | null } = {
  purpose({ code, system }) {
    if (system !== "" && system !== PURPOSE_SYSTEM) return systemProblem(system) ?? purposeProblem({ code, system });
    return isPurpose(code) ? null : `is no code of HL7 v3 PurposeOfUse${meant(meantPurpose(code))}`;
  },
  label(given) {
    const label = labelOf(given.system === "" ? given.code : `${given.system}|${given.code}`);
    if (isHl7Label(label)) return null;
    const { code, system } = given.system === "" ? given : codingOf(codeOfLabel(label));
    // A code that HL7 may have by now is itself; one that is nearly another would refuse nothing.
    if (system === ACT_CODE_SYSTEM) {
      const [near = null] = labelsPerhaps(label);
      return near === null ? null : `is no code of HL7 v3 ActCode${meant(near)}`;
    }
    if (system !== "" && system !== CONFIDENTIALITY_SYSTEM)
      return `is of an unknown system: labels are of ${CONFIDENTIALITY_SYSTEM} or ${ACT_CODE_SYSTEM}`;
    const near = nearest(
      code,
      system === "" ? [...CONFIDENTIALITIES, "42CFRPart2", ...SENSITIVITIES] : CONFIDENTIALITIES,
    );
    return `is no code of HL7 v3 Confidentiality${system === "" ? " or ActCode" : ""}${meant(near)}`;
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
