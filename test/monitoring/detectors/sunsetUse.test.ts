import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sunsetUse } from "../../../src/domain/monitoring/detectors/sunsetUse.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, decision, START, watch } from "./watching.ts";

const END = START + 60 * DAY;
/** The client uses a scope so many days before it ends. */
const before = (days: number, more: Partial<WatchedDecision> = {}) =>
  decision({ at: END - days * DAY, sunsets: [{ scope: "view_labs", endsAt: END }], ...more });

describe("SUNSET_USE", () => {
  const cases: readonly [promise: string, days: readonly number[], told: readonly number[]][] = [
    ["the end is far away", [60, 31], []],
    ["it is told at 30, 14, 7 and 1 days", Array.from({ length: 60 }, (_, i) => 60 - i), [30, 14, 7, 1]],
    ["each step once", [29, 28, 20, 14, 14, 10, 5, 5, 2], [29, 14, 5]],
    ["what is over is not told", [0, -1, -20], []],
    ["who comes late hears of the last step only", [0.5], [0.5]],
    ["a decision out of order says nothing again", [6, 20, 6], [6]],
  ];
  for (const [promise, days, told] of cases)
    test(promise, () => {
      const findings = watch(sunsetUse).see(days.map((day) => before(day)));
      assert.deepEqual(
        findings.map(({ at }) => (END - at) / DAY),
        told,
      );
    });

  test("it is a forecast for operations, without points", () => {
    const [finding] = watch(sunsetUse).see([before(13.5)]);
    assert.deepEqual(
      [finding?.severity, finding?.points, finding?.audience, finding?.sentence],
      ["LOW", 0, "OPERATIONS", "app still uses the scope view_labs, which ends in 14 days."],
    );
  });

  test("of several scopes that end each is told, the next first", () => {
    const sunsets = [
      { scope: "b", endsAt: END },
      { scope: "a", endsAt: END - DAY },
    ];
    const findings = watch(sunsetUse).see([before(10, { sunsets }), before(10, { sunsets }), before(10, { sunsets })]);
    assert.deepEqual(
      findings.map(({ sentence }) => /scope (\w)/.exec(sentence)?.[1]),
      ["a", "b"],
    );
  });

  test("an end that was put off is told anew", () => {
    const later = [{ scope: "view_labs", endsAt: END + 20 * DAY }];
    assert.equal(watch(sunsetUse).see([before(1), before(0, { sunsets: later })]).length, 2);
  });

  test("what was denied, and what ends not, are none of its business", () => {
    assert.deepEqual(
      [
        ...sunsetUse.entitiesOf(before(1, { outcome: "DENY" })),
        ...sunsetUse.entitiesOf(decision()),
        ...sunsetUse.entitiesOf(before(1, { sunsets: [] })),
      ],
      [],
    );
  });
});
