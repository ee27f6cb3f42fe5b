import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedAt, withHours } from "../../../src/domain/monitoring/baselines/weekShape.ts";

/** A Monday at 0:00 UTC, in hours since 1970. */
const MONDAY = 4 * 24;
const week = (of: (hour: number) => number, weeks = 1) => Array.from({ length: 168 * weeks }, (_, i) => of(i));

test("of an hour without any before it nothing is expected", () => {
  assert.equal(expectedAt([], { since: MONDAY, hour: MONDAY + 23 }), null);
  assert.equal(
    expectedAt(withHours([], { since: MONDAY, from: MONDAY, counts: [7] }), { since: MONDAY, hour: MONDAY + 24 }),
    7,
  );
});

test("what happens every day at an hour is expected then, and not beside it", () => {
  const shape = withHours([], { since: MONDAY, from: MONDAY, counts: week((i) => (i % 24 === 2 ? 500 : 1), 2) });
  assert.equal(expectedAt(shape, { since: MONDAY, hour: MONDAY + 336 + 2 }), 500);
  assert.equal(expectedAt(shape, { since: MONDAY, hour: MONDAY + 336 + 3 }), 1);
});

test("what happens once a week is expected the more the oftener it was", () => {
  const of = (weeks: number) => {
    const counts = week((i) => (i % 168 === 10 ? 100 : 0), weeks);
    return (
      expectedAt(withHours([], { since: MONDAY, from: MONDAY, counts }), {
        since: MONDAY,
        hour: MONDAY + weeks * 168 + 10,
      }) ?? 0
    );
  };
  assert.ok(of(1) < of(3) && of(3) < of(6) && of(6) > 70, `${of(1)}, ${of(3)}, ${of(6)}`);
});

test("the weekend is another kind of day", () => {
  const shape = withHours([], { since: MONDAY, from: MONDAY, counts: week((i) => (i < 120 ? 50 : 2)) });
  const [friday, saturday] = [4, 5].map(
    (day) => expectedAt(shape, { since: MONDAY, hour: MONDAY + 168 + day * 24 + 10 }) ?? 0,
  );
  assert.ok((friday ?? 0) > 45 && (saturday ?? 99) < 5, `${friday}, ${saturday}`);
});
