import { unusualFrom } from "./tails.ts";

/** How often counts came to what: exact up to 11, then in steps of a third. Old ones fade as new ones come. */
export type Histogram = readonly number[];

const EXACT = 12;
const STEP = 1.35;
const CELLS = 32;
/** Beyond this all cells are halved: the newest few thousand count most. */
const MOST = 8_000;
/** With fewer the counts say nothing of what is rare. */
const ENOUGH = 20;

const cellOf = (count: number): number =>
  count < EXACT
    ? Math.max(0, Math.floor(count))
    : Math.min(CELLS - 1, EXACT + Math.floor(Math.log(count / EXACT) / Math.log(STEP)));
/** The largest count of a cell. */
const topOf = (cell: number): number => (cell < EXACT ? cell : Math.ceil(EXACT * STEP ** (cell - EXACT + 1)) - 1);

export function withCount(histogram: Histogram, count: number): Histogram {
  const cell = cellOf(count);
  const cells = Array.from({ length: Math.max(histogram.length, cell + 1) }, (_, i) => histogram[i] ?? 0);
  cells[cell] = (cells[cell] ?? 0) + 1;
  const sum = cells.reduce((total, each) => total + each, 0);
  return sum > MOST ? cells.map((each) => Math.floor(each / 2)) : cells;
}

/** Its mean; null: too few counts. */
export function meanOf(histogram: Histogram): number | null {
  const total = histogram.reduce((sum, each) => sum + each, 0);
  return total < ENOUGH ? null : histogram.reduce((sum, each, cell) => sum + each * topOf(cell), 0) / total;
}

/**
 * The count that only a share `tail` of all exceed; null: too few counts. Where there are not enough for so small a share, as far as a
 * distribution of their mean and scatter goes.
 */
export function mostOf(histogram: Histogram, tail: number): number | null {
  const mean = meanOf(histogram);
  if (mean === null) return null;
  const total = histogram.reduce((sum, each) => sum + each, 0);
  const squares = histogram.reduce((sum, each, cell) => sum + each * (topOf(cell) - mean) ** 2, 0);
  const dispersion = mean > 0 ? Math.max(0, (squares / total - mean) / mean ** 2) : 0;
  const fitted = unusualFrom({ mean, dispersion: Math.min(dispersion, 4) }, tail) - 1;
  let above = 0;
  let cell = histogram.length - 1;
  while (cell > 0 && above + (histogram[cell] ?? 0) <= tail * total) above += histogram[cell--] ?? 0;
  return Math.max(fitted, topOf(cell));
}
