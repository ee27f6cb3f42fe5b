import { kindsOf, type LintFinding, type LintInput, listed, typesOf } from "./finding.ts";

/** One type, and kinds of action that are not just reading and changing. */
export function severalKinds(input: LintInput): LintFinding | null {
  const kinds = kindsOf(input);
  const onlyReadAndWrite = kinds.includes("read") && kinds.includes("write") && kinds.length === 2;
  if (typesOf(input).length > 1 || kinds.length < 2 || onlyReadAndWrite) return null;
  return {
    code: "SEVERAL_KINDS",
    severity: "WARNING",
    message: `One scope for several kinds of action: ${listed(kinds)}.`,
    narrowing: "Make one scope for each, so that each can be granted by need.",
  };
}
