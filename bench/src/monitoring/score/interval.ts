/** The score interval of Wilson (1927) for a share, at 95 %; null: of nothing. */
export function wilson(hits: number, of: number): readonly [low: number, high: number] | null {
  if (of === 0) return null;
  const z = 1.959964;
  const share = hits / of;
  const scale = 1 + z ** 2 / of;
  const middle = (share + z ** 2 / (2 * of)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
