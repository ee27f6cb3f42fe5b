import { distinct } from "./finding.ts";

const BROAD: ReadonlySet<string> = new Set(["all", "any", "full"]);

/** The words of a name or a title, in lower case: `readAllData`, `read_all_data`, `read.all` alike. */
export function wordsOf(text: string): readonly string[] {
  const spaced = text.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return spaced.split(/[^\p{L}\p{N}*]+/u).filter((word) => word !== "");
}

/** Those of them that say no bound: all, any, full, `*`; each once. */
export function broadWords(text: string): readonly string[] {
  return distinct(wordsOf(text).flatMap((word) => (word.includes("*") ? ["*"] : BROAD.has(word) ? [word] : [])));
}
