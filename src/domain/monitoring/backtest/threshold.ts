/** What a story came to in a window. */
export interface StoryPoints {
  /** As it was when the window began. */
  readonly before: number;
  readonly points: number;
  /** How many there are of these points; absent: one. */
  readonly count?: number;
}

/**
 * The least threshold, a whole number within bounds, at which these stories make no more alerts than that many; null: there is none. With how many
 * they make then. `countedAs`: for how many so many alerts count; absent: for as many. `step`: of the least allowed and its multiples alone.
 */
export function leastThreshold(
  stories: readonly StoryPoints[],
  {
    countedAs = (alerts) => alerts,
    maximum,
    minimum,
    most,
    step = 1,
  }: {
    readonly most: number;
    readonly minimum: number;
    readonly maximum: number;
    readonly countedAs?: (alerts: number) => number;
    readonly step?: number;
  },
): { readonly alertAt: number; readonly alerts: number } | null {
  // By how many alerts each threshold has more than the one below it: one pass, however many stories there are.
  const change = new Map<number, number>();
  const add = (threshold: number, n: number) => change.set(threshold, (change.get(threshold) ?? 0) + n);
  for (const { before, count = 1, points } of stories) {
    const least = Math.max(before + 1, minimum);
    const above = Math.min(points, maximum) + 1;
    if (least >= above) continue;
    add(least, count);
    add(above, -count);
  }
  let alerts = 0;
  for (let alertAt = minimum; alertAt <= maximum; alertAt++) {
    alerts += change.get(alertAt) ?? 0;
    if ((alertAt === minimum || alertAt % step === 0) && countedAs(alerts) <= most) return { alertAt, alerts };
  }
  return null;
}
