import { serviceNow } from "../session/session.ts";

/** Whether it is a day, `2026-11-25`, or a time of one, with a year of four digits. */
export const isDate = (text: string): boolean =>
  /^[1-9]\d{3}-\d\d-\d\d(?:T[\d:.]+)?$/.test(text) && !Number.isNaN(Date.parse(text));

/** A time in this zone, `2026-11-25T12:30`, as the service takes it; what is no time: null. */
export const isoOf = (local: string): string | null => (isDate(local) ? new Date(local).toISOString() : null);

/** The beginning of a day in this zone, `2026-11-25`, as the service takes it; what is no day: null. */
export const dayFrom = (day: string): string | null => isoOf(`${day}T00:00:00`);

/** The end of a day, which belongs to it, as the service takes it; what is no day: null. */
export function dayUntil(day: string): string | null {
  if (dayFrom(day) === null) return null;
  const end = new Date(`${day}T00:00:00`);
  end.setDate(end.getDate() + 1);
  return end.toISOString();
}

const dayOf = (at: Date): string =>
  `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;

/** The day so many days ago, or ahead where it is negative, by the service's clock, as a field of the kind `date` has it. */
export function dayAgo(days: number): string {
  const at = serviceNow();
  at.setDate(at.getDate() - days);
  return dayOf(at);
}

/** The same day so many years ago. */
export function yearsAgo(years: number): string {
  const at = serviceNow();
  at.setFullYear(at.getFullYear() - years);
  return dayOf(at);
}
