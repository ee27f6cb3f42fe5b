import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DetectorCode, WatchedEntity } from "../../../src/domain/monitoring/detectors/detector.ts";
import { activeDetectors } from "../../../src/domain/monitoring/detectors/detectorSetting.ts";
import { type KeptFinding, keptFinding } from "../../../src/domain/monitoring/watch/keptFinding.ts";
import { STORY_DAYS, type Story } from "../../../src/domain/monitoring/watch/story.ts";
import { type Suppressed, tellStories } from "../../../src/domain/monitoring/watch/tellStories.ts";
import { DAY, HOUR, SAMPLE_DETECTORS, START, watchedDecision, watchedPatient } from "../../support/watching.ts";

const ROSE: WatchedEntity = { kind: "SUBJECT", id: "user/rose" };
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
) => tellStories({ detectors, findings, known: () => before, suppressed });
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
        alert: { openedAt: START + 2 * HOUR, acknowledged: null, closed: null, withheld: [] },
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
    const suppressed = [{ entity: ROSE, detector: null, from: 0, until: START + 99 * DAY }];
    assert.deepEqual(tell(findings, { suppressed }).rises, []);
  });

  test("begins anew when its week is over, and when somebody closed its alert", () => {
    const before = only(tell([0, 1, 2].map((n) => finding(n))).stories);
    const at = (ms: number) => only(tell([finding(9, { at: START + ms })], { before }).stories).id;
    assert.equal(at(STORY_DAYS * DAY - 1), before.id);
    assert.notEqual(at(STORY_DAYS * DAY), before.id);
    const by = { callerId: "key:r", subject: null };
    const closed = { at: START, by, verdict: "EXPECTED", cause: "OTHER", text: "t" } as const;
    const over = { ...before, alert: { openedAt: START, acknowledged: null, closed, withheld: [] } };
    const after = tell(
      [3, 4, 5].map((n) => finding(n)),
      { before: over },
    );
    assert.equal(only(after.opened).id, "d-000003:MANY_PATIENTS:0");
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
        known: () => null,
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
        tellStories({ detectors: thresholds, findings, known: () => null, suppressed: [] }).opened.length;
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
      { entity: ROSE, detector: null, from: START + HOUR, until: START + 3 * HOUR, ...more },
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
