import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { manyViewers } from "../../../src/domain/monitoring/detectors/manyViewers.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, decision, explained, HOUR, patient, START, watch } from "./watching.ts";

/** Looks by as many people at the patient: `known` of one ward whom something explains, then `unknown`, each of another unit. */
const looks = (
  [known, unknown]: readonly [known: number, unknown: number],
  at = START,
  more: Partial<WatchedDecision> = {},
): readonly WatchedDecision[] =>
  Array.from({ length: known + unknown }, (_, i) =>
    decision({
      at: at + i * 60_000,
      subject: { type: "user", id: i < known ? `team-${i}` : `other-${at}-${i}` },
      unit: i < known ? "ward-1" : `unit-${i}`,
      patients: [i < known ? explained("ada") : patient("ada")],
      ...more,
    }),
  );

describe("MANY_VIEWERS", () => {
  const cases: readonly [promise: string, decisions: readonly WatchedDecision[], told: number][] = [
    ["a team of thirty is not told", looks([30, 0]), 0],
    ["a team of thirty with three whom nothing explains is not told", looks([30, 3]), 0],
    ["three people are too few", looks([0, 3]), 0],
    ["seven people of seven units whom nothing explains are told", looks([2, 7]), 1],
    ["four are too few", looks([2, 4]), 0],
    [
      "of a patient whom many would look at four are enough",
      looks([2, 4], START, { patients: [patient("ada", { vip: true })] }),
      1,
    ],
    ["twenty are told again as they double", looks([0, 20]), 2],
    [
      "twenty of one unit, who have the patient before the directory knows, are not told",
      looks([0, 20], START, { unit: "ward-2" }),
      0,
    ],
    ["people without a unit count each", looks([0, 20], START, { unit: null }), 2],
    [
      "the same person five times is one",
      [...Array(5)].flatMap((_, i) => looks([0, 1], START).map((each) => ({ ...each, at: START + i * HOUR }))),
      0,
    ],
    [
      "two a week for weeks are not told",
      [...Array(10)].flatMap((_, week) => looks([5, 2], START + week * 7 * DAY)),
      0,
    ],
  ];
  for (const [promise, decisions, told] of cases)
    test(promise, () => {
      const findings = watch(manyViewers).see(decisions);
      assert.equal(findings.length, told, JSON.stringify(findings));
      for (const { entity } of findings) assert.deepEqual(entity, { kind: "PATIENT", id: "ada" });
    });

  test("a patient at whom many look every time is told when it is more than that", () => {
    const watched = watch(manyViewers, { minimum: 10 });
    for (let window = 0; window < 8; window++)
      assert.deepEqual(watched.see(looks([5, 8], START + window * 5 * DAY)), [], `window ${window}`);
    assert.deepEqual(watched.see(looks([5, 12], START + 40 * DAY)), []);
    assert.equal(watched.see(looks([5, 30], START + 45 * DAY)).length, 1);
    const before = watched.baselines.get("PATIENT ada") as { readonly sum: number; readonly windows: number };
    watched.see(looks([5, 8], START + 50 * DAY));
    const { sum, windows } = watched.baselines.get("PATIENT ada") as typeof before;
    assert.deepEqual([sum, windows], [before.sum, before.windows], "a window that was told is not learnt");
  });

  test("says how many of how many, with the looks before as evidence", () => {
    const seen = looks([0, 7]);
    const [finding] = watch(manyViewers).see(seen);
    assert.equal(
      finding?.sentence,
      "People of 7 units looked at this patient within 5 days and nothing explains it, of 7 units in all; by chance it would be 0.6.",
    );
    assert.deepEqual(finding?.evidence, [seen.at(-2)?.id, seen.at(-3)?.id]);
  });

  test("denials, tokens and clients that act as themselves look at nobody", () => {
    for (const more of [{ outcome: "DENY" }, { kind: "GRANT" }, { subject: null }] as const)
      assert.deepEqual(manyViewers.entitiesOf(decision({ patients: [patient("ada")], ...more })), []);
  });
});
