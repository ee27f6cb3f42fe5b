import type { Compared } from "./comparison.ts";
import { compareNumber } from "./number.ts";

interface Quantity {
  readonly number: string;
  /** Null: no unit is said. */
  readonly unit: { readonly system: string; readonly code: string } | null;
}

function read(text: string): Quantity | null {
  const [number = "", system, code, ...more] = text.split("|");
  if (system === undefined) return { number, unit: null };
  return code === undefined || code === "" || more.length > 0 ? null : { number, unit: { system, code } };
}

/** Whether the unit is the wanted one: `||code` is of any system. Units are not converted. */
function isSameUnit(actual: Quantity["unit"], wanted: Quantity["unit"]): boolean {
  if (wanted === null) return true;
  if (actual === null || actual.code !== wanted.code) return false;
  return wanted.system === "" || actual.system === wanted.system;
}

/**
 * `5.4|system|code`, `5.4||unit` or `5.4`, with a prefix as for numbers. Quantities in other units than the wanted one, or
 * in none, can't be compared. FHIR R4, section 3.1.1.4.13, https://hl7.org/fhir/R4/search.html#quantity
 */
export function compareQuantity(actual: string, wanted: string): Compared {
  const [a, w] = [read(actual), read(wanted)];
  if (a === null || w === null || !isSameUnit(a.unit, w.unit)) return "UNKNOWN";
  return compareNumber(a.number, w.number);
}
