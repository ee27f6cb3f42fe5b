/** The normal quantile of a two-sided 95 %. */
const Z = 1.959963984540054;

/** The score interval of Wilson (1927) for a share, at 95 %; null: of nothing. */
export function wilson(hits: number, of: number): { readonly low: number; readonly high: number } | null {
  if (of === 0) return null;
  const share = hits / of;
  const centre = share + (Z * Z) / (2 * of);
  const half = Z * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of));
  const scale = 1 + (Z * Z) / of;
  // Of none or all the root is not quite the centre, in floating point.
  return { low: hits === 0 ? 0 : (centre - half) / scale, high: hits === of ? 1 : (centre + half) / scale };
}
