import { looksLikeSmart } from "../smart.ts";
import { type LintFinding, type LintInput, listed } from "./finding.ts";
import { broadWords } from "./words.ts";

/** A name that says all, any, full or `*`. A SMART scope says what it permits by its syntax, and is judged by that. */
export function broadName({ name }: LintInput): LintFinding | null {
  const words = looksLikeSmart(name) ? [] : broadWords(name);
  if (words.length === 0) return null;
  return {
    code: "BROAD_NAME",
    severity: "REFUSE",
    message: `The name says ${listed(words.map((word) => `"${word}"`))}, and no one can tell where it ends.`,
    narrowing: "Name the action and the data, as in view_lab_results.",
  };
}
