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
  if (Array.isArray(value)) return arrayText(value);
  if (typeof value !== "object") throw new TypeError(`JSON cannot carry a ${typeof value}`);
  return objectText(value as { readonly [name: string]: Json | undefined });
}

// Text is put together by concatenation: this runs for every decision, and lists of parts cost twice the time.
function arrayText(values: readonly Json[]): string {
  let text = "[";
  for (let i = 0; i < values.length; i++) text += (i === 0 ? "" : ",") + canonicalJson(values[i] ?? null);
  return `${text}]`;
}

function objectText(record: { readonly [name: string]: Json | undefined }): string {
  let text = "";
  for (const name of Object.keys(record).sort()) {
    const member = record[name];
    if (member === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** Equal as JSON: member order does not count, absent and undefined are one. */
export function sameJson(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
