import type { RuleLintFinding, RuleLintInput } from "./ruleFinding.ts";

/** An ALLOW for every role, and for whoever holds none, without a condition that looks at the request. */
export function allowEveryRole({ rule, terms }: RuleLintInput): RuleLintFinding | null {
  if (rule.effect !== "ALLOW" || rule.role !== "*") return null;
  if (terms !== null && terms.touched.length + terms.asked.length > 0) return null;
  const condition =
    rule.when === null ? "without a condition" : "with a condition that looks at nothing of the request";
  return {
    code: "ALLOW_EVERY_ROLE",
    severity: "REFUSE",
    message: `It allows everybody, those who hold no role included, ${condition}.`,
    narrowing: "Name the role that it is for, or give it a condition that not everybody meets.",
  };
}
