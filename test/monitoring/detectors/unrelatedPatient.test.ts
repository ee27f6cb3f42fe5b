import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { unrelatedPatient } from "../../../src/domain/monitoring/detectors/unrelatedPatient.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, days, decision, explained, patient, START, watch } from "./watching.ts";

const LATER = START + 30 * DAY;
/** Twenty patients a day for a month: of them one without explanation, and one now and then with a sensitive label. */
const usual = (labels: WatchedDecision["labels"] = []) =>
  days(30, (day) =>
    Array.from({ length: 20 }, (_, i) => ({
      patients: [i === 0 ? patient(`other-${day}`) : explained(`known-${i}`)],
      labels: i === 1 ? (["R"] as const) : i === 0 ? [] : labels,
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
    [
      "a patient whom the unit has not seen is next to nothing",
      { patients: [patient("ada", { seenByUnit: false })] },
      1,
    ],
    [
      "one who is in somebody's care no more",
      { patients: [patient("ada", { seenByUnit: false, underCare: true })] },
      1,
    ],
    ["one in nobody's care is more", { patients: [patient("ada", { seenByUnit: false, underCare: false })] }, 32],
    [
      "but for one whom the unit has seen, about whom it still writes letters",
      { patients: [patient("ada", { seenByUnit: true, underCare: false })] },
      null,
    ],
    ["sensitive data are more", { patients: [patient("ada")], labels: ["N", "HIV"] }, 21],
    ["a patient whom many would look at is more than that", { patients: [patient("ada", { vip: true })] }, 55],
    [
      "sensitive data of such a patient, whom the unit has not seen, are no alert alone",
      { patients: [patient("ada", { vip: true, seenByUnit: false })], labels: ["R"] },
      81,
    ],
    [
      "such a patient in nobody's care is one",
      { patients: [patient("ada", { vip: true, seenByUnit: false, underCare: false })] },
      100,
    ],
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
    assert.ok((finding?.points ?? 99) < 20, `${finding?.points}`);
  });

  const onDays = (of: readonly number[], more: Parameters<typeof patient>[1]) =>
    watch(unrelatedPatient)
      .see(of.map((day) => decision({ at: LATER + day * DAY, patients: [patient("ada", more)] })))
      .map(({ points }) => points);
  test("who comes back to a patient on other days is told with more each time, wherever the patient is treated", () => {
    assert.deepEqual(onDays([0, 2, 4], { seenByUnit: false, underCare: true }), [1, 36, 71]);
    assert.deepEqual(onDays([0, 7, 14, 21], { seenByUnit: false }), [1, 36, 71, 71], "once a week as well");
  });
  test("who comes back to a patient in nobody's care is told at once", () => {
    const [first = 0, second = 0] = onDays([0, 2], { seenByUnit: false, underCare: false });
    assert.ok(first + second >= 100 && first < 50, `${first} and ${second}`);
  });
  test("a month later, or where the unit has seen the patient, nobody comes back", () => {
    assert.deepEqual(onDays([0, 31], { seenByUnit: false }), [1, 1]);
    const [first, second] = onDays([0, 2], { seenByUnit: true, vip: true });
    assert.equal(first, second);
  });

  test("where explained accesses are often of patients in nobody's care, as in a directory without relations, that says little", () => {
    const watched = watch(unrelatedPatient);
    const away = { underCare: false, seenByUnit: null } as const;
    watched.see(
      days(30, (day) => Array.from({ length: 20 }, (_, i) => ({ patients: [explained(`known-${day}-${i}`, away)] }))),
    );
    assert.ok((watched.see([decision({ at: LATER, patients: [patient("ada", away)] })])[0]?.points ?? 99) <= 2);
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
