/** In what a table that is derived from the record differs from what the record makes of it. */
export interface DerivedDifference {
  readonly table: string;
  /** How many rows are otherwise, or not there, or beside it. */
  readonly rows: number;
  /** The first of them, in words. */
  readonly first: string;
}

/** Of what was found of a table, in its order: one difference, or none. */
export const differenceOf = (table: string, found: readonly string[]): readonly DerivedDifference[] => {
  const [first] = found;
  return first === undefined ? [] : [{ table, rows: found.length, first }];
};
