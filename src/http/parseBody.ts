import { isUtf8 } from "node:buffer";
import { badInput } from "../domain/kernel/errors.ts";
import { parseJson } from "./parseJson.ts";

/** The forms in which nearly all clients say that they send JSON. */
const USUAL_TYPES: ReadonlySet<string | undefined> = new Set(["application/json", "application/json; charset=utf-8"]);
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/gi;

function requireUtf8Named(contentType = ""): void {
  if (USUAL_TYPES.has(contentType)) return;
  for (const [, charset = ""] of contentType.matchAll(CHARSET))
    if (!/^utf-?8$/i.test(charset))
      throw badInput([{ path: "Content-Type", message: "must name the charset utf-8, or none" }]);
}

/**
 * The value of a JSON body, which is UTF-8 (RFC 8259 section 8.1): read as anything else, or with a replacement for each byte
 * that is none, two ids could become one.
 * @throws ScopewardenError BAD_USER_INPUT
 */
export function parseBody(body: Buffer, contentType: string | undefined): unknown {
  requireUtf8Named(contentType);
  if (!isUtf8(body)) throw badInput([{ path: "body", message: "must be UTF-8, and has bytes that are not" }]);
  return parseJson(body.toString("utf8"));
}
