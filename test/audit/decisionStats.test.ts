import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HOUR_MS } from "../../src/domain/audit/countedWindow.ts";
import {
  type CountedRow,
  type CountQuery,
  type DecisionStatsInput,
  decisionStats,
} from "../../src/domain/audit/decisionStats.ts";

const NOON = Date.UTC(2026, 10, 20, 12);
const NOW = NOON + 30 * 60_000;
const DAY = 24 * HOUR_MS;

/** Counts nothing, and keeps what it was asked. */
function ask(input: Partial<DecisionStatsInput>, rows: readonly CountedRow[] = []) {
  const asked: CountQuery[] = [];
  const counter = {
    count: (query: CountQuery) => {
      asked.push(query);
      return Promise.resolve({ asOf: NOW, rows: rows.slice(0, query.first) });
    },
  };
  const stats = decisionStats({ counter, clock: () => NOW }, { from: NOON - DAY, to: NOON, by: [], ...input });
  return stats.then((answer) => ({ answer, asked }));
}

describe("a window of counts", () => {
  test("of whole hours is counted as it is", async () => {
    const { answer } = await ask({});
    assert.deepEqual([answer.from, answer.to, answer.complete], [NOON - DAY, NOON, true]);
  });

  test("is cut to the whole hours in it, and says so", async () => {
    const { answer } = await ask({ from: NOON - DAY + 1, to: NOON - 1 });
    assert.deepEqual([answer.from, answer.to, answer.complete], [NOON - DAY + HOUR_MS, NOON - HOUR_MS, false]);
  });

  test("that ends in the running hour, later or nowhere holds all until now", async () => {
    for (const to of [NOON + 1, NOW - 200, NOW, NOW + 5, NOON + 9 * DAY, null, undefined]) {
      const { answer } = await ask({ to });
      assert.deepEqual([answer.to, answer.asOf, answer.complete], [NOON + HOUR_MS, NOW, true], String(to));
    }
  });

  test("that begins in the running hour is all of that hour, and says so", async () => {
    const { answer } = await ask({ from: NOON + 1, to: null });
    assert.deepEqual([answer.from, answer.to, answer.complete], [NOON, NOON + HOUR_MS, false]);
  });

  const refused: readonly (readonly [string, Partial<DecisionStatsInput>, RegExp])[] = [
    ["turned round", { from: NOON, to: NOON - HOUR_MS }, /to: must be later/],
    ["in the future", { from: NOON + DAY, to: NOON + 2 * DAY }, /from: must not be in the future/],
    ["without a whole hour", { from: NOON - HOUR_MS + 1, to: NOON - 1 }, /to: must leave a whole hour/],
    ["of more than 400 days", { from: NOON - 401 * DAY }, /from: must be at most 400 days/],
    ["of more than 31 days by the hour", { from: NOON - 32 * DAY, by: ["HOUR"] }, /at most 31 days .* by the HOUR/],
    ["by three dimensions", { by: ["CLIENT", "SCOPE", "REASON"] }, /by: must have at most 2 dimensions/],
    ["by one twice", { by: ["CLIENT", "CLIENT"] }, /by: must name each dimension once/],
    ["by hour and day", { by: ["HOUR", "DAY"] }, /by: must have HOUR or DAY/],
    ["of one patient", { filter: { patient: "ada" } }, /filter\.patient: is not counted by; use `decisions`/],
    [
      "by the reason that it is narrowed by",
      { by: ["REASON"], filter: { reason: "UNKNOWN_CLIENT" } },
      /filter\.reason: must be absent/,
    ],
    ["of an unreadable client", { filter: { clientId: "a\u0000" } }, /filter\.clientId/],
  ];
  for (const [name, input, message] of refused)
    test(`${name} is refused`, async () => {
      await assert.rejects(ask(input), (error: Error & { code?: string }) => {
        assert.equal(error.code, "BAD_USER_INPUT");
        assert.match(error.message, message);
        return true;
      });
    });
});

test("keys are in the order asked, and null members of a filter narrow nothing", async () => {
  const row = { time: NOON, key: ["c", null], count: 3, allowed: 1, previous: 2 };
  const { answer, asked } = await ask({ by: ["CLIENT", "HOUR", "SCOPE"], filter: { outcome: null, clientId: "c" } }, [
    row,
  ]);
  assert.deepEqual(answer.rows, [
    { key: ["c", new Date(NOON).toISOString(), null], count: 3, allowed: 1, denied: 2, previous: 2 },
  ]);
  assert.deepEqual(asked[1]?.filter, { CLIENT: "c" });
});

test("more rows than can be told are not complete", async () => {
  const rows = Array.from({ length: 2000 }, (_, i) => ({
    time: null,
    key: [`c${i}`],
    count: 1,
    allowed: 1,
    previous: 0,
  }));
  const { answer } = await ask({ by: ["CLIENT"] }, rows);
  assert.deepEqual([answer.rows.length, answer.complete], [1000, false]);
});

test("days are compared with the days before only where the window is made of whole days", async () => {
  const row = { time: NOON, key: [], count: 1, allowed: 1, previous: 0 };
  const midnight = Date.UTC(2026, 10, 20);
  const whole = await ask({ from: midnight - 7 * DAY, to: midnight, by: ["DAY"] }, [row]);
  assert.equal(whole.answer.rows[0]?.previous, 0);
  const part = await ask({ from: midnight - 7 * DAY + HOUR_MS, to: midnight, by: ["DAY"] }, [row]);
  assert.equal(part.answer.rows[0]?.previous, null);
});
