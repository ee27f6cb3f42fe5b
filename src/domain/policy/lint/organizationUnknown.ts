import { comparedWith, type RuleLintFinding, type RuleLintInput } from "./ruleFinding.ts";

/** An organization that nothing in the policy names: it may be misspelt, or be one that only requests know. */
export function organizationUnknown(input: RuleLintInput): RuleLintFinding | null {
  const { isOrganization } = input;
  if (isOrganization === null) return null;
  const named = comparedWith(input, "resource.organization", "subject.organization");
  const unknown = named.find((id) => !isOrganization(id));
  if (unknown === undefined) return null;
  return {
    code: "ORGANIZATION_UNKNOWN",
    severity: "WARNING",
    message: `Its condition compares an organization with ${unknown}, in which nobody holds a role.`,
    narrowing: "Check how it is written, or assign a role there.",
  };
}
