import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dormantClient } from "../../../src/domain/monitoring/detectors/dormantClient.ts";
import { DAY, decision, START, watch } from "./watching.ts";

const on = (...days: readonly number[]) => days.map((day) => decision({ at: START + day * DAY }));

describe("DORMANT_CLIENT", () => {
  const cases: readonly [promise: string, days: readonly number[], told: readonly number[]][] = [
    ["a client that is new is not told", [0], []],
    ["one that is used every month is not told", [0, 30, 60, 90, 134], []],
    ["one that nobody used for six weeks and a half is told", [0, 1, 46], [46]],
    ["a day sooner it is not", [0, 1, 45], []],
    ["it is told once", [0, 60, 60, 61, 80], [60]],
    ["and again when it slept again", [0, 60, 61, 121], [60, 121]],
    ["decisions out of order wake nobody", [100, 99, 100, 0, 100], []],
  ];
  for (const [promise, days, told] of cases)
    test(promise, () => {
      const findings = watch(dormantClient).see(on(...days));
      assert.deepEqual(
        findings.map(({ at }) => (at - START) / DAY),
        told,
      );
    });

  test("says for how long, of the client", () => {
    const [finding] = watch(dormantClient).see(on(0, 75));
    assert.equal(
      finding?.sentence,
      "app was used for the first time in 75 days, and was never silent for more than 1 day before; a client that nobody used for 45 days counts as dormant.",
    );
    assert.deepEqual([finding?.entity, finding?.points], [{ kind: "CLIENT", id: "app" }, 100]);
  });

  test("where a third of the silence is its rhythm, its return has half the points", () => {
    assert.deepEqual(
      [
        [0, 20, 80],
        [0, 21, 80],
      ].map((each) => watch(dormantClient).see(on(...each))[0]?.points),
      [100, 50],
    );
  });

  test("the day of its return is not what it was used on as usual", () => {
    const watched = watch(dormantClient);
    watched.see(on(0, 75));
    assert.equal((watched.baselines.get("CLIENT app") as { readonly last: number }).last, Math.floor(START / DAY));
  });

  test("days that an operator sets are kept to", () => {
    assert.equal(watch(dormantClient, { days: 90 }).see(on(0, 75)).length, 0);
  });
});
