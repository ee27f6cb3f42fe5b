import { HOUR_MS } from "../../../domain/audit/countedWindow.ts";
import { DAY_MS } from "../../../domain/policy/use.ts";
import { type DimensionName, dimensionOf, GRAINS, type Grain } from "./dimensions.ts";

/** Buckets of one grain, `to` excluded. */
export interface Part {
  readonly grain: Grain;
  readonly from: number;
  readonly to: number;
}

/** Times are milliseconds since 1970, `to` excluded; infinite: open at its end. */
interface Window {
  readonly from: number;
  readonly to: number;
}

const bucketFrom = (at: number, grain: Grain): number => Math.ceil(at / GRAINS[grain].ms);
const part = (grain: Grain, from: number, to: number): Part => ({
  grain,
  from: bucketFrom(from, grain),
  to: bucketFrom(to, grain),
});

/** A window of whole hours as whole days and the hours beside them; `byHour`: as hours alone. */
export function partsOf({ from, to }: Window, { byHour = false } = {}): readonly Part[] {
  const [first, last] = [Math.ceil(from / DAY_MS) * DAY_MS, Math.floor(to / DAY_MS) * DAY_MS];
  const parts =
    byHour || first >= last
      ? [part("HOUR", from, to)]
      : [part("HOUR", from, first), part("DAY", first, last), ...(last < to ? [part("HOUR", last, to)] : [])];
  return parts.filter((each) => each.from < each.to);
}
/** The whole days in a window; the last may not be over. */
export const daysOf = ({ from, to }: Window): Part => part("DAY", from, to);
export const EVER: Part = { grain: "EVER", from: 0, to: 1 };

/** The rows of a part, with further columns. */
export const rowsOf = (dimension: DimensionName, { from, grain, to }: Part, columns = ""): string =>
  `SELECT ${columns}"key", "n" FROM rollup WHERE "dimension" = ${dimensionOf(dimension).id} AND "grain" = ${GRAINS[grain].id}
    AND "bucket" >= ${from} AND "bucket" < ${to}`;

/** Where the hour or the day of a row of a part begins. */
export const startOf = ({ grain }: Part, time: "HOUR" | "DAY"): string => {
  const ms = time === "HOUR" ? HOUR_MS : DAY_MS;
  return `"bucket" * ${GRAINS[grain].ms} / ${ms} * ${ms}`;
};

/** Stands in FROM: the rows `s` of a part, each with its key `k`. */
export const countsIn = (dimension: DimensionName, of: Part, columns = ""): string =>
  `(${rowsOf(dimension, of, columns)}) AS s JOIN rollup_key AS k ON k."id" = s."key"`;
