import { isBelowPurpose, PURPOSE_SYSTEM } from "../scopes/purposes.ts";
import { codeIn } from "./hl7Codes.ts";
import type { Code, ConsentEffect } from "./types.ts";

/**
 * What is never meant as a narrower purpose. Who agrees to treatment does not agree that refusals be broken, nor who agrees to operations to
 * what a court is given; who refuses treatment does not refuse an emergency's: 45 CFR 164.522(a)(1)(iii).
 */
const ALWAYS_NAMED: { readonly [E in ConsentEffect]: ReadonlySet<string> } = {
  PERMIT: new Set(["BTG", "HLEGAL"]),
  DENY: new Set(["BTG", "ETREAT", "ERTREAT"]),
};

/** Whether a purpose is below another in HL7's tree, so that a permission or a refusal of that one may mean it too. */
export function isNarrowerPurpose(narrow: Code, wide: Code, effect: ConsentEffect): boolean {
  const [code, above] = [codeIn(PURPOSE_SYSTEM, narrow), codeIn(PURPOSE_SYSTEM, wide)];
  return code !== null && above !== null && !ALWAYS_NAMED[effect].has(code) && isBelowPurpose(code, above);
}
