import { badInput } from "../domain/kernel/errors.ts";
import { textProblem } from "../domain/kernel/text.ts";

const VERSION = "1";

/** A position in a list as opaque text: base64url of the version, the list and the key. */
export function encodeCursor(list: string, key: string | number): string {
  return Buffer.from(`${VERSION}:${list}:${key}`, "utf8").toString("base64url");
}

/** The key in a cursor of this list. @throws ScopewardenError BAD_USER_INPUT for anything else, naming `path`. */
export function decodeCursor(list: string, cursor: string, path = "after"): string {
  const bytes = Buffer.from(cursor, "base64url");
  const text = bytes.toString("utf8");
  const prefix = `${VERSION}:${list}:`;
  // Buffer skips what is no base64url and UTF-8 replaces what is no text: only what encodes back is a cursor.
  const intact = Buffer.from(text, "utf8").toString("base64url") === cursor;
  if (!intact || !text.startsWith(prefix) || textProblem(text, 8192) !== null) {
    throw badInput([{ path, message: `must be a cursor of ${list}, as an earlier page gave it` }]);
  }
  return text.slice(prefix.length);
}

/** The same for lists whose keys are whole numbers. */
export function decodeNumberCursor(list: string, cursor: string): number {
  const key = decodeCursor(list, cursor);
  if (/^(0|[1-9]\d{0,14})$/.test(key)) return Number(key);
  throw badInput([{ path: "after", message: `must be a cursor of ${list}, as an earlier page gave it` }]);
}
