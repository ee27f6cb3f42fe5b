import assert from "node:assert/strict";
import { test } from "node:test";
import type { Comparison } from "../../../src/domain/scopes/compare/comparison.ts";

type Row = readonly [actual: string, wanted: string];

/** One comparison as a table: what is met, what is not, and what the resource does not tell. */
export function testComparison(
  comparison: Comparison,
  {
    met,
    unmet,
    unknown,
  }: { readonly met: readonly Row[]; readonly unmet: readonly Row[]; readonly unknown: readonly Row[] },
): void {
  for (const [expected, rows] of [
    ["MET", met],
    ["UNMET", unmet],
    ["UNKNOWN", unknown],
  ] as const) {
    if (rows.length === 0) continue;
    test(`${comparison.name}: ${expected}`, () => {
      for (const [actual, wanted] of rows)
        assert.equal(comparison(actual, wanted), expected, `${actual} for ${wanted}`);
    });
  }
}
