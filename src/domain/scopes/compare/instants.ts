/** From the first instant of a date or time up to below the first one after it, in nanoseconds since 1970 UTC. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

const DATE =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;
const SECOND = 1_000_000_000n;
const MINUTE = 60n * SECOND;
const DAY = 1440n * MINUTE;

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const daysIn = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

/** Days from 1970-01-01 to the first day of a month; month 13 is January of the next year. */
function daysTo(year: number, month: number): number {
  const before = year - 1;
  let days = before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 719_162;
  for (let earlier = 1; earlier < month; earlier++) days += daysIn(year, earlier);
  return days;
}

/** East of UTC, in minutes; null: there is no such zone. */
function offsetOf(zone: string): number | null {
  if (zone === "Z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 14 || minutes > 59) return null;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

const spanOf = (from: bigint, length: bigint): Span => ({ from, to: from + length });

/**
 * What a date, a time or a part of one (`2020`, `2020-05`, `2020-05-01T10:30+02:00`) spans; null: there is no such time.
 * What has no zone is taken as UTC. FHIR R4, section 3.1.1.4.9
 */
export function spanOfDate(text: string): Span | null {
  const [whole, years = "", months, days, hours, minutes, seconds, fraction = "", zone = "Z"] = DATE.exec(text) ?? [];
  if (whole === undefined) return null;
  const [year, month, day] = [Number(years), Number(months ?? 1), Number(days ?? 1)];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  const first = BigInt(daysTo(year, month) + day - 1) * DAY;
  if (months === undefined) return spanOf(first, BigInt(daysTo(year, 13) - daysTo(year, 1)) * DAY);
  if (days === undefined) return spanOf(first, BigInt(daysIn(year, month)) * DAY);
  if (hours === undefined) return spanOf(first, DAY);
  const [hour, minute, second, offset] = [Number(hours), Number(minutes), Number(seconds ?? 0), offsetOf(zone)];
  if (hour > 23 || minute > 59 || second > 59 || offset === null) return null;
  const from = first + BigInt(hour * 60 + minute - offset) * MINUTE + BigInt(second) * SECOND;
  if (seconds === undefined) return spanOf(from, MINUTE);
  return spanOf(from + BigInt(fraction.padEnd(9, "0")), fraction === "" ? SECOND : 10n ** BigInt(9 - fraction.length));
}
