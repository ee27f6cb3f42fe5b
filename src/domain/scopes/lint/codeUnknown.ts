import { codesOf } from "../categoryCodes.ts";
import { nearest } from "../nearest.ts";
import { tokensOf } from "./codeTokens.ts";
import type { LintFinding, LintInput } from "./finding.ts";

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
