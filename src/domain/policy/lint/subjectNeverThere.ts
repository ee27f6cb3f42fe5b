import type { RuleLintFinding, RuleLintInput } from "./ruleFinding.ts";

/** A condition on the subject, for a scope that is for clients alone: an ALLOW never matches, and a DENY always does. */
export function subjectNeverThere({ rule, terms, atoms }: RuleLintInput): RuleLintFinding | null {
  if (atoms === null || atoms.length === 0 || atoms.some(({ context }) => context !== "SYSTEM")) return null;
  const touched = terms?.touched.find((member) => member === "subject" || member.startsWith("subject."));
  if (touched === undefined) return null;
  const then = rule.effect === "ALLOW" ? "never matches" : "always matches";
  return {
    code: "SUBJECT_NEVER_THERE",
    severity: "WARNING",
    message: `Its condition looks at ${touched}, and under ${rule.scope} there never is a subject: it ${then}.`,
    narrowing: "Look at the client, or name a user/ or patient/ scope.",
  };
}
