import { isBelowPurpose, PURPOSE_SYSTEM } from "../scopes/purposes.ts";
import { codeIn } from "./hl7Codes.ts";
import type { Code } from "./types.ts";

/** Who agrees to treatment does not agree that refusals be broken, nor who agrees to operations to what a court is given. */
const ALWAYS_NAMED: ReadonlySet<string> = new Set(["BTG", "HLEGAL"]);

/** Whether a purpose is below another in HL7's tree. Never one that has to be named: BTG, which is below ETREAT there, and HLEGAL, below HOPERAT. */
export function isNarrowerPurpose(narrow: Code, wide: Code): boolean {
  const [code, above] = [codeIn(PURPOSE_SYSTEM, narrow), codeIn(PURPOSE_SYSTEM, wide)];
  return code !== null && above !== null && !ALWAYS_NAMED.has(code) && isBelowPurpose(code, above);
}
