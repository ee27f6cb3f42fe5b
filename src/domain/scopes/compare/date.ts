import { type Compared, metIf, type Prefix, withoutPrefix } from "./comparison.ts";
import { type Span, spanOfDate } from "./instants.ts";

const contains = (wanted: Span, actual: Span): boolean => wanted.from <= actual.from && actual.to <= wanted.to;

/** What each prefix asks of the span of the resource's date. */
const HOLDS: Readonly<Record<Exclude<Prefix, "ap">, (actual: Span, wanted: Span) => boolean>> = {
  eq: (actual, wanted) => contains(wanted, actual),
  ne: (actual, wanted) => !contains(wanted, actual),
  gt: (actual, wanted) => actual.to > wanted.to,
  ge: (actual, wanted) => actual.to > wanted.to || contains(wanted, actual),
  lt: (actual, wanted) => actual.from < wanted.from,
  le: (actual, wanted) => actual.from < wanted.from || contains(wanted, actual),
  sa: (actual, wanted) => actual.from >= wanted.to,
  eb: (actual, wanted) => actual.to <= wanted.from,
};

/**
 * Both are spans as long as they are precise: 2020 is the whole year. How near `ap` is, depends on the time of asking.
 * FHIR R4, sections 3.1.1.4.6 and 3.1.1.4.9, https://hl7.org/fhir/R4/search.html#date
 */
export function compareDate(actual: string, wanted: string): Compared {
  const { prefix, rest } = withoutPrefix(wanted);
  const [a, w] = [spanOfDate(actual), spanOfDate(rest)];
  return a === null || w === null || prefix === "ap" ? "UNKNOWN" : metIf(HOLDS[prefix](a, w));
}
