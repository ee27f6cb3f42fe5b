import { badUsage } from "./exit.ts";

/** Where times are told: a zone by name, and how times are written there. */
export interface Zone {
  readonly name: string;
  /** `November 2, 2026 at 7:00 AM EST`. */
  time(at: number): string;
  /** `November 2, 2026`. */
  day(at: number): string;
  /** When a day (`2026-11-02`) begins there. */
  midnight(day: string): number;
  isMidnight(at: number): boolean;
}

const DAY_MS = 86_400_000;

/** The spaces that ICU writes differ by its version. */
const spaced = (text: string): string => text.replace(/\s+/gu, " ");

/** A zone by its name, or that of this machine. @throws CliError */
export function zoneOf(name: string | undefined): Zone {
  const timeZone = name ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
    try {
      return new Intl.DateTimeFormat("en-US", { timeZone, ...options });
    } catch {
      throw badUsage(`--time-zone must be the name of a time zone, such as America/New_York, and ${timeZone} is none.`);
    }
  };
  const days = format({ dateStyle: "long" });
  const hours = format({ hour: "numeric", minute: "2-digit", timeZoneName: "short" });
  const parts = format({ dateStyle: "short", timeStyle: "medium", hourCycle: "h23" });
  /** How far its clocks are ahead of UTC at a time. */
  const ahead = (at: number): number => {
    const of = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { day = 1, hour = 0, minute = 0, month = 1, second = 0, year = 0 } = of;
    return Date.UTC(2000 + year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
  };
  return {
    name: timeZone,
    day: (at) => spaced(days.format(at)),
    time: (at) => spaced(`${days.format(at)} at ${hours.format(at)}`),
    isMidnight: (at) => (at + ahead(at)) % DAY_MS === 0,
    midnight(day) {
      const utc = Date.parse(day);
      // Where clocks are changed near midnight the first guess is an hour off.
      return utc - ahead(utc - ahead(utc));
    },
  };
}
