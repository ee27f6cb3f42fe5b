import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownOrRelatedRecord } from "../../../src/domain/monitoring/detectors/ownOrRelatedRecord.ts";
import type { PatientRelation, WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, days, decision, explained, patient, START, watch } from "./watching.ts";

const LATER = START + 30 * DAY;
/** Twenty patients a day for a month, one of them without explanation; as many colleagues among the others as is said. */
const usual = (colleagues = 0) =>
  days(30, (day) =>
    Array.from({ length: 20 }, (_, i) => ({
      patients: [
        i === 0 ? patient(`other-${day}`) : explained(`known-${i}`, { relation: i <= colleagues ? "COLLEAGUE" : null }),
      ],
    })),
  );
const looksAt = (relation: PatientRelation | null, more: Partial<WatchedDecision> = {}) =>
  decision({ at: LATER, patients: [patient("ada", { relation })], ...more });

describe("OWN_OR_RELATED_RECORD", () => {
  const cases: readonly [promise: string, access: WatchedDecision, told: string | null][] = [
    ["a relative is told", looksAt("RELATIVE"), "MEDIUM 100"],
    ["somebody in the same household is told", looksAt("HOUSEHOLD"), "MEDIUM 100"],
    ["one's own record is told", looksAt("SELF"), "MEDIUM 100"],
    ["a colleague is told, with far fewer points", looksAt("COLLEAGUE"), "MEDIUM 28"],
    [
      "sensitive data of a colleague are more, and not HIGH",
      looksAt("COLLEAGUE", {
        patients: [patient("ada", { relation: "COLLEAGUE", seenByUnit: false })],
        labels: ["SEX"],
      }),
      "MEDIUM 52",
    ],
    [
      "as is a colleague in nobody's care",
      looksAt("COLLEAGUE", { patients: [patient("ada", { relation: "COLLEAGUE", underCare: false })] }),
      "MEDIUM 40",
    ],
    ["nobody's relative is not told", looksAt(null), null],
    [
      "a relative whom one treats is not told",
      looksAt(null, { patients: [explained("ada", { relation: "RELATIVE" })] }),
      null,
    ],
    [
      "one's own record, where that explains it, is not told",
      looksAt(null, {
        patients: [
          patient("ada", { relation: "SELF", explanation: { kind: "OWN_RECORD", reference: null, since: 0 } }),
        ],
      }),
      null,
    ],
    [
      "sensitive data of a relative whom the unit has not seen are HIGH",
      looksAt(null, { patients: [patient("ada", { relation: "RELATIVE", seenByUnit: false })], labels: ["SEX"] }),
      "HIGH 100",
    ],
    ["a denied look is not told", looksAt("RELATIVE", { outcome: "DENY" }), null],
    ["a token is not told", looksAt("RELATIVE", { kind: "GRANT" }), null],
    ["a client that acts as itself has no relatives", looksAt("RELATIVE", { subject: null }), null],
  ];
  for (const [promise, access, told] of cases)
    test(promise, () => {
      const watched = watch(ownOrRelatedRecord);
      assert.deepEqual(watched.see(usual()), []);
      const findings = watched.see([access]);
      assert.deepEqual(
        findings.map(({ severity, points }) => `${severity} ${points}`),
        told === null ? [] : [told],
      );
    });

  test("the one look, long after the last day of work, is told as well", () => {
    const watched = watch(ownOrRelatedRecord);
    watched.see(usual());
    assert.equal(watched.see([looksAt("RELATIVE", { at: LATER + 200 * DAY })]).length, 1);
  });

  test("who often treats colleagues, as an occupational physician does, is less remarkable", () => {
    const of = (colleagues: number) => {
      const watched = watch(ownOrRelatedRecord);
      watched.see(usual(colleagues));
      return watched.see([looksAt("COLLEAGUE")])[0]?.points ?? 0;
    };
    assert.ok(of(10) < 15 && of(0) > 25, `${of(10)} and ${of(0)}`);
  });

  test("who comes back to a colleague's record on other days is told with more each time", () => {
    const points = watch(ownOrRelatedRecord)
      .see([0, 0, 2, 4, 6].map((day) => looksAt("COLLEAGUE", { at: LATER + day * DAY })))
      .map((finding) => finding.points);
    const [first = 0] = points;
    assert.deepEqual(points, [first, first + 40, Math.min(100, first + 80), Math.min(100, first + 80)]);
  });

  test("one that is told is not learnt", () => {
    const watched = watch(ownOrRelatedRecord);
    watched.see(usual());
    const each = Array.from({ length: 20 }, (_, day) =>
      decision({ at: LATER + day * DAY, patients: [patient(`colleague-${day}`, { relation: "COLLEAGUE" })] }),
    );
    assert.deepEqual([...new Set(watched.see(each).map(({ points }) => points))], [28]);
  });

  test("says whose record it is by the relation alone", () => {
    const [finding] = watch(ownOrRelatedRecord).see([looksAt("HOUSEHOLD")]);
    assert.equal(
      finding?.sentence,
      "This person reached the record of somebody in the same household, and nothing explains it; of 10,000 explained accesses 3 are of such records.",
    );
  });
});
