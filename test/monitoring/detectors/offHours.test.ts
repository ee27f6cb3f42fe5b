import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { offHours } from "../../../src/domain/monitoring/detectors/offHours.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, decision, explained, HOUR, patient, START, watch } from "./watching.ts";

const MIDNIGHT = Math.floor(START / DAY) * DAY;
const at = (day: number, hour: number, more: Partial<WatchedDecision> = {}) =>
  decision({ at: MIDNIGHT + day * DAY + hour * HOUR, ...more });
/** Four weeks of somebody who is active in these hours, Monday to Friday. */
const weeks = (hours: readonly number[], more: Partial<WatchedDecision> = {}) =>
  Array.from({ length: 28 }, (_, day) => day)
    .filter((day) => day % 7 < 5)
    .flatMap((day) => hours.map((hour) => at(day, hour, more)));
const DAYTIME = [8, 9, 10, 11, 13, 14, 15, 16];
const otto = { subject: { type: "user", id: "otto" } };
const known = (...more: readonly WatchedDecision[]) => {
  const watched = watch(offHours);
  assert.deepEqual(watched.see([...weeks(DAYTIME), ...more].sort((a, b) => a.at - b.at)), []);
  return watched;
};

describe("OFF_HOURS", () => {
  type Case = readonly [promise: string, decisions: readonly WatchedDecision[], points: readonly number[]];
  const cases: readonly Case[] = [
    ["an hour as usual is not told", [at(28, 10)], []],
    ["an hour before or after is not told", [at(28, 7), at(28, 17)], []],
    ["three at night is told", [at(28, 3)], [10]],
    ["an access that nothing explains has twice the points", [at(28, 3, { patients: [patient("ada")] })], [20]],
    ["one that something explains has not", [at(28, 3, { patients: [explained("ada")] })], [10]],
    ["it is told once a day", [at(28, 3), at(28, 3), at(28, 4), at(29, 3)], [10, 10]],
    ["Sunday is another kind of day", [at(34, 10)], [10]],
    ["what was denied is not told", [at(28, 3, { outcome: "DENY" })], []],
    ["of a client that acts as itself and is new nothing is told", [at(28, 3, { subject: null })], []],
  ];
  for (const [promise, decisions, points] of cases)
    test(promise, () =>
      assert.deepEqual(
        known()
          .see(decisions)
          .map((finding) => finding.points),
        points,
      ),
    );

  test("a client that acts as itself has hours of its own, whatever people in its role have", () => {
    const job = { subject: null, clientId: "job" };
    const watched = known(...weeks([1, 2, 3], job));
    assert.deepEqual(watched.see([at(28, 3, job)]), []);
    const [finding] = watched.see([at(28, 10, { ...job, patients: [patient("ada")] })]);
    assert.deepEqual([finding?.entity, finding?.points], [{ kind: "CLIENT", id: "job" }, 20]);
    assert.equal(
      finding?.sentence,
      "job was active at 10:00 UTC; of its other active hours 0 % are near that hour on such days.",
    );
  });

  test("a night shift that others in the role have is not told", () => {
    assert.deepEqual(known(...weeks([22, 23, 2, 3, 4], otto)).see([at(28, 3)]), []);
  });

  test("of somebody who is new nothing is told", () => {
    assert.deepEqual(known().see([at(28, 3, otto)]), []);
  });

  test("what is off is not learnt, of the person or of the role", () => {
    const watched = known();
    const clocks = () =>
      ["SUBJECT user/nina", "ROLE nurse"].map(
        (key) => (watched.baselines.get(key) as { readonly clock: string }).clock,
      );
    const before = clocks();
    watched.see(Array.from({ length: 30 }, (_, day) => at(28 + day, 3)).filter((_, day) => day % 7 < 5));
    assert.deepEqual(clocks(), before);
    watched.see([at(60, 10)]);
    assert.notDeepEqual(clocks(), before);
  });

  test("says when, and how seldom", () => {
    assert.equal(
      known().see([at(28, 3)])[0]?.sentence,
      "This person was active at 3:00 UTC; of their other active hours 0 % are near that hour on such days, and of those in the same role about as few.",
    );
  });
});
