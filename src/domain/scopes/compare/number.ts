import { type Compared, metIf, type Prefix, withoutPrefix } from "./comparison.ts";
import { compareDecimals, type Decimal, plus, readDecimal } from "./decimal.ts";

/**
 * Whether a number is within the precision of a wanted one: 100 is 99.5 up to below 100.5, 100.00 is 99.995 up to below
 * 100.005. One with an exponent is a digit more precise, as in the specification's own table: 1e2 is 95 up to below 105.
 */
function isWithin(actual: Decimal, text: string, wanted: Decimal): boolean {
  const half = { units: 5n, scale: wanted.scale + (/e/i.test(text) ? 2 : 1) };
  const below = plus(wanted, { ...half, units: -half.units });
  return compareDecimals(actual, below) >= 0 && compareDecimals(actual, plus(wanted, half)) < 0;
}

/** What each prefix asks of a number; all but eq and ne take the wanted one as exact. */
const HOLDS: Readonly<Record<Exclude<Prefix, "eq" | "ne" | "ap">, (order: number) => boolean>> = {
  gt: (order) => order > 0,
  sa: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  eb: (order) => order < 0,
  le: (order) => order <= 0,
};

/**
 * A number, exact as the resource has it, with a prefix and a wanted one in the precision in which it is written. How near
 * `ap` is, FHIR leaves to the server. FHIR R4, sections 3.1.1.4.6 and 3.1.1.4.7, https://hl7.org/fhir/R4/search.html#number
 */
export function compareNumber(actual: string, wanted: string): Compared {
  const { prefix, rest } = withoutPrefix(wanted);
  const [a, w] = [readDecimal(actual), readDecimal(rest)];
  if (a === null || w === null || prefix === "ap") return "UNKNOWN";
  if (prefix === "eq" || prefix === "ne") return metIf(isWithin(a, rest, w) === (prefix === "eq"));
  return metIf(HOLDS[prefix](compareDecimals(a, w)));
}
