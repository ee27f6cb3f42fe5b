import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { breakGlassExcess } from "../../../src/domain/monitoring/detectors/breakGlassExcess.ts";
import type { WatchedDecision, WatchedEmergency } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, decision, patient, START, watch } from "./watching.ts";

const emergency = (day: number, id: string, more: Partial<WatchedEmergency> = {}, of: Partial<WatchedDecision> = {}) =>
  decision({
    at: START + day * DAY,
    breakGlass: true,
    patients: [patient(id)],
    emergency: { id, reason: `Unconscious: ${id}`, overdueReviews: 0, ...more },
    ...of,
  });
/** Half a year in which six colleagues have an emergency every other month. */
const known = (perPerson = 3) => {
  const watched = watch(breakGlassExcess);
  for (let i = 0; i < perPerson; i++)
    for (let person = 0; person < 6; person++) {
      const of = { subject: { type: "user", id: `nurse-${person}` } };
      assert.deepEqual(watched.see([emergency((i * 150) / perPerson, `known-${i}-${person}`, {}, of)]), []);
    }
  return watched;
};
const several = (count: number, more: Partial<WatchedEmergency> = {}) =>
  Array.from({ length: count }, (_, i) => emergency(160 + i, `e-${i}`, more));

describe("BREAK_GLASS_EXCESS", () => {
  type Case = readonly [promise: string, decisions: readonly WatchedDecision[], said: readonly RegExp[]];
  const cases: readonly Case[] = [
    ["three emergencies in a month are not told", several(3), []],
    [
      "six are told, once",
      several(8),
      [/used emergency access \d times in 30 days; people in the same role have 0\.\d\.$/],
    ],
    ["one emergency that is used ten times is one", Array.from({ length: 10 }, () => emergency(160, "e")), []],
    [
      "where no emergency is named, patient and day tell them apart",
      Array.from({ length: 8 }, (_, i) => emergency(160, `e-${i % 2}`, {}, { emergency: null })),
      [],
    ],
    [
      "the same reason again is told, and once more at twice as often",
      several(4, { reason: "Emergency " }),
      [
        /a reason for emergency access that was given before, 1 time in 30 days/,
        /a reason for emergency access that was given before, 2 times/,
      ],
    ],
    [
      "a reason that two others give on the same day is of a drill, and copied by nobody",
      Array.from({ length: 9 }, (_, i) =>
        emergency(160, `e-${i}`, { reason: "Disaster drill" }, { subject: { type: "user", id: `anne-${i % 3}` } }),
      ),
      [],
    ],
    [
      "one that others gave on another day is a copy",
      [
        ...[0, 1, 2].map((i) =>
          emergency(158, `e-${i}`, { reason: "Drill" }, { subject: { type: "user", id: `anne-${i}` } }),
        ),
        ...[0, 1].map((i) => emergency(160 + i, `f-${i}`, { reason: "Drill" })),
      ],
      [/given before, 1 time in 30 days/],
    ],
    ["reasons that were erased are no copies", several(3, { reason: null }), []],
    [
      "a review that is overdue is told",
      [emergency(160, "e", { overdueReviews: 2 })],
      [/while 2 earlier emergencies were not reviewed in time/],
    ],
    ["what is no emergency is not told", [decision({ at: START + 160 * DAY })], []],
    ["what was denied is not told", several(8).map((each) => ({ ...each, outcome: "DENY" as const })), []],
  ];
  for (const [promise, decisions, said] of cases)
    test(promise, () => {
      const findings = known().see(decisions);
      assert.equal(findings.length, said.length, JSON.stringify(findings));
      for (const [i, pattern] of said.entries()) assert.match(findings[i]?.sentence ?? "", pattern);
    });

  test("in a role with many emergencies, as in an emergency department, as many are usual", () => {
    assert.deepEqual(known(24).see(several(6)), []);
  });

  test("a month later it counts anew", () => {
    const sixMonthsApart = Array.from({ length: 8 }, (_, i) => emergency(160 + 31 * i, `e-${i}`));
    assert.deepEqual(known().see(sixMonthsApart), []);
  });

  test("what is told is not what is usual in the role", () => {
    const watched = known();
    const first = several(8);
    const at = first.findIndex((each) => watched.see([each]).length > 0);
    const emergencies = () => (watched.baselines.get("ROLE nurse") as { readonly emergencies: number }).emergencies;
    const before = emergencies();
    watched.see(first.slice(at + 1));
    assert.equal(emergencies(), before);
  });
});
