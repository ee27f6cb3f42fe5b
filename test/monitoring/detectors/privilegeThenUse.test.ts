import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { privilegeThenUse } from "../../../src/domain/monitoring/detectors/privilegeThenUse.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, decision, HOUR, MINUTE, START, watch } from "./watching.ts";

const NIGHT = START - 7 * HOUR;
const uses = (widened: WatchedDecision["widened"], more: Partial<WatchedDecision> = {}) =>
  decision({ at: START + 10 * MINUTE, widened: widened ?? null, ...more });

describe("PRIVILEGE_THEN_USE", () => {
  type Case = readonly [promise: string, decisions: readonly WatchedDecision[], told: readonly string[]];
  const cases: readonly Case[] = [
    ["access that is old is not told", [uses(null)], []],
    ["what somebody else gave by day is not told", [uses({ at: START, by: "user/adam" })], []],
    ["what somebody gave themselves is HIGH", [uses({ at: START, by: "user/nina" })], ["SUBJECT HIGH 100"]],
    [
      "it is told once",
      [uses({ at: START, by: "user/nina" }), uses({ at: START, by: "user/nina" })],
      ["SUBJECT HIGH 100"],
    ],
    ["a namesake of another type is somebody else", [uses({ at: START, by: "service/nina" })], []],
    ["what the service gave by itself is not told", [uses({ at: START, by: null })], []],
    ["what was given at night is told", [uses({ at: NIGHT, by: "user/adam" })], ["SUBJECT MEDIUM 60"]],
    [
      "what was given on a Sunday is told",
      [uses({ at: START - DAY, by: "user/adam" }, { at: START - DAY + HOUR })],
      ["SUBJECT MEDIUM 60"],
    ],
    [
      "of a client that acts as itself, of it",
      [uses({ at: NIGHT, by: "user/adam" }, { subject: null })],
      ["CLIENT MEDIUM 60"],
    ],
    ["two days later it is not at once", [uses({ at: START, by: "user/nina" }, { at: START + 2 * DAY })], []],
    ["what is used before it was widened is not told", [uses({ at: START + HOUR, by: "user/nina" })], []],
    ["what was denied is not told", [uses({ at: START, by: "user/nina" }, { outcome: "DENY" })], []],
  ];
  for (const [promise, decisions, told] of cases)
    test(promise, () => {
      const findings = watch(privilegeThenUse).see(decisions);
      assert.deepEqual(
        findings.map(({ entity, severity, points }) => `${entity.kind} ${severity} ${points}`),
        told,
      );
    });

  test("says who, and how soon", () => {
    const said = (by: string, at: number) => watch(privilegeThenUse).see([uses({ at, by })])[0]?.sentence;
    assert.equal(
      said("user/nina", START),
      "This person used access that they had widened themselves, 10 minutes after the change.",
    );
    assert.equal(
      said("user/adam", NIGHT),
      "This person used access that was widened off hours, 430 minutes after the change.",
    );
  });

  test("who makes decisions and does not know of changes has none of its business", () => {
    assert.deepEqual(privilegeThenUse.entitiesOf(decision()), []);
  });
});
