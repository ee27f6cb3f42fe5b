import { badInput } from "../domain/kernel/errors.ts";

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
/** A path that is longer says no more to anyone. */
const PATH_LENGTH = 200;

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** How many members a JSON text has, or more: the name of each is a text before a colon, and so may be the quote before a text that begins with one. */
function namesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(":"); at !== -1; at = text.indexOf(":", at + 1)) {
    let before = at - 1;
    while (isSpace(text.charCodeAt(before))) before--;
    if (text.charCodeAt(before) === QUOTE) count++;
  }
  return count;
}

/** How many members a parsed value has, whatever it is nested in. */
function membersIn(value: unknown): number {
  let count = 0;
  const open: unknown[] = [value];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (typeof at !== "object" || at === null) continue;
    if (Array.isArray(at)) {
      for (const each of at) if (typeof each === "object") open.push(each);
      continue;
    }
    for (const name in at) {
      count++;
      const member = (at as { readonly [name: string]: unknown })[name];
      if (typeof member === "object") open.push(member);
    }
  }
  return count;
}

/** Where the text ends that begins at a quote. */
function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

/** An object or an array that is open: the names that it has had, or null; and where its next value stands. */
interface Open {
  readonly names: Set<string> | null;
  isName: boolean;
  at: string;
  index: number;
}

const pathOf = (open: readonly Open[]): string =>
  open
    .map(({ at, index, names }) => (names === null ? `[${index}]` : `.${at}`))
    .join("")
    .replace(/^\./, "")
    .slice(0, PATH_LENGTH);

/** The path of the first member that stands twice in its object, in a text that is JSON; null: there is none. */
function doubledIn(text: string): string | null {
  const open: Open[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const of = open.at(-1);
    if (code === OPEN_OBJECT) open.push({ names: new Set(), isName: true, at: "", index: 0 });
    else if (code === OPEN_ARRAY) open.push({ names: null, isName: false, at: "", index: 0 });
    else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) open.pop();
    else if (code === COLON && of !== undefined) of.isName = false;
    else if (code === COMMA && of !== undefined) {
      of.isName = of.names !== null;
      of.index++;
    } else if (code === QUOTE) {
      const end = endOfText(text, at);
      if (of?.isName) {
        // An escape may stand for a letter.
        of.at = JSON.parse(text.slice(at, end + 1)) as string;
        if (of.names?.has(of.at)) return pathOf(open);
        of.names?.add(of.at);
      }
      at = end;
    }
  }
  return null;
}

/**
 * Refuses a JSON text in which an object has a member twice: others take the first, JavaScript the last, and what was asked would be another
 * question to each (RFC 8259 section 4, RFC 7493 section 2.3). Members are counted, in the text and in its value; only where these
 * differ is the text looked through. @throws ScopewardenError BAD_USER_INPUT with the place
 */
export function requireMembersOnce(text: string, value: unknown): void {
  if (namesIn(text) === membersIn(value)) return;
  const path = doubledIn(text);
  if (path !== null)
    throw badInput([{ path, message: "must stand once: with two values nobody can tell which is meant" }]);
}
