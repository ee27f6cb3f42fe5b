import { isoTime } from "../domain/kernel/time.ts";
import { badUsage } from "./exit.ts";

const DATE = /^\d{4}-\d\d-\d\d$/;
const FORM = /^(\d{4}-\d\d-\d\d)(?:T(\d\d):\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** A date (its midnight in UTC) or a time with an offset, in milliseconds since 1970; null: it is none, or there is no such time. */
export function timeIn(text: string): number | null {
  const [, day = "", hour] = FORM.exec(text) ?? [];
  const time = day === "" ? Number.NaN : Date.parse(text);
  // Date.parse takes 30 February for 2 March, and the hour 24 for the next day's first.
  if (Number.isNaN(time) || hour === "24" || isoTime(Date.parse(day)).slice(0, 10) !== day) return null;
  return time;
}

/** A date, which the service takes for the day where it is, or a time in UTC. @throws CliError */
export function timeOf(text: string, option: string): string {
  const time = timeIn(text);
  const instant = time === null ? "" : isoTime(time);
  // An offset can lead out of the years that have four digits.
  if (!FORM.test(instant))
    throw badUsage(`${option} must be a date such as 2026-03-01, or a time such as 2026-03-01T09:30:00Z.`);
  return DATE.test(text) ? text : instant;
}

/** Whether a window ends before it begins. One date for both is that day; of a date and a time the service knows. */
export function isBackwards(from: string, to: string): boolean {
  if (DATE.test(from) !== DATE.test(to)) return false;
  return DATE.test(from) ? from > to : from >= to;
}
