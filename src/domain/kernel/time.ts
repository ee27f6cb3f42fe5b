/** A time that is given (milliseconds since 1970), in UTC as ISO 8601: `2026-03-01T00:00:00.000Z`. */
export function isoTime(time: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: it prints the time that it is given, and reads no clock.
  return new Date(time).toISOString();
}

const TIME_FORM = /^(\d{4}-\d\d-\d\d)(?:T(\d\d):\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** A date (its midnight in UTC) or a time with an offset, in milliseconds since 1970; null: it is none, or there is no such time. */
export function timeIn(text: string): number | null {
  const [, date = "", hour] = TIME_FORM.exec(text) ?? [];
  // biome-ignore lint/style/noRestrictedGlobals: it reads the time that it is given, and no clock.
  const time = date === "" ? Number.NaN : Date.parse(text);
  // Date.parse takes 30 February for 2 March, and the hour 24 for the next day's first.
  // biome-ignore lint/style/noRestrictedGlobals: the same.
  if (Number.isNaN(time) || hour === "24" || isoTime(Date.parse(date)).slice(0, 10) !== date) return null;
  return time;
}

/** Its day, in UTC: `2026-03-01`. */
export const day = (time: number): string => isoTime(time).slice(0, 10);

/** Its minute, in UTC: `2026-03-01 09:14 UTC`. */
export const minute = (time: number): string => `${isoTime(time).slice(0, 16).replace("T", " ")} UTC`;

const DAY_MS = 86_400_000;
/** When the day (UTC) of a time began. */
export const dayStart = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;
/** A window of whole days (UTC) in which all of this one is. */
export const wholeDays = <Window extends { readonly from?: number | undefined; readonly to?: number | undefined }>(
  window: Window,
): Window => ({
  ...window,
  ...(window.from !== undefined && { from: dayStart(window.from) }),
  ...(window.to !== undefined && { to: Math.ceil(window.to / DAY_MS) * DAY_MS }),
});
