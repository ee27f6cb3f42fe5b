import { badUsage } from "./exit.ts";

/** A date or a time as the service takes it. @throws CliError */
export function timeOf(text: string, option: string): string {
  const form = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;
  const time = form.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes the 31st of a shorter month for the next month's first.
  if (Number.isNaN(time) || (text.length === 10 && new Date(time).toISOString().slice(0, 10) !== text))
    throw badUsage(`${option} must be a date such as 2026-03-01, or a time such as 2026-03-01T09:30:00Z.`);
  return new Date(time).toISOString();
}
