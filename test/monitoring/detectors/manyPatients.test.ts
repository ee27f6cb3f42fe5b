import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { manyPatients } from "../../../src/domain/monitoring/detectors/manyPatients.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, decision, explained, patient, START, watch } from "./watching.ts";

const nurse = (id: string): Partial<WatchedDecision> => ({ subject: { type: "user", id } });

/** A day of a nurse: patients whose access something explains, and others. */
function dayOf(id: string, day: number, [known, unknown]: readonly [known: number, unknown: number]) {
  const at = START + day * DAY;
  return [
    ...Array.from({ length: known }, (_, i) => explained(`known-${id}-${i}`)),
    ...Array.from({ length: unknown }, (_, i) => patient(`unknown-${id}-${day}-${i}`)),
  ].map((one, i) => decision({ at: at + i * 60_000, patients: [one], ...nurse(id) }));
}

/** Ten nurses for four weeks: 18 patients a day, and none to three that nothing explains. */
function ward(parameters = {}) {
  const watched = watch(manyPatients, parameters);
  const nurses = ["nina", ...Array.from({ length: 9 }, (_, i) => `nurse-${i}`)];
  for (let day = 0; day < 28; day++)
    for (const [i, id] of nurses.entries())
      assert.deepEqual(watched.see(dayOf(id, day, [18, (day * 7 + i * 3) % 4])), [], `${id} on day ${day}`);
  return watched;
}

describe("MANY_PATIENTS", () => {
  const cases: readonly [
    promise: string,
    days: readonly (readonly [known: number, unknown: number])[],
    told: number,
  ][] = [
    ["a day as usual is not told", [[18, 3]], 0],
    ["a day with twice the patients, explained as usual, is not told", [[40, 5]], 0],
    ["a day with very many explained patients is not told", [[200, 3]], 0],
    ["a day of fifteen patients that nothing explains is told", [[18, 15]], 1],
    ["a day of thirty is told again when it has doubled", [[18, 30]], 2],
    [
      "a slow reader is told within five days",
      [
        [18, 6],
        [18, 6],
        [18, 6],
        [18, 6],
        [18, 6],
      ],
      1,
    ],
  ];
  for (const [promise, sequence, told] of cases)
    test(promise, () => {
      const watched = ward();
      const findings = sequence.flatMap((counts, i) => watched.see(dayOf("nina", 28 + i, counts)));
      assert.equal(findings.length, told, JSON.stringify(findings));
      for (const { entity } of findings) assert.deepEqual(entity, { kind: "SUBJECT", id: "user/nina" });
    });

  test("says how many, and what is usual for the person and the role", () => {
    const [finding] = ward().see(dayOf("nina", 28, [18, 15]));
    assert.match(
      finding?.sentence ?? "",
      /^This person reached data of \d+ patients in a day that nothing explains; it is usually 1\.\d, and hardly anybody in the same role more than \d+\.$/,
    );
    assert.equal(finding?.since, Math.floor((START + 28 * DAY) / DAY) * DAY);
    assert.equal(finding?.severity, "MEDIUM");
  });

  test("far beyond the limit is HIGH", () => {
    assert.deepEqual(
      ward()
        .see(dayOf("nina", 28, [18, 40]))
        .map(({ severity }) => severity)
        .at(-1),
      "HIGH",
    );
  });

  test("a day that was told is not what is usual later", () => {
    const watched = ward();
    const first = watched.see(dayOf("nina", 28, [18, 15])).length;
    assert.equal(first, 1);
    const usual = (name: string) => {
      const { sum, days } = watched.baselines.get(name) as { readonly sum: number; readonly days: number };
      return { sum, days };
    };
    const before = usual("SUBJECT user/nina");
    watched.see(dayOf("nina", 29, [18, 1]));
    assert.deepEqual(usual("SUBJECT user/nina"), before);
    watched.see(dayOf("nina", 30, [18, 1]));
    assert.deepEqual(usual("SUBJECT user/nina"), { sum: before.sum + 1, days: before.days + 1 });
  });

  test("a minimum that an operator sets is kept to", () => {
    assert.equal(ward({ minimum: 40 }).see(dayOf("nina", 28, [18, 30])).length, 0);
  });

  test("of somebody new among people who are new nothing is told", () => {
    assert.deepEqual(watch(manyPatients).see(dayOf("nina", 0, [0, 60])), []);
  });

  test("somebody new is compared with the role", () => {
    assert.equal(ward().see(dayOf("newcomer", 28, [5, 10])).length, 1);
  });

  test("denials, tokens and clients that act as themselves are none of its business", () => {
    const patients = [patient("ada")];
    for (const more of [{ outcome: "DENY" }, { kind: "GRANT" }, { subject: null }, { patients: [] }] as const)
      assert.deepEqual(manyPatients.entitiesOf(decision({ patients, ...more })), [], JSON.stringify(more));
  });
});
