import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { unrelatedPatient } from "../../../src/domain/monitoring/detectors/unrelatedPatient.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, days, decision, explained, patient, START, watch } from "./watching.ts";

const LATER = START + 30 * DAY;
/** Twenty patients a day for a month: of them one without explanation, and one now and then with a sensitive label. */
const usual = (labels: readonly string[] = []) =>
  days(30, (day) =>
    Array.from({ length: 20 }, (_, i) => ({
      patients: [i === 0 ? patient(`other-${day}`) : explained(`known-${i}`)],
      labels: i === 1 ? ["R"] : i === 0 ? [] : labels,
    })),
  );

describe("UNRELATED_PATIENT", () => {
  const cases: readonly [promise: string, access: Partial<WatchedDecision>, points: number | null][] = [
    [
      "an explained access of anybody is not told",
      { patients: [explained("ada", { vip: true, seenByUnit: false })], labels: ["V"] },
      null,
    ],
    [
      "an unexplained access of a patient like any other is not told",
      { patients: [patient("ada")], labels: ["N"] },
      null,
    ],
    [
      "somebody without a unit reaches no patient that the unit has not seen",
      { patients: [patient("ada", { seenByUnit: null })] },
      null,
    ],
    ["a denied access is not told", { patients: [patient("ada", { vip: true })], outcome: "DENY" }, null],
    ["a patient whom the unit has not seen is a few points", { patients: [patient("ada", { seenByUnit: false })] }, 12],
    ["sensitive data are more", { patients: [patient("ada")], labels: ["N", "HIV"] }, 42],
    ["a patient whom many would look at is more than that", { patients: [patient("ada", { vip: true })] }, 76],
    ["and most together", { patients: [patient("ada", { vip: true, seenByUnit: false })], labels: ["R"] }, 88],
  ];
  for (const [promise, access, points] of cases)
    test(promise, () => {
      const watched = watch(unrelatedPatient);
      assert.deepEqual(watched.see(usual()), []);
      const findings = watched.see([decision({ at: LATER, ...access })]);
      assert.deepEqual(
        findings.map((finding) => finding.points),
        points === null ? [] : [points],
      );
    });

  test("where the label is what is usual, as on a psychiatric ward, it says little", () => {
    const of = (history: readonly WatchedDecision[]) => {
      const watched = watch(unrelatedPatient);
      watched.see(history);
      return watched.see([decision({ at: LATER, patients: [patient("ada")], labels: ["PSY"] })])[0]?.points ?? 0;
    };
    assert.ok(of(usual(["PSY"])) < of(usual()) / 2 + 5, `${of(usual(["PSY"]))} and ${of(usual())}`);
  });

  test("somebody whose accesses are seldom explained is less remarkable", () => {
    const watched = watch(unrelatedPatient);
    watched.see(days(30, (day) => Array.from({ length: 20 }, (_, i) => ({ patients: [patient(`any-${day}-${i}`)] }))));
    const [finding] = watched.see([decision({ at: LATER, patients: [patient("ada", { vip: true })] })]);
    assert.ok((finding?.points ?? 0) < 60, `${finding?.points}`);
  });

  test("one patient is told once a day", () => {
    const again = (at: number) => decision({ at, patients: [patient("ada", { vip: true })] });
    const findings = watch(unrelatedPatient).see([LATER, LATER + 1_000, LATER + DAY].map(again));
    assert.deepEqual(
      findings.map(({ at }) => at),
      [LATER, LATER + DAY],
    );
  });

  test("says what it is, and how seldom the like happens, and names no patient", () => {
    const watched = watch(unrelatedPatient);
    watched.see(usual());
    const [finding] = watched.see([
      decision({ at: LATER, patients: [patient("ada", { seenByUnit: false })], labels: ["R"] }),
    ]);
    assert.match(
      finding?.sentence ?? "",
      /^This person reached data with a sensitive label and a patient whom the unit has not seen within 90 days, and nothing explains it; of 1,000 explained accesses \d+ are of this kind\.$/,
    );
    assert.deepEqual(finding?.entity, { kind: "SUBJECT", id: "user/nina" });
  });
});
