import { isUtf8 } from "node:buffer";
import { parse as careful } from "secure-json-parse";
import { badInput, ScopewardenError } from "../domain/kernel/errors.ts";
import { hasUnpairedSurrogate } from "../domain/kernel/text.ts";
import { requireMembersOnce } from "./doubledMembers.ts";

/** The forms in which nearly all clients say that they send JSON. */
const USUAL_TYPES: ReadonlySet<string | undefined> = new Set(["application/json", "application/json; charset=utf-8"]);
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/gi;

function requireUtf8Named(contentType = ""): void {
  if (USUAL_TYPES.has(contentType)) return;
  for (const [, charset = ""] of contentType.matchAll(CHARSET))
    if (!/^utf-?8$/i.test(charset))
      throw badInput([{ path: "Content-Type", message: "must name the charset utf-8, or none" }]);
}

/** An escape that may be half of a pair of surrogates. */
const SURROGATE = /\\u[dD][89a-fA-F]/;

const EXPECTED = "must not contain unpaired surrogates (\\ud800 to \\udfff): send characters of Unicode";
/** A path that is longer says no more to anyone. */
const PATH_LENGTH = 200;

/**
 * Refuses a parsed JSON value that has an unpaired surrogate in a text or in the name of a member: no store keeps it, and in
 * UTF-8 all of them become one. No recursion, as the value may be nested as deep as its text is long.
 * @throws ScopewardenError BAD_USER_INPUT with the place.
 */
function requireWellFormed(value: unknown): void {
  const open: { readonly value: unknown; readonly path: string }[] = [{ value, path: "" }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: at, path } = next;
    if (typeof at === "string" && hasUnpairedSurrogate(at))
      throw badInput([{ path: path.slice(0, PATH_LENGTH) || "body", message: EXPECTED }]);
    if (typeof at !== "object" || at === null) continue;
    for (const [name, member] of Object.entries(at)) {
      if (hasUnpairedSurrogate(name))
        throw badInput([{ path: path.slice(0, PATH_LENGTH) || "body", message: `${EXPECTED}, in names too` }]);
      const dotted = path === "" ? name : `${path}.${name}`;
      open.push({ value: member, path: Array.isArray(at) ? `${path}[${name}]` : dotted });
    }
  }
}

/** The value of a text without what could stand for `__proto__` or a surrogate; undefined: it may have it, or is no JSON. */
function parsePlain(text: string): unknown {
  if (text.includes("__proto__") || text.includes("constructor") || text.includes("\\u")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * The value of a JSON text, which may have no members that mean something to JavaScript (`__proto__`), none twice, and no unpaired
 * surrogates. Looking for the first and the last takes longer than parsing; a text without the letters of the first, and without escapes
 * that could stand for letters, has none.
 * @throws ScopewardenError BAD_USER_INPUT for a text that is empty, no JSON, or has what it may not have.
 */
function parseJson(text: string): unknown {
  let value = parsePlain(text);
  if (value === undefined) {
    if (text === "") throw new ScopewardenError("BAD_USER_INPUT", "The request body is empty.");
    try {
      value = careful(text, null, { protoAction: "error", constructorAction: "error" });
    } catch {
      throw new ScopewardenError("BAD_USER_INPUT", "The request body is not valid JSON.");
    }
    if (SURROGATE.test(text)) requireWellFormed(value);
  }
  requireMembersOnce(text, value);
  return value;
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
