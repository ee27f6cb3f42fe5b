import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newScope } from "../../../src/domain/monitoring/detectors/newScope.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, days, decision, START, watch } from "./watching.ts";

const at = (day: number, more: Partial<WatchedDecision> = {}) => decision({ at: START + day * DAY, ...more });
const uses = (...scopesUsed: readonly string[]) => ({ scopesUsed });
/** A client that uses two scopes a day for two months. */
const known = () => {
  const watched = watch(newScope);
  assert.deepEqual(watched.see(days(60, () => [uses("view_labs"), uses("view_notes")])), []);
  return watched;
};

describe("NEW_SCOPE", () => {
  type Case = readonly [promise: string, decisions: readonly WatchedDecision[], told: readonly string[]];
  const cases: readonly Case[] = [
    ["a scope as usual is not told", [at(60, uses("view_labs"))], []],
    ["a new scope is told", [at(60, uses("approve_orders"))], ["LOW 26"]],
    [
      "one that was asked for is told as well",
      [at(60, { ...uses("view_labs"), scopesAsked: ["view_labs", "approve_orders"] })],
      ["LOW 26"],
    ],
    ["it is told once", [60, 60, 61, 66, 67, 68].map((day) => at(day, uses("approve_orders"))), ["LOW 26"]],
    [
      "it is told again where nobody used it for 90 days",
      [at(60, uses("approve_orders")), at(151, uses("approve_orders"))],
      ["LOW 26", "LOW 20"],
    ],
    ["a scope comes back after 90 days", [at(151, uses("view_labs"))], ["LOW 26"]],
    ["what was denied is not told", [at(60, { ...uses("approve_orders"), outcome: "DENY" })], []],
    [
      "by a grant of three days it is for information",
      [at(60, { ...uses("approve_orders"), widened: { at: START + 57 * DAY, by: null } })],
      ["INFO 0"],
    ],
    [
      "by a grant of ten days it counts",
      [at(60, { ...uses("approve_orders"), widened: { at: START + 50 * DAY, by: null } })],
      ["LOW 26"],
    ],
  ];
  for (const [promise, decisions, told] of cases)
    test(promise, () => {
      const findings = known().see(decisions);
      assert.deepEqual(
        findings.map(({ severity, points }) => `${severity} ${points}`),
        told,
      );
    });

  test("of a client younger than seven days it is for information, and on its first day nothing is new", () => {
    const findings = watch(newScope).see([at(0, uses("a")), at(0, uses("b")), at(3, uses("c")), at(7, uses("d"))]);
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ["INFO", "LOW"],
    );
  });

  test("a new scope is not usual within seven days", () => {
    const watched = known();
    const seen = () => (watched.baselines.get("CLIENT app") as { readonly seen: string }).seen.length;
    const before = seen();
    watched.see([60, 62, 66].map((day) => at(day, uses("approve_orders"))));
    assert.equal(seen(), before);
    watched.see([at(67, uses("approve_orders"))]);
    assert.ok(seen() > before);
  });

  test("a client that often has new scopes gets few points for one", () => {
    const watched = watch(newScope);
    watched.see(days(60, (day) => [uses(`scope-${day}`)]));
    const [finding] = watched.see([at(60, uses("approve_orders"))]);
    assert.ok((finding?.points ?? 99) < 8, `${finding?.points}`);
  });

  test("says which, and how seldom", () => {
    const [finding] = known().see([at(60, uses("approve_orders", "b"))]);
    assert.equal(
      finding?.sentence,
      "app used the scope approve_orders and 1 more for the first time in 90 days; it has a new one about every 124 days.",
    );
  });
});
