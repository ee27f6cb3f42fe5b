import assert from "node:assert/strict";
import { test } from "node:test";
import { SLICE_WORK, slicesOf, workOf } from "../../../src/domain/monitoring/watch/slices.ts";
import { watchedDecision, watchedPatient } from "../../support/watching.ts";

test("slices have all decisions in their order, and none comes to more than its work unless one decision does", () => {
  const decisions = Array.from({ length: 900 }, (_, n) =>
    watchedDecision(n, {
      patients: Array.from({ length: n % 7 === 0 ? 100 : n % 3 }, (_each, i) => watchedPatient(`p${i}`)),
      scopesAsked: n % 50 === 1 ? Array.from({ length: 5_000 }, (_each, i) => `s${i}`) : null,
    }),
  );
  const slices = [...slicesOf(decisions)];
  assert.deepEqual(slices.flat(), decisions);
  for (const slice of slices) {
    const work = slice.reduce((sum, each) => sum + workOf(each), 0);
    assert.ok(slice.length === 1 || work <= SLICE_WORK, `${slice.length} decisions come to ${work}`);
  }
  assert.ok(slices.length < decisions.length / 2, "small decisions go together");
  assert.deepEqual([...slicesOf([])], []);
});
