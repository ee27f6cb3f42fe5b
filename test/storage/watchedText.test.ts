import assert from "node:assert/strict";
import { test } from "node:test";
import type { WatchedPatient } from "../../src/domain/monitoring/watchedDecision.ts";
import { watchedFrom, watchedText } from "../../src/storage/monitoring/watchedText.ts";
import { watchedDecision, watchedPatient } from "../support/watching.ts";

const known: WatchedPatient = {
  id: "p-1",
  explanation: { kind: "CARE_TEAM", reference: "Patient/p-1", since: 5 },
  relation: "COLLEAGUE",
  vip: true,
  seenByUnit: false,
};

test("a watched decision comes back as it was, whatever is known of its patients", () => {
  for (const patients of [
    [],
    [known],
    [{ ...watchedPatient("p-2"), seenByUnit: true }, watchedPatient("p-3"), known],
    [true, false].map((underCare) => ({ ...watchedPatient(`p-${underCare}`), underCare })),
  ]) {
    const decision = watchedDecision(1, { patients });
    assert.deepEqual(watchedFrom(watchedText(decision)), decision);
    assert.deepEqual(watchedFrom(JSON.stringify(decision)), decision, "as earlier rows have it");
  }
});

test("a patient of whom nothing is known takes its id, and no more", () => {
  const of = (count: number) =>
    watchedText(
      watchedDecision(1, { patients: Array.from({ length: count }, (_, i) => watchedPatient(`p-${10 + i}`)) }),
    );
  assert.ok(of(60).length - of(10).length <= 50 * "'p-10',".length);
});
