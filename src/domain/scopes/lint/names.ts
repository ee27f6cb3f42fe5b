import { looksLikeSmart } from "../smart.ts";
import { distinct, type LintFinding, type LintInput, listed } from "./finding.ts";

const BROAD: ReadonlySet<string> = new Set(["all", "any", "full"]);

/** The words of a name or a title, in lower case: `readAllData`, `read_all_data`, `read.all` alike. */
export function wordsOf(text: string): readonly string[] {
  const spaced = text.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return spaced.split(/[^\p{L}\p{N}*]+/u).filter((word) => word !== "");
}

function broadWords(text: string): readonly string[] {
  return distinct(wordsOf(text).flatMap((word) => (word.includes("*") ? ["*"] : BROAD.has(word) ? [word] : [])));
}

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
