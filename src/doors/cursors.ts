import { createHash } from "node:crypto";
import { badInput } from "../domain/kernel/errors.ts";
import { textProblem } from "../domain/kernel/text.ts";

const CHECK_BYTES = 6;

/** Tells a cursor that was altered. It guards against mistakes and keeps no secret: any instance reads what another gave. */
const checkOf = (text: Buffer): Buffer => createHash("sha256").update(text).digest().subarray(0, CHECK_BYTES);

/** A position in a list as opaque text: base64url of a check, the list and the key. */
export function encodeCursor(list: string, key: string | number): string {
  const text = Buffer.from(`${list}:${key}`, "utf8");
  return Buffer.concat([checkOf(text), text]).toString("base64url");
}

/** The key in a cursor of this list; null for anything else: of another list, altered, made up. */
export function readCursor(list: string, cursor: string): string | null {
  const bytes = Buffer.from(cursor, "base64url");
  const text = bytes.subarray(CHECK_BYTES);
  // Buffer skips what is no base64url: only what encodes back is a cursor.
  if (bytes.toString("base64url") !== cursor || !checkOf(text).equals(bytes.subarray(0, CHECK_BYTES))) return null;
  const read = text.toString("utf8");
  return read.startsWith(`${list}:`) && textProblem(read, 8192) === null ? read.slice(list.length + 1) : null;
}

const refused = (list: string, path: string) =>
  badInput([{ path, message: `must be a cursor of ${list}, as an earlier page gave it` }]);

/** The key in a cursor of this list. @throws ScopewardenError BAD_USER_INPUT for anything else, naming `path`. */
export function decodeCursor(list: string, cursor: string, path = "after"): string {
  const key = readCursor(list, cursor);
  if (key === null) throw refused(list, path);
  return key;
}

/** The same for lists whose keys are whole numbers. */
export function decodeNumberCursor(list: string, cursor: string): number {
  const key = decodeCursor(list, cursor);
  if (/^(0|[1-9]\d{0,14})$/.test(key)) return Number(key);
  throw refused(list, "after");
}
