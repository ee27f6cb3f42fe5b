import type { RuleLintFinding, RuleLintInput } from "./ruleFinding.ts";

/** An ALLOW for every scope: it reaches what scopes made later permit, too. */
export function allowEveryScope({ rule }: RuleLintInput): RuleLintFinding | null {
  if (rule.effect !== "ALLOW" || rule.scope !== "*") return null;
  return {
    code: "ALLOW_EVERY_SCOPE",
    severity: "REFUSE",
    message: "It allows under every scope, those that are registered later included.",
    narrowing: "Name the scope, and make one rule for each further one.",
  };
}
