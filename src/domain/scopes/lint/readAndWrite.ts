import { kindsOf, type LintFinding, type LintInput } from "./finding.ts";

/** Reading and changing in one. */
export function readAndWrite(input: LintInput): LintFinding | null {
  const kinds = kindsOf(input);
  if (!kinds.includes("read") || !kinds.includes("write")) return null;
  return {
    code: "READ_AND_WRITE",
    severity: "REFUSE",
    message: "Reading and changing are in one scope: nobody can be given the one without the other.",
    narrowing: "Make a scope for read and search, and another for the changes.",
  };
}
