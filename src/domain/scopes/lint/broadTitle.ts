import { type LintFinding, type LintInput, listed } from "./finding.ts";
import { broadWords } from "./words.ts";

/** The same in the title, where the words have other uses ("full blood count") and so are pointed out only. */
export function broadTitle({ title }: LintInput): LintFinding | null {
  const words = title === null ? [] : broadWords(title);
  if (words.length === 0) return null;
  return {
    code: "BROAD_TITLE",
    severity: "WARNING",
    message: `The title says ${listed(words.map((word) => `"${word}"`))}.`,
    narrowing: "Say which data and what is done with it: the title is what a person consents to.",
  };
}
