import { judgeCodeSystem } from "../codeSystems.ts";
import { tokensOf } from "./codeTokens.ts";
import type { LintFinding, LintInput } from "./finding.ts";

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
