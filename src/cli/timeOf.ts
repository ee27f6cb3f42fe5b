import { isoTime, timeIn } from "../domain/kernel/time.ts";
import { badUsage } from "./exit.ts";

const DATE = /^\d{4}-\d\d-\d\d$/;

/** A date, which the service takes for the day where it is, or a time in UTC. @throws CliError */
export function timeOf(text: string, option: string): string {
  const time = timeIn(text);
  const instant = time === null ? "" : isoTime(time);
  // An offset can lead out of the years that have four digits.
  if (!/^\d{4}-/.test(instant))
    throw badUsage(`${option} must be a date such as 2026-03-01, or a time such as 2026-03-01T09:30:00Z.`);
  return DATE.test(text) ? text : instant;
}

/** Whether a window ends before it begins. One date for both is that day; of a date and a time the service knows. */
export function isBackwards(from: string, to: string): boolean {
  if (DATE.test(from) !== DATE.test(to)) return false;
  return DATE.test(from) ? from > to : from >= to;
}
