export const sorted = (values: Iterable<number>): Float64Array => Float64Array.from(values).sort();

/** The value below which the share `q` of sorted values lies. */
export function quantile(ascending: Float64Array, q: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * q))] ?? Number.NaN;
}

export const median = (values: Iterable<number>): number => quantile(sorted(values), 0.5);

/** Three significant digits, as a number: more would claim what no measurement has. */
export const round = (value: number): number => Number(value.toPrecision(3));
