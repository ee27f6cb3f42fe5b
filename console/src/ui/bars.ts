// Counts by time as bars: by the days of whoever reads them, which are not the service's.

export interface Bar {
  /** When it begins: an ISO time. */
  readonly key: string;
  /** "25 Nov 2026", "25 Nov, 14:00". */
  readonly label: string;
  readonly allowed: number;
  readonly denied: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The service counts by the hour within so many days; in a longer window only by days of its own. */
const MOST_DAYS_BY_HOUR = 31;

/** How a window is counted, and what a bar of it is. */
export interface Unit {
  /** By what the service is asked to count. */
  readonly by: "HOUR" | "DAY";
  readonly bar: "HOUR" | "DAY";
  /** "hour", "day", "day (UTC)". */
  readonly name: string;
}

export function unitOf(from: string, to: string | null): Unit {
  const span = (to === null ? Date.now() : Date.parse(to)) - Date.parse(from);
  if (span <= 2 * DAY_MS) return { by: "HOUR", bar: "HOUR", name: "hour" };
  if (span <= MOST_DAYS_BY_HOUR * DAY_MS) return { by: "HOUR", bar: "DAY", name: "day" };
  return { by: "DAY", bar: "DAY", name: "day (UTC)" };
}

interface Counted {
  readonly from: string;
  readonly to: string;
  readonly rows: readonly {
    readonly key: readonly (string | null)[];
    readonly allowed: number | null;
    readonly denied: number | null;
  }[];
}

const DAY = { day: "numeric", month: "short", year: "numeric" } as const;
const HOUR = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } as const;

/** When the bar begins that a moment is in. */
function beginOf(at: number, { by, bar }: Unit): number {
  if (bar === "HOUR") return Math.floor(at / HOUR_MS) * HOUR_MS;
  return by === "DAY" ? Math.floor(at / DAY_MS) * DAY_MS : new Date(at).setHours(0, 0, 0, 0);
}

function nextOf(begin: number, { by, bar }: Unit): number {
  if (bar === "HOUR") return begin + HOUR_MS;
  if (by === "DAY") return begin + DAY_MS;
  const next = new Date(begin);
  // A day has 23 or 25 hours where clocks are changed.
  return next.setDate(next.getDate() + 1);
}

/** A bar for each hour or day of the window: those of which nothing was counted too. */
export function barsOf({ from, to, rows }: Counted, unit: Unit): readonly Bar[] {
  const counted = new Map<number, { allowed: number; denied: number }>();
  for (const { key, allowed, denied } of rows) {
    const begin = beginOf(Date.parse(key[0] ?? ""), unit);
    const had = counted.get(begin) ?? { allowed: 0, denied: 0 };
    counted.set(begin, { allowed: had.allowed + (allowed ?? 0), denied: had.denied + (denied ?? 0) });
  }
  const isUtc = unit.by === "DAY";
  const format = new Intl.DateTimeFormat("en-GB", {
    ...(unit.bar === "HOUR" ? HOUR : DAY),
    ...(isUtc && { timeZone: "UTC" }),
  });
  const bars: Bar[] = [];
  for (let at = beginOf(Date.parse(from), unit); at < Date.parse(to); at = nextOf(at, unit))
    bars.push({
      key: new Date(at).toISOString(),
      label: format.format(at),
      ...(counted.get(at) ?? { allowed: 0, denied: 0 }),
    });
  return bars;
}

/** The marks of a scale from 0 upwards: round numbers, the last at or above the most. */
export function scaleOf(most: number): readonly number[] {
  const rough = Math.max(1, most) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power);
  return Array.from({ length: Math.ceil(Math.max(1, most) / step) + 1 }, (_, i) => i * step);
}
