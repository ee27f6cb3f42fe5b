import type { Atom } from "../atom.ts";
import { codesOf } from "../categoryCodes.ts";
import { judgeCodeSystem } from "../codeSystems.ts";
import { parameterKind } from "../fhir.ts";
import { nearest } from "../nearest.ts";
import type { LintFinding, LintInput } from "./finding.ts";

interface Token {
  readonly parameter: string;
  readonly system: string;
  readonly code: string;
}

/** Tokens whose system is a kind of contact (`phone|555`) or names who issued an identifier, not a code system. */
const NO_CODE_SYSTEM = /^(?:telecom|phone|email|identifier|.*-identifier)$/;

function* tokensOf(atoms: readonly Atom[]): Generator<Token> {
  for (const atom of atoms) {
    for (const { parameter, values } of atom.constraint) {
      if (parameterKind(atom.resourceType, parameter) !== "token" || NO_CODE_SYSTEM.test(parameter)) continue;
      for (const value of values) {
        const bar = value.indexOf("|");
        if (bar > 0) yield { parameter, system: value.slice(0, bar), code: value.slice(bar + 1) };
      }
    }
  }
}

/** A code system that no resource carries, so that the scope never matches. */
export function codeSystemWrong({ atoms }: LintInput): LintFinding | null {
  for (const { parameter, system } of tokensOf(atoms)) {
    const verdict = judgeCodeSystem(system);
    if (verdict.kind !== "WRONG") continue;
    return {
      code: "CODE_SYSTEM_WRONG",
      severity: "ERROR",
      message: `${parameter}: no FHIR resource carries the code system "${system}", so the scope would never match.`,
      narrowing: verdict.nearest === null ? "Write the code system's canonical URI." : `Write ${verdict.nearest}.`,
    };
  }
  return null;
}

/** A code system in the namespace of HL7 that FHIR R4 does not know. */
export function codeSystemUnrecognised({ atoms }: LintInput): LintFinding | null {
  for (const { parameter, system } of tokensOf(atoms)) {
    if (judgeCodeSystem(system).kind !== "UNRECOGNISED") continue;
    return {
      code: "CODE_SYSTEM_UNRECOGNISED",
      severity: "WARNING",
      message: `${parameter}: "${system}" is not among the code systems published with FHIR R4.`,
      narrowing: "Check it against the resources of the server; a wrong system never matches.",
    };
  }
  return null;
}

/** A code that its well-known category system does not have. */
export function codeUnknown({ atoms }: LintInput): LintFinding | null {
  for (const { parameter, system, code } of tokensOf(atoms)) {
    const codes = codesOf(system);
    if (codes === null || code === "" || codes.includes(code)) continue;
    const near = nearest(code, codes);
    return {
      code: "CODE_UNKNOWN",
      severity: "WARNING",
      message: `${parameter}: ${system} has no code "${code}".`,
      narrowing: near === null ? `Its codes are ${codes.join(", ")}.` : `Write ${near} if that is meant.`,
    };
  }
  return null;
}

/** A range, compared with one resource letter by letter, never holds. */
export function unverifiableConstraint({ atoms }: LintInput): LintFinding | null {
  for (const atom of atoms) {
    const range = atom.constraint.find(({ parameter, values }) => {
      const kind = parameterKind(atom.resourceType, parameter);
      const hasPrefix = values.some((value) => /^(?:ne|gt|lt|ge|le|sa|eb|ap)/.test(value));
      return (kind === "date" || kind === "number" || kind === "quantity") && hasPrefix;
    });
    if (range === undefined || atom.action === "search") continue;
    return {
      code: "CONSTRAINT_UNVERIFIABLE",
      severity: "WARNING",
      message: `${range.parameter}=${range.values.join(",")} is a range, which can be a filter of a search and not be verified for ${atom.action}.`,
      narrowing: "Keep only search, or constrain by a code.",
    };
  }
  return null;
}
