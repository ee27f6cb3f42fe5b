/** What JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/**
 * The one text of a JSON value: members sorted by UTF-16 code units, no white space, absent members left out
 * (RFC 8785, JSON Canonicalization Scheme; numbers and strings as ECMAScript prints them, as it asks).
 * @throws TypeError for what JSON cannot carry (NaN, Infinity, functions).
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("a number in JSON is finite");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`JSON cannot carry a ${typeof value}`);
  const record = value as { readonly [name: string]: Json | undefined };
  const members: string[] = [];
  for (const name of Object.keys(record).sort()) {
    const member = record[name];
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/** Equal as JSON: member order does not count, absent and undefined are one. */
export function sameJson(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
