import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DetectorCode, WatchedEntity } from "../../../src/domain/monitoring/detectors/detector.ts";
import { activeDetectors } from "../../../src/domain/monitoring/detectors/detectorSetting.ts";
import { type KeptFinding, keptFinding } from "../../../src/domain/monitoring/watch/keptFinding.ts";
import { MATTER_DAYS, STORY_DAYS, type Story } from "../../../src/domain/monitoring/watch/story.ts";
import { type Suppressed, tellStories } from "../../../src/domain/monitoring/watch/tellStories.ts";
import { DAY, HOUR, SAMPLE_DETECTORS, START, watchedDecision, watchedPatient } from "../../support/watching.ts";

const ROSE: WatchedEntity = { kind: "SUBJECT", id: "user/rose" };
const LOOKED = (
  ["UNRELATED_PATIENT", "MANY_PATIENTS", "DENIAL_BURST", "OFF_HOURS", "OWN_OR_RELATED_RECORD"] as const
).map((code) => ({ alertAt: 10, detector: { code } }));
const detectors = activeDetectors(SAMPLE_DETECTORS, []).map((each) => ({ ...each, alertAt: 10 }));

function finding(n: number, more: Partial<KeptFinding> & { readonly detector?: DetectorCode } = {}): KeptFinding {
  const decision = watchedDecision(n, { patients: [watchedPatient(`p${n}`)] });
  const { detector = "MANY_PATIENTS", ...rest } = more;
  const found = {
    detector,
    decisionId: decision.id,
    at: decision.at,
    entity: ROSE,
    severity: "MEDIUM",
    points: 4,
    sentence: "s",
    evidence: [],
  } as const;
  return { ...keptFinding(found, { decision, index: 0, shadow: false }), ...rest };
}
const tell = (
  findings: readonly KeptFinding[],
  {
    before = null,
    suppressed = [],
  }: { readonly before?: Story | null; readonly suppressed?: readonly Suppressed[] } = {},
) => tellStories({ detectors, findings, known: () => (before === null ? [] : [before]), suppressed });
const only = (stories: readonly Story[]): Story => {
  assert.equal(stories.length, 1);
  return stories[0] as Story;
};

describe("tellStories", () => {
  test("adds up what is found of one person, and opens one alert where it comes to the threshold", () => {
    const { findings, opened, stories } = tell([0, 1, 2, 3].map((n) => finding(n)));
    const story = only(opened);
    assert.deepEqual(only(stories), story);
    assert.deepEqual(
      findings.map(({ storyId }) => storyId),
      Array(4).fill("d-000000:MANY_PATIENTS:0"),
    );
    const { id, points, count, severity, firstAt, lastAt, clientId, subject, patient, alert } = story;
    assert.deepEqual(
      { id, points, count, severity, firstAt, lastAt, clientId, subject, patient, alert },
      {
        id: "d-000000:MANY_PATIENTS:0",
        points: 16,
        count: 4,
        severity: "MEDIUM",
        firstAt: START,
        lastAt: START + 3 * HOUR,
        clientId: "portal",
        subject: { type: "user", id: "rose" },
        patient: null,
        // The third finding made it 12.
        alert: { openedAt: START + 2 * HOUR, acknowledged: null, closed: null, withheld: [], replaced: [] },
      },
    );
    assert.equal(tell([finding(4)], { before: story }).opened.length, 0, "it is one already");
    assert.equal(tell([0, 1].map((n) => finding(n))).opened.length, 0);
  });

  test("counts a decision with two findings once, and has the highest severity", () => {
    const two = [finding(0), { ...finding(0, { detector: "DENIAL_BURST", severity: "HIGH" }) }, finding(1)];
    const { count, detectors: codes, severity } = only(tell(two).stories);
    assert.deepEqual([count, severity, codes], [2, "HIGH", ["MANY_PATIENTS", "DENIAL_BURST"]]);
  });

  test("tells that an alert comes to be and that its severity rises, once each, and of nothing else", () => {
    const severities = ["LOW", "MEDIUM", "MEDIUM", "LOW", "HIGH", "MEDIUM", "HIGH"] as const;
    const findings = severities.map((severity, n) => finding(n, { severity }));
    const told = (rises: ReturnType<typeof tell>["rises"]) =>
      rises.map(({ alertId, finding: { decisionId }, from, to }) => [alertId, decisionId, from, to]);
    const expected = [
      ["d-000000:MANY_PATIENTS:0", "d-000002", null, "MEDIUM"],
      ["d-000000:MANY_PATIENTS:0", "d-000004", "MEDIUM", "HIGH"],
    ];
    assert.deepEqual(told(tell(findings).rises), expected);
    // The same one by one.
    let before: Story | null = null;
    const each = findings.flatMap((one) => {
      const { rises, stories } = tell([one], { before });
      before = only(stories);
      return told(rises);
    });
    assert.deepEqual(each, expected);
    for (const more of [{ shadow: true }, { audience: "OPERATIONS" as const }, { points: 0 }])
      assert.deepEqual(tell(findings.map((one) => ({ ...one, ...more }))).rises, []);
    const suppressed = [{ entity: ROSE, patient: null, detector: null, from: 0, until: START + 99 * DAY }];
    assert.deepEqual(tell(findings, { suppressed }).rises, []);
  });

  test("what is no alert begins anew when its week is over", () => {
    const before = only(tell([finding(0)]).stories);
    const at = (ms: number) => only(tell([finding(9, { at: START + ms })], { before }).stories).id;
    assert.equal(at(STORY_DAYS * DAY - 1), before.id);
    assert.notEqual(at(STORY_DAYS * DAY), before.id);
  });

  test("an open alert takes all of its matter however long it is open, and has the points of its strongest week", () => {
    const before = only(tell([0, 1, 2].map((n) => finding(n))).opened);
    const later = [90 * DAY, 91 * DAY, 99 * DAY].map((ms, n) => finding(7 + n, { at: START + ms }));
    const { opened, stories } = tell(later, { before });
    assert.deepEqual([opened, only(stories).id, only(stories).count], [[], before.id, 6]);
    assert.equal(only(stories).points, 12, "the first week has three findings, and later ones two and one");
  });

  test("after an alert was closed another of its matter begins, and names it for 30 days", () => {
    const before = only(tell([0, 1, 2].map((n) => finding(n))).opened);
    const by = { callerId: "key:r", subject: null };
    const closed = { at: START, by, verdict: "EXPECTED", cause: "OTHER", text: "t" } as const;
    const over = { ...before, alert: { openedAt: START, acknowledged: null, closed, withheld: [], replaced: [] } };
    const after = (ms: number, detector: DetectorCode = "MANY_PATIENTS") =>
      only(tell([finding(9, { at: START + ms, points: 50, detector })], { before: over }).opened);
    assert.deepEqual([after(DAY).id, after(DAY).earlierId], ["d-000009:MANY_PATIENTS:0", over.id]);
    assert.equal(after(MATTER_DAYS * DAY - 1).earlierId, over.id);
    assert.equal(after(MATTER_DAYS * DAY).earlierId, null);
    assert.equal(after(DAY, "DENIAL_BURST").earlierId, null, "of another matter");
  });

  describe("looks of one person at one patient", () => {
    const look = (n: number, patient: string, more: Partial<KeptFinding> = {}) =>
      finding(n, { detector: "UNRELATED_PATIENT", patients: [patient], ...more });
    const fold = (findings: readonly KeptFinding[]) => {
      const all = new Map<string, Story>();
      const alerts: string[] = [];
      const told = findings.map((one) => {
        const {
          findings: kept,
          opened,
          stories,
        } = tellStories({
          ...{ detectors: LOOKED, findings: [one], suppressed: [] },
          known: () => [...all.values()],
        });
        for (const story of stories) all.set(story.id, story);
        alerts.push(...opened.map(({ id }) => id));
        return kept[0]?.storyId ?? null;
      });
      return { all, alerts, told };
    };

    test("are one alert as long as it is open, whatever comes between", () => {
      const { all, alerts, told } = fold([
        look(0, "p7", { points: 12 }),
        look(1, "p8", { points: 1, at: START + 2 * DAY }),
        look(2, "p7", { points: 12, at: START + 9 * DAY }),
        look(3, "p7", { points: 1, at: START + 80 * DAY }),
      ]);
      assert.deepEqual([alerts.length, told[2], told[3]], [1, told[0], told[0]]);
      assert.deepEqual([all.get(told[0] ?? "")?.matter, all.get(told[0] ?? "")?.patient], ["Patient/p7", "p7"]);
      assert.notEqual(told[1], told[0]);
    });

    test("that are an alert by themselves are one of their own, beside one about many patients", () => {
      const many = finding(0, { points: 12 });
      const { alerts, told } = fold([many, look(1, "p8", { points: 1 }), look(2, "p9", { points: 12 })]);
      assert.deepEqual([alerts.length, told[1]], [2, told[0]]);
      assert.notEqual(told[2], told[0], "an open alert hides no other matter");
    });

    test("two patients who come to an alert together are one of many, and the next small look joins it", () => {
      const { all, alerts, told } = fold([
        look(0, "p7", { points: 6 }),
        look(1, "p8", { points: 6 }),
        look(2, "p9", { points: 6, at: START + 40 * DAY }),
      ]);
      assert.deepEqual([alerts.length, new Set(told).size], [1, 1]);
      assert.deepEqual(
        [...all.values()].map(({ matter, patient }) => [matter, patient]),
        [["RELATION", null]],
      );
    });

    test("no two open alerts are of one matter, whatever is found in whatever order", () => {
      const codes = [
        "UNRELATED_PATIENT",
        "MANY_PATIENTS",
        "DENIAL_BURST",
        "OFF_HOURS",
        "OWN_OR_RELATED_RECORD",
      ] as const;
      let seed = 7;
      const next = (below: number) => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % below;
      };
      for (let round = 0; round < 40; round++) {
        let at = START;
        const findings = Array.from({ length: 60 }, (_, n) => {
          at += next(3 * DAY);
          const detector = codes[next(codes.length)] ?? codes[0];
          return finding(n, { detector, at, points: 1 + next(14), patients: [`p${next(4)}`] });
        });
        const { all, alerts } = fold(findings);
        const open = [...all.values()].flatMap(({ alert, matter }) => (alert === null ? [] : [matter]));
        assert.ok(alerts.length > 1);
        assert.deepEqual([...new Set(open)], open);
      }
    });

    test("are suppressed alone where the suppression names the patient", () => {
      const quiet = { entity: ROSE, patient: "p7", detector: null, from: START, until: START + 9 * DAY };
      const marks = tell([look(0, "p7"), look(1, "p8"), finding(2, { patients: ["p7"] })], { suppressed: [quiet] });
      assert.deepEqual(
        marks.findings.map(({ suppressed }) => suppressed),
        [true, false, false],
      );
    });
  });

  test("an alert that people have had for a day takes no findings of another matter: they begin a story of their own", () => {
    const before = only(tell([0, 1, 2].map((n) => finding(n))).opened);
    const { openedAt = 0 } = before.alert ?? {};
    const idOf = (detector: DetectorCode, ms: number, points = 4) =>
      tell([finding(9, { at: openedAt + ms, detector, points })], { before }).findings[0]?.storyId;
    assert.equal(idOf("DENIAL_BURST", DAY - 1), before.id);
    assert.equal(idOf("DENIAL_BURST", DAY), "d-000009:DENIAL_BURST:0");
    assert.equal(idOf("UNRELATED_PATIENT", DAY), before.id, "who is seen without a reason is one matter");
    assert.equal(idOf("MANY_PATIENTS", DAY), before.id, "more of the same is no news");
    assert.equal(idOf("DENIAL_BURST", DAY, 0), before.id, "what has no points begins nothing");
    const [first] = tell([finding(9, { at: openedAt + DAY, detector: "DENIAL_BURST", points: 50 })], { before }).opened;
    assert.deepEqual(first?.detectors, ["DENIAL_BURST"]);
  });

  test("of what is new, what is HIGH makes an alert alone", () => {
    const opened = (severity: "HIGH" | "MEDIUM") =>
      tellStories({
        detectors: detectors.map((each) => ({
          ...each,
          detector: { ...each.detector, code: "NEW_NETWORK_OR_COUNTRY" },
        })),
        findings: [finding(0, { detector: "NEW_NETWORK_OR_COUNTRY", points: 100, severity })],
        known: () => [],
        suppressed: [],
      }).opened.length;
    assert.deepEqual([opened("MEDIUM"), opened("HIGH")], [0, 1]);
  });

  test("what is new or at an odd hour makes no alert alone, and counts beside others", () => {
    for (const detector of [
      "NEW_SCOPE",
      "NEW_PURPOSE_OR_ORGANIZATION",
      "NEW_NETWORK_OR_COUNTRY",
      "OFF_HOURS",
    ] as const) {
      const thresholds = activeDetectors(
        [...SAMPLE_DETECTORS, ...SAMPLE_DETECTORS.slice(0, 1).map((each) => ({ ...each, code: detector }))],
        [],
      );
      const opened = (findings: readonly KeptFinding[]) =>
        tellStories({ detectors: thresholds, findings, known: () => [], suppressed: [] }).opened.length;
      const alone = [0, 1, 2, 3].map((n) => finding(n, { detector, points: 50 }));
      assert.equal(opened(alone), 0, detector);
      assert.equal(opened([...alone, finding(4)]), 1, detector);
    }
  });

  test("what is found in SHADOW is no part of a story", () => {
    const { findings, stories } = tell([0, 1, 2, 3].map((n) => finding(n, { shadow: true, points: 50 })));
    assert.deepEqual(stories, []);
    assert.ok(findings.every(({ storyId }) => storyId === null));
  });

  test("what has no points begins nothing, and stands in a story that goes on", () => {
    assert.deepEqual(tell([finding(0, { points: 0 })]).stories, []);
    const { findings, stories } = tell([finding(0), finding(1, { points: 0, severity: "INFO" })]);
    assert.deepEqual([only(stories).points, only(stories).count], [4, 1]);
    assert.equal(findings[1]?.storyId, only(stories).id);
  });

  test("what is suppressed is kept and marked, from then to its end, of that entity and detector alone", () => {
    const suppressed = (more: Partial<Suppressed>) => [
      { entity: ROSE, patient: null, detector: null, from: START + HOUR, until: START + 3 * HOUR, ...more },
    ];
    const marks = (more: Partial<Suppressed> = {}) =>
      tell(
        [0, 1, 2, 3].map((n) => finding(n)),
        { suppressed: suppressed(more) },
      ).findings.map((f) => f.suppressed);
    assert.deepEqual(marks(), [false, true, true, false]);
    assert.deepEqual(marks({ detector: "MANY_PATIENTS" }), [false, true, true, false]);
    assert.deepEqual(marks({ detector: "DENIAL_BURST" }), [false, false, false, false]);
    assert.deepEqual(marks({ entity: { kind: "CLIENT", id: "user/rose" } }), [false, false, false, false]);
    const { opened } = tell(
      [0, 1, 2, 3].map((n) => finding(n)),
      { suppressed: suppressed({}) },
    );
    assert.equal(opened.length, 0);
  });

  test("what is about a role is told of who held it", () => {
    const ofRole = (n: number, more: Partial<KeptFinding> = {}) =>
      finding(n, { entity: { kind: "ROLE", id: "nurse" }, ...more });
    assert.deepEqual(only(tell([ofRole(0)]).stories).entity, ROSE);
    assert.deepEqual(only(tell([ofRole(0, { subject: null })]).stories).entity, { kind: "CLIENT", id: "portal" });
  });

  test("has in common what all its decisions have", () => {
    const story = only(tell([finding(0), finding(0, { subject: { type: "user", id: "rob" } })]).stories);
    assert.deepEqual([story.subject, story.clientId, story.patient], [null, "portal", "p0"]);
    const ofPatient = { entity: { kind: "PATIENT", id: "p7" }, patients: ["p7", "p8"] } as const;
    assert.equal(only(tell([finding(0, ofPatient), finding(1, ofPatient)]).stories).patient, "p7");
  });
});
