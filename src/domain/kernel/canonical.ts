/** What JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined };

/**
 * The one text of a JSON value: members sorted by UTF-16 code units, no white space, absent members left out
 * (RFC 8785, JSON Canonicalization Scheme; numbers and strings as ECMAScript prints them, as it asks).
 * @throws TypeError for what JSON cannot carry (NaN, Infinity, functions).
 */
export function canonicalJson(value: Json): string {
  return isInOrder(value) ? JSON.stringify(value) : textOf(value);
}

/**
 * Whether ECMAScript's own text of a value is the canonical one: every object's members stand in order already, and
 * there is nothing that JSON cannot carry. This runs for every decision, and records are made in order.
 */
function isInOrder(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (value[i] !== undefined && !isInOrder(value[i])) return false;
    return true;
  }
  // Only what JSON.parse and object literals make: anything else may print itself otherwise (a Date's toJSON).
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  let last = "";
  for (const name in value) {
    const member = (value as { readonly [name: string]: unknown })[name];
    if (name < last || name === "toJSON" || (member !== undefined && !isInOrder(member))) return false;
    last = name;
  }
  return true;
}

function textOf(value: Json): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("a number in JSON is finite");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item: Json | undefined) => textOf(item ?? null)).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`JSON cannot carry a ${typeof value}`);
  return objectText(value as { readonly [name: string]: Json | undefined });
}

function objectText(record: { readonly [name: string]: Json | undefined }): string {
  const members: string[] = [];
  for (const name of Object.keys(record).sort()) {
    const member = record[name];
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${textOf(member)}`);
  }
  return `{${members.join(",")}}`;
}

type Members = { readonly [name: string]: Json | undefined };
/** What an object has by itself: every object inherits a `constructor`. */
const member = (of: Members, name: string): Json | undefined => (Object.hasOwn(of, name) ? of[name] : undefined);

/** Equal as JSON: member order does not count, absent and undefined are one. No text is made: replays ask this most of all. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameJson(a[i] ?? null, b[i] ?? null)) return false;
    return true;
  }
  const [one, other] = [a as Members, b as Members];
  for (const name in one) if (!sameJson(one[name], member(other, name))) return false;
  for (const name in other) if (other[name] !== undefined && member(one, name) === undefined) return false;
  return true;
}
