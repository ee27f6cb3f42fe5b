/** What a story came to in a window. */
export interface StoryPoints {
  /** As it was when the window began. */
  readonly before: number;
  readonly points: number;
}

const alertsAt = (threshold: number, stories: readonly StoryPoints[]): number =>
  stories.filter(({ before, points }) => before < threshold && threshold <= points).length;

/**
 * The least threshold, within bounds, at which these stories make no more alerts than that many; null: there is none. With how many
 * they make then.
 */
export function leastThreshold(
  stories: readonly StoryPoints[],
  { maximum, minimum, most }: { readonly most: number; readonly minimum: number; readonly maximum: number },
): { readonly alertAt: number; readonly alerts: number } | null {
  // The number changes only where a story ends to be one, or begins to.
  const places = new Set([minimum, ...stories.flatMap(({ before, points }) => [before + 1, points + 1])]);
  for (const alertAt of [...places].sort((a, b) => a - b)) {
    if (alertAt < minimum || alertAt > maximum) continue;
    const alerts = alertsAt(alertAt, stories);
    if (alerts <= most) return { alertAt, alerts };
  }
  return null;
}
