// Windows of time, as the pages that look back have them in their links.
import type { Bar } from "../../ui/charts.tsx";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export const SINCE = [
  { id: "1", name: "24 hours" },
  { id: "7", name: "7 days" },
  { id: "30", name: "30 days" },
  { id: "", name: "All" },
] as const;

/** When so many days ended, before `now`. */
export const daysBefore = (now: Date, days: number): string => new Date(now.getTime() - days * DAY_MS).toISOString();

interface Counted {
  readonly from: string;
  readonly to: string;
  readonly rows: readonly {
    readonly key: readonly (string | null)[];
    readonly allowed: number | null;
    readonly denied: number | null;
  }[];
}

/** A bar for each day or hour of the window: those of which nothing was counted too. */
export function barsOf({ from, to, rows }: Counted, by: "DAY" | "HOUR"): readonly Bar[] {
  const size = by === "DAY" ? DAY_MS : HOUR_MS;
  const found = new Map(
    rows.map(({ key, allowed, denied }) => [Date.parse(key[0] ?? ""), { allowed: allowed ?? 0, denied: denied ?? 0 }]),
  );
  const first = Math.floor(Date.parse(from) / size) * size;
  const bars: Bar[] = [];
  for (let at = first; at < Date.parse(to); at += size)
    bars.push({ key: new Date(at).toISOString(), ...(found.get(at) ?? { allowed: 0, denied: 0 }) });
  return bars;
}
