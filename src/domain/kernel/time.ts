/** A time that is given (milliseconds since 1970), in UTC as ISO 8601: `2026-03-01T00:00:00.000Z`. */
export function isoTime(time: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: it prints the time that it is given, and reads no clock.
  return new Date(time).toISOString();
}

/** Its day, in UTC: `2026-03-01`. */
export const day = (time: number): string => isoTime(time).slice(0, 10);

/** Its minute, in UTC: `2026-03-01 09:14 UTC`. */
export const minute = (time: number): string => `${isoTime(time).slice(0, 16).replace("T", " ")} UTC`;
