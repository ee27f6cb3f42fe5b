import { judgeCodeSystem } from "../../scopes/codeSystems.ts";
import { isFhirType, nearestFhirType } from "../../scopes/fhir.ts";
import { isPurpose, meantPurpose, PURPOSE_SYSTEM } from "../../scopes/purposes.ts";
import {
  ACT_CODE_SYSTEM,
  CONFIDENTIALITIES,
  CONFIDENTIALITY_SYSTEM,
  isHl7Label,
  labelOf,
  labelsPerhaps,
} from "../../scopes/securityLabels.ts";
import { codeOf, purposeProblem } from "../codes.ts";
import { ACTION_SYSTEM, AREA_SYSTEM, type Coding, codingOf } from "../hl7Codes.ts";
import { RESOURCE_TYPES_SYSTEM } from "./fhirConsent.ts";

/** What is wrong with a Coding, and with which member of it. */
interface CodingProblem {
  readonly member: "system" | "code";
  readonly message: string;
}
export type CodingCheck = (coding: Coding) => CodingProblem | null;

const wrong = (member: CodingProblem["member"], message: string): CodingProblem => ({ member, message });
const meant = (near: string | null): string => (near === null ? "" : `; did you mean ${near}?`);

/** A code of any system that data may carry. One that is misspelt would be a refusal that matches nothing. */
export const checkCode: CodingCheck = ({ code, system }) => {
  if (system === "") return wrong("system", "is missing");
  const verdict = judgeCodeSystem(system);
  if (verdict.kind === "WRONG") return wrong("system", `is no code system that data carries${meant(verdict.nearest)}`);
  return /^[^\s|]+(?: [^\s|]+)*$/u.test(code) && !/[|\s]/u.test(system) ? null : wrong("code", "must be a code");
};

/** One of HL7's own purposes, or of a system of somebody else's. */
export const checkPurpose: CodingCheck = (coding) => {
  if (coding.system === PURPOSE_SYSTEM && isPurpose(coding.code)) return null;
  if (coding.system !== PURPOSE_SYSTEM) {
    const problem = checkCode(coding);
    const unknown = problem === null ? purposeProblem(coding) : null;
    return unknown === null ? problem : wrong("system", unknown);
  }
  return wrong("code", `is no code of HL7 v3 PurposeOfUse${meant(meantPurpose(coding.code))}`);
};

/** A label in the one form, as requests and consents name it otherwise; one without a system is not understood here. */
export const labelCoding = ({ code, system }: Coding): Coding =>
  system === "" ? { code, system } : codingOf(codeOf("label", `${system}|${code}`));

/** How labels of other systems are to be compared with those of data, nobody has said. */
export const checkLabel: CodingCheck = (coding) => {
  const { code, system } = coding;
  if (system === CONFIDENTIALITY_SYSTEM)
    return (CONFIDENTIALITIES as readonly string[]).includes(code)
      ? null
      : wrong("code", `must be one of ${CONFIDENTIALITIES.join(", ")}`);
  if (system !== ACT_CODE_SYSTEM) return wrong("system", `must be ${CONFIDENTIALITY_SYSTEM} or ${ACT_CODE_SYSTEM}`);
  const [near] = isHl7Label(labelOf(code)) ? [] : labelsPerhaps(code);
  // One that is nearly another would refuse nothing.
  return near === undefined ? checkCode(coding) : wrong("code", `is no code of HL7 v3 ActCode${meant(near)}`);
};

const ACTIONS: readonly string[] = ["access", "collect", "use", "disclose", "correct"];
export const checkAction: CodingCheck = ({ code, system }) => {
  if (system !== ACTION_SYSTEM) return wrong("system", `must be ${ACTION_SYSTEM}`);
  return ACTIONS.includes(code) ? null : wrong("code", `must be one of ${ACTIONS.join(", ")}`);
};

/** What a consent is about: one of FHIR's areas, or one of somebody else's. */
const AREAS: readonly string[] = ["patient-privacy", "research", "treatment", "adr"];
export const checkArea: CodingCheck = (coding) => {
  if (coding.system !== AREA_SYSTEM) return checkCode(coding);
  return AREAS.includes(coding.code) ? null : wrong("code", `must be one of ${AREAS.join(", ")}`);
};

/** A class by resource type; classes by profile or media type are not looked at in decisions. */
export const checkClass: CodingCheck = ({ code, system }) => {
  if (system !== RESOURCE_TYPES_SYSTEM) return wrong("system", `must be ${RESOURCE_TYPES_SYSTEM}`);
  return isFhirType(code) ? null : wrong("code", `is no FHIR resource type${meant(nearestFhirType(code))}`);
};
