import { ScopewardenError } from "../../domain/kernel/errors.ts";

/**
 * The longest text, in UTF-8 bytes, that may stand in an index. PostgreSQL refuses an index row over 2,704 bytes;
 * SQLite would take it, and the two must answer alike.
 */
export const MAX_INDEXED_BYTES = 2500;

/**
 * Whether both databases keep this text as it is: PostgreSQL has no NUL, and UTF-8 has no unpaired surrogate.
 * No stored text equals one that is not storable, so a filter for such a text matches nothing.
 */
export function isStorable(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text);
}

/** @throws ScopewardenError BAD_USER_INPUT for a text that can't be kept as it is. */
export function requireStorable(text: string, name: string): void {
  if (!isStorable(text)) {
    throw new ScopewardenError("BAD_USER_INPUT", `${name} must not contain NUL or unpaired surrogates`);
  }
}

/** @throws ScopewardenError BAD_USER_INPUT for a text that can't be kept, or is too long to be found again. */
export function requireIndexable(text: string, name: string): void {
  requireStorable(text, name);
  // One code unit is at most three bytes, so most texts need no counting.
  if (text.length * 3 > MAX_INDEXED_BYTES && Buffer.byteLength(text) > MAX_INDEXED_BYTES) {
    throw new ScopewardenError("BAD_USER_INPUT", `${name} must have at most ${MAX_INDEXED_BYTES} bytes`);
  }
}

const SURROGATE = /[\uD800-\uDFFF]/;

/** The order in which both databases have texts: that of their UTF-8, which is UTF-16's but for surrogates. */
export function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
  return a < b ? -1 : 1;
}
