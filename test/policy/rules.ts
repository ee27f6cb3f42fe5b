import fc from "fast-check";
import type { Rule } from "../../src/domain/policy/types.ts";

export const RULE_SCOPES = ["s1", "s2", "*", "patient/Observation.rs", "patient/*.r"];
const rule: fc.Arbitrary<Rule> = fc.record({
  id: fc.nat({ max: 200 }).map(String),
  role: fc.constantFrom("r1", "r2", "*"),
  scope: fc.constantFrom(...RULE_SCOPES),
  action: fc.constantFrom("read", "search", "*"),
  resourceType: fc.constantFrom("Observation", "Condition", "*"),
  when: fc.constant(null),
  effect: fc.constantFrom<Rule["effect"][]>("ALLOW", "DENY"),
  obligations: fc.constant([]),
  description: fc.constant(null),
  justification: fc.constant(null),
});

/** Rules of few names, so that many stand together. */
export const indexedRules = fc.uniqueArray(rule, { selector: ({ id }) => id, maxLength: 120, size: "max" });
