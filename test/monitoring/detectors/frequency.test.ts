import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { frequency } from "../../../src/domain/monitoring/detectors/frequency.ts";
import { DAY, decision, explained, HOUR, START, watch } from "./watching.ts";

const MONDAY = Math.floor(START / DAY) * DAY;

/** Accesses of an hour. */
const hour = (at: number, count: number, clientId = "app") =>
  Array.from({ length: count }, (_, i) => decision({ at: at + Math.floor((i * HOUR) / (count + 1)), clientId }));

/** Numbers that look like chance, the same each time. */
function chance(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}
/** A working week: busy by day, quiet by night and at the weekend. */
const usualAt = (at: number): number => {
  const [hourOfDay, weekday] = [(at / HOUR) % 24, Math.floor((at - MONDAY) / DAY) % 7];
  return weekday >= 5 ? 3 : hourOfDay >= 7 && hourOfDay < 18 ? 40 : 4;
};

/** Four weeks of a client, and what was told of them. */
function fourWeeks(watched: ReturnType<typeof watch>, { clientId = "app", level = 1, seed = 1 } = {}) {
  const next = chance(seed);
  let told = 0;
  for (let at = MONDAY; at < MONDAY + 28 * DAY; at += HOUR) {
    const count = Math.round(usualAt(at) * level * (0.6 + 0.8 * next()));
    told += watched.see(hour(at, count, clientId)).length;
  }
  return told;
}
const known = () => {
  const watched = watch(frequency);
  assert.equal(fourWeeks(watched), 0, "nothing in four weeks as usual");
  return watched;
};
const NEXT = MONDAY + 28 * DAY;
/** A few hours as usual after an hour, so that it is over. */
const fourHours = (watched: ReturnType<typeof watch>, at: number) =>
  watched.see([1, 2, 3, 4].flatMap((later) => hour(at + later * HOUR, 3)));

describe("FREQUENCY", () => {
  type Case = readonly [promise: string, at: number, count: number, told: readonly string[]];
  const cases: readonly Case[] = [
    ["an hour as usual is not told", NEXT + 10 * HOUR, 45, []],
    ["a busy hour by day is not told", NEXT + 10 * HOUR, 80, []],
    ["five times as many are told", NEXT + 10 * HOUR, 300, ["MEDIUM"]],
    ["as many as by day are told at night", NEXT + 2 * HOUR, 80, ["MEDIUM"]],
    ["and on a Sunday", NEXT + 6 * DAY + 10 * HOUR, 80, ["MEDIUM"]],
    ["fewer than the minimum are not told", NEXT + 2 * HOUR, 49, []],
  ];
  for (const [promise, at, count, told] of cases)
    test(promise, () => {
      const findings = known()
        .see(hour(at, count))
        .filter(({ sentence }) => sentence.includes("in an hour"));
      assert.deepEqual(
        findings.map(({ severity }) => severity),
        told,
      );
    });

  test("four times as many again are told once more, as HIGH", () => {
    const findings = known()
      .see(hour(NEXT + 10 * HOUR, 1_000))
      .filter(({ sentence }) => sentence.includes("in an hour"));
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ["MEDIUM", "HIGH"],
    );
  });

  test("a little more in every hour is told of the day", () => {
    const watched = known();
    const findings = Array.from({ length: 24 }, (_, i) => watched.see(hour(NEXT + i * HOUR, 42))).flat();
    assert.deepEqual(
      findings.map(({ sentence }) => / in (?:an hour|a day)/.exec(sentence)?.[0]),
      [" in a day"],
    );
  });

  test("what is told is not learnt", () => {
    const watched = known();
    const shape = () => (watched.baselines.get("CLIENT app") as { readonly shape: readonly number[] }).shape;
    const before = shape()[10];
    watched.see(hour(NEXT + 10 * HOUR, 300));
    watched.see(hour(NEXT + 11 * HOUR, 40));
    assert.equal(shape()[10], before);
    const usual = known();
    usual.see(hour(NEXT + 10 * HOUR, 60));
    usual.see(hour(NEXT + 11 * HOUR, 40));
    assert.notEqual((usual.baselines.get("CLIENT app") as { readonly shape: readonly number[] }).shape[10], before);
  });

  test("a job that runs every night is usual for it", () => {
    const watched = watch(frequency);
    const findings = Array.from({ length: 42 }, (_, day) =>
      watched.see(hour(MONDAY + day * DAY + 2 * HOUR, 500 + ((day * 37) % 60), "job")),
    );
    assert.deepEqual(findings.slice(5).flat(), []);
  });

  const SUNDAY = MONDAY + 6 * DAY + 3 * HOUR;
  test("a job that runs once a week is told once, and is usual a week later", () => {
    const watched = known();
    const told = Array.from({ length: 6 }, (_, week) => {
      const findings = watched.see(hour(SUNDAY + 28 * DAY + week * 7 * DAY, 200));
      fourHours(watched, SUNDAY + 28 * DAY + week * 7 * DAY);
      return findings.length;
    });
    assert.deepEqual([(told[0] ?? 0) > 0, told.slice(1)], [true, [0, 0, 0, 0, 0]]);
  });

  test("twice as much as a week before is told, and so is the same at another time", () => {
    const watched = known();
    const at = SUNDAY + 28 * DAY;
    watched.see(hour(at, 200));
    fourHours(watched, at);
    assert.deepEqual(watched.see(hour(at + 7 * DAY, 200)), []);
    fourHours(watched, at + 7 * DAY);
    assert.ok(watched.see(hour(at + 14 * DAY, 500)).length > 0);
    fourHours(watched, at + 14 * DAY);
    assert.ok(watched.see(hour(at + 16 * DAY, 200)).length > 0);
  });

  test("a crowd of patients who see what is their own has a tenth of the points, staff among patients has all", () => {
    const crowd = (share: number) => {
      const watched = known();
      const accesses = hour(NEXT + 10 * HOUR, 300).map((each, i) => ({
        ...each,
        patients: [explained(`p-${i}`, {}, i % 10 < share ? "OWN_RECORD" : "CARE_TEAM")],
      }));
      return watched.see(accesses)[0]?.points;
    };
    assert.deepEqual([crowd(9), crowd(4)], [10, 100]);
  });

  test("a crowd that comes on each day of a week is no alert alone", () => {
    const watched = known();
    // As many at the weekend would be told three times a day.
    const points = Array.from({ length: 7 }, (_, day) =>
      watched.see(
        hour(NEXT + 10 * HOUR + day * DAY, day < 5 ? 300 : 120).map((each, i) => ({
          ...each,
          patients: [explained(`p-${i}`, {}, "OWN_RECORD")],
        })),
      ),
    ).map((found) => found.reduce((sum, finding) => sum + finding.points, 0));
    assert.ok(points.filter((each) => each > 0).length >= 5, `points by day: ${points}`);
    const sum = points.reduce((all, each) => all + each, 0);
    assert.ok(sum < 100, `points by day: ${points}`);
  });

  test("a client that is new is compared with others, and the sentence says so", () => {
    const watched = watch(frequency, { minimum: 5 });
    for (const clientId of ["app", "portal", "lab"]) fourWeeks(watched, { clientId, seed: clientId.length });
    assert.deepEqual(watched.see(hour(NEXT, 12, "new")), []);
    assert.deepEqual(watched.see(hour(NEXT + HOUR, 12, "new")), [], "its first hours alone would say nothing");
    const [finding] = watched.see(hour(NEXT + 2 * HOUR, 2_000, "new"));
    assert.match(
      finding?.sentence ?? "",
      /^new asked for [\d,]+ accesses in an hour; at this time it usually has [\d.]+, and clients like it [\d.]+\.$/,
    );
  });

  test("of a new client without others nothing is known", () => {
    assert.deepEqual(watch(frequency).see(hour(NEXT, 2_000)), []);
  });

  test("decisions a little out of order count in the hour that runs", () => {
    const watched = known();
    const seen = hour(NEXT + 10 * HOUR, 45);
    watched.see(seen);
    assert.deepEqual(
      watched.see(hour(NEXT + 9 * HOUR + 59 * 60_000, 2).map((each) => ({ ...each, at: NEXT + 10 * HOUR - 1 }))),
      [],
    );
    assert.equal(
      (watched.baselines.get("CLIENT app") as { readonly inHour: { readonly count: number } }).inHour.count,
      47,
    );
  });

  test("tokens are none of its business", () => {
    assert.deepEqual(frequency.entitiesOf(decision({ kind: "GRANT" })), []);
  });
});
