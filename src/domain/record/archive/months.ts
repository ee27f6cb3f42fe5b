import { isoTime } from "../../kernel/time.ts";

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** Whether a text names a month as `2024-05`. */
export const isMonth = (text: string): boolean => MONTH.test(text);

/** The month of a time by UTC, in milliseconds since 1970; null: none that has a name here. */
export function monthOf(time: number): string | null {
  if (!Number.isSafeInteger(time) || Math.abs(time) > 8_640_000_000_000_000) return null;
  const month = isoTime(time).slice(0, 7);
  return isMonth(month) ? month : null;
}

/** The month so many later; earlier where it is negative. */
export function monthsLater(month: string, count: number): string {
  const [, year = "", of = ""] = MONTH.exec(month) ?? [];
  const at = Number(year) * 12 + Number(of) - 1 + count;
  return `${String(Math.floor(at / 12)).padStart(4, "0")}-${String((at % 12) + 1).padStart(2, "0")}`;
}
