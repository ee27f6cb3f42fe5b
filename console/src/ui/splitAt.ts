/** A text before and after the first place where an id stands by itself in it; null: it does not. */
export function splitAt(text: string, id: string): readonly [before: string, after: string] | null {
  const isWord = (at: number): boolean => /[\p{L}\p{N}_-]/u.test(text.charAt(at));
  for (let at = text.indexOf(id); id !== "" && at >= 0; at = text.indexOf(id, at + 1))
    if (!isWord(at - 1) && !isWord(at + id.length)) return [text.slice(0, at), text.slice(at + id.length)];
  return null;
}
