import { kindsOf, type LintFinding, type LintInput, listed, typesOf } from "./finding.ts";

/** One kind of action, on more than one type. */
export function severalTypes(input: LintInput): LintFinding | null {
  const types = typesOf(input);
  if (types.length < 2 || kindsOf(input).length > 1) return null;
  return {
    code: "SEVERAL_TYPES",
    severity: "WARNING",
    message: `One scope for ${types.length} resource types: ${listed(types)}.`,
    narrowing: "One action and one data type make a scope that can be granted by need.",
  };
}
