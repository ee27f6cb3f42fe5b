import { kindsOf, type LintFinding, type LintInput, listed, typesOf } from "./finding.ts";

/** More than one type and more than one kind of action. */
export function mixedTypesAndKinds(input: LintInput): LintFinding | null {
  const [types, kinds] = [typesOf(input), kindsOf(input)];
  if (types.length < 2 || kinds.length < 2) return null;
  return {
    code: "UNRELATED_ATOMS",
    severity: "REFUSE",
    message: `One scope for ${listed(kinds)} on ${listed(types)}: who needs one part of it gets the rest as well.`,
    narrowing: "Make one scope for each kind of action on each type.",
  };
}
