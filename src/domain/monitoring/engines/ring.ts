/** What was counted on days, a week each, the oldest first: the week, its days, their sum and the sum of their squares. */
export type Ring = [week: number, days: number, sum: number, squares: number][];

/** Mean and variance of some days. */
export interface Moments {
  readonly days: number;
  readonly mean: number;
  readonly variance: number;
}

/** Weeks that are kept. */
const KEPT_WEEKS = 13;

/** The last weeks with the one that runs, and those a quarter of a year ago: what grows a little every week is usual to the first alone. */
const RECENT = { from: 4, to: 0 } as const;
const EARLIER = { from: 12, to: 9 } as const;

export function addDay(ring: Ring, week: number, value: number): void {
  const last = ring.at(-1);
  if (last !== undefined && last[0] >= week) {
    last[1]++;
    last[2] += value;
    last[3] += value * value;
    return;
  }
  ring.push([week, 1, value, value * value]);
  while (ring.length > 0 && (ring[0]?.[0] ?? week) <= week - KEPT_WEEKS) ring.shift();
}

function momentsOf(ring: Ring, week: number, { from, to }: { readonly from: number; readonly to: number }): Moments {
  let [days, sum, squares] = [0, 0, 0];
  for (const each of ring) {
    const ago = week - each[0];
    if (ago < to || ago > from) continue;
    days += each[1];
    sum += each[2];
    squares += each[3];
  }
  if (days === 0) return { days, mean: 0, variance: 0 };
  const mean = sum / days;
  return { days, mean, variance: Math.max(0, squares / days - mean * mean) };
}

export const recently = (ring: Ring, week: number): Moments => momentsOf(ring, week, RECENT);
export const earlier = (ring: Ring, week: number): Moments => momentsOf(ring, week, EARLIER);
