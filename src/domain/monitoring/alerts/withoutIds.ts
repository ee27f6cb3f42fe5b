import type { Pseudonym } from "../../kernel/ports.ts";

/** What a word goes on with: an id that is part of a longer word is none. */
const IN_WORD = /^[\p{L}\p{N}_-]$/u;

const isPair = (text: string, at: number): boolean =>
  (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
const goesOn = (text: string, at: number): boolean =>
  at < text.length && IN_WORD.test(isPair(text, at) ? text.slice(at, at + 2) : text.charAt(at));
const cameFrom = (text: string, at: number): boolean =>
  at > 0 && IN_WORD.test(at > 1 && isPair(text, at - 2) ? text.slice(at - 2, at) : text.charAt(at - 1));

/** In one case, where that keeps every place of the text. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}

/** Where an id stands as a word of its own, in whatever case. */
function* placesOf(id: string, text: string): Generator<number> {
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1))
    if (!cameFrom(text, at) && !goesOn(text, at + id.length)) yield at;
}

/** A text without these ids, where they stand as words of their own; the longest go first. Each is looked for by itself. */
export function withoutIds(text: string, ids: readonly string[], of: Pseudonym): string {
  const longestFirst = [...new Set(ids)].filter((id) => id !== "").sort((a, b) => b.length - a.length);
  const found: { readonly from: number; readonly to: number; readonly id: string }[] = [];
  const inOneCase = folded(text);
  for (const id of longestFirst)
    for (const from of placesOf(folded(id), inOneCase)) {
      const to = from + id.length;
      if (!found.some((other) => from < other.to && other.from < to)) found.push({ from, to, id });
    }
  if (found.length === 0) return text;
  let [shown, at] = ["", 0];
  for (const { from, id, to } of found.sort((a, b) => a.from - b.from)) {
    shown += text.slice(at, from) + of(id);
    at = to;
  }
  return shown + text.slice(at);
}
