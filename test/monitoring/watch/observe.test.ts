import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Detector } from "../../../src/domain/monitoring/detectors/detector.ts";
import { type ActiveDetector, activeDetectors } from "../../../src/domain/monitoring/detectors/detectorSetting.ts";
import {
  BASELINE_DAYS,
  baselineKey,
  baselinesOf,
  type KeptBaseline,
} from "../../../src/domain/monitoring/watch/baseline.ts";
import { createWatch } from "../../../src/domain/monitoring/watch/watch.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { observeAfter } from "../../support/observeAfter.ts";
import { DAY, SAMPLE_DETECTORS, START, watchedDecision, watchedPatient } from "../../support/watching.ts";

const detectors = activeDetectors(SAMPLE_DETECTORS, []);
const nothing = () => null;
const many = (count: number, more: Partial<WatchedDecision> = {}) =>
  Array.from({ length: count }, (_, n) => watchedDecision(n, { patients: [watchedPatient(`p${n}`)], ...more }));

/** Finds something of each patient, most of those whose number ends with 3. */
const pointing: ActiveDetector = {
  mode: "ON",
  alertAt: 100,
  parameters: {},
  detector: {
    code: "MANY_VIEWERS",
    title: "Each",
    compares: "Nothing.",
    parameters: {},
    entitiesOf: ({ patients }) => patients.map(({ id }) => ({ kind: "PATIENT", id })),
    observe: ({ decision, entity }) => ({
      baseline: null,
      finding: {
        ...{ detector: "MANY_VIEWERS", decisionId: decision.id, at: decision.at, entity, severity: "LOW" },
        ...{ points: entity.id.endsWith("3") ? 60 : 50, sentence: "Looked at.", evidence: [] },
      },
    }),
  },
};

describe("observe", () => {
  test("has each detector look at each decision, and names a finding by decision, detector and entity", () => {
    const decisions = [...many(5), watchedDecision(5, { scopesUsed: ["edit_labs"] })];
    const { findings } = observeAfter({ decisions, detectors, known: nothing });
    assert.deepEqual(
      findings.map(({ id, position, shadow, clientId, patients }) => [id, position, shadow, clientId, patients]),
      [
        ["d-000003:MANY_PATIENTS:0", 4, true, "portal", ["p3"]],
        ["d-000004:MANY_PATIENTS:0", 5, true, "portal", ["p4"]],
        ["d-000005:NEW_SCOPE:0", 6, true, "portal", ["ann"]],
        ["d-000005:MANY_PATIENTS:0", 6, true, "portal", ["ann"]],
      ],
    );
  });

  test("gives the same, however the decisions are parted", () => {
    const decisions = [...many(40), ...many(40).map((each, n) => ({ ...each, id: `e-${n}`, at: each.at + 3 * DAY }))];
    const whole = createWatch(detectors).take(decisions);
    assert.ok(whole.findings.length > 10);
    for (const size of [1, 3, 7]) {
      const watch = createWatch(detectors);
      const parts = [];
      for (let at = 0; at < decisions.length; at += size)
        parts.push(...watch.take(decisions.slice(at, at + size)).findings);
      assert.deepEqual(parts, whole.findings);
    }
  });

  test("asks for no baseline that was not named beforehand", () => {
    const decisions = [watchedDecision(0, { outcome: "DENY" }), watchedDecision(1)];
    const named = new Set(baselinesOf(decisions, detectors).map(baselineKey));
    const asked = new Set<string>();
    observeAfter({
      decisions,
      detectors,
      known: (name) => {
        asked.add(baselineKey(name));
        return null;
      },
    });
    assert.deepEqual([...asked].sort(), [...named].sort());
    assert.ok(named.has("DENIAL_BURST ROLE nurse"));
  });

  test("tells a detector what others have, as it was just learnt", () => {
    const known = (name: Parameters<typeof baselineKey>[0]): KeptBaseline | null =>
      baselineKey(name) === "DENIAL_BURST ROLE nurse" ? { baseline: 1, usedAt: START } : null;
    const { findings } = observeAfter({ decisions: [watchedDecision(0, { outcome: "DENY" })], detectors, known });
    assert.deepEqual(
      findings.map(({ sentence }) => sentence),
      ["Denied once more, unlike its role."],
    );
  });

  test("takes a baseline of a person that was not used for its days as gone, and keeps that of a client", () => {
    const age = (days: number) => {
      const usedAt = START - days * DAY;
      const of = { NEW_SCOPE: ["other"], MANY_PATIENTS: { day: Math.floor(START / DAY), seen: ["a", "b", "c"] } };
      const known = ({ detector }: { detector: string }) =>
        detector in of ? { baseline: of[detector as keyof typeof of], usedAt } : null;
      return observeAfter({ decisions: [watchedDecision(0)], detectors, known }).findings.map(
        ({ detector }) => detector,
      );
    };
    assert.deepEqual(age(BASELINE_DAYS - 1), ["NEW_SCOPE", "MANY_PATIENTS"]);
    assert.deepEqual(age(BASELINE_DAYS), ["NEW_SCOPE"]);
  });

  test("writes a baseline that stayed as it was once a day, so that it is known to be in use", () => {
    const only = detectors.filter(({ detector }) => detector.code === "NEW_SCOPE");
    const scopes = ["view_labs"];
    const after = (at: number) =>
      observeAfter({
        decisions: [watchedDecision(0, { at, scopesUsed: scopes })],
        detectors: only,
        known: () => ({ baseline: scopes, usedAt: START - (START % DAY) }),
      }).baselines.length;
    assert.equal(after(START + 1), 0);
    assert.equal(after(START + DAY), 1);
  });

  test("leaves out a detector that is OFF, and marks what is found in SHADOW", () => {
    const setting = {
      parameters: {},
      alertsPerWeek: null,
      version: 1,
      changedAt: 0,
      changedBy: "key:a",
      reason: "r",
    } as const;
    const active = activeDetectors(SAMPLE_DETECTORS, [
      { ...setting, detector: "NEW_SCOPE", mode: "OFF" },
      { ...setting, detector: "MANY_PATIENTS", mode: "ON", parameters: { most: 2, alertAt: 7 } },
    ]);
    assert.deepEqual(
      active.map(({ alertAt, detector, mode, parameters }) => [detector.code, mode, parameters, alertAt]),
      [
        ["MANY_PATIENTS", "ON", { most: 2, points: 4 }, 7],
        ["DENIAL_BURST", "SHADOW", {}, 100],
      ],
    );
    const { findings } = observeAfter({ decisions: many(3), detectors: active, known: nothing });
    assert.deepEqual(
      findings.map(({ id, shadow }) => [id, shadow]),
      [["d-000002:MANY_PATIENTS:0", false]],
    );
  });

  const of100 = (n: number, more: Partial<WatchedDecision> = {}) =>
    watchedDecision(n, { patients: Array.from({ length: 100 }, (_, i) => watchedPatient(`p${i}`)), ...more });

  test("keeps of a finding about a patient that patient alone, and of another at most twenty, the person among them", () => {
    const decision = of100(0, { subject: { type: "Patient", id: "p77" } });
    const { findings } = observeAfter({ decisions: [decision], detectors: [...detectors, pointing], known: nothing });
    const [many, ...each] = findings;
    assert.equal(many?.detector, "MANY_PATIENTS");
    assert.deepEqual(many?.patients, ["p77", ...Array.from({ length: 19 }, (_, n) => `p${n}`)]);
    assert.ok(each.length > 0 && each.every(({ entity, patients }) => patients.join() === entity.id));
  });

  test("keeps ten findings of one decision by one detector, those with the most points, under the ids they had anyway", () => {
    const { findings } = observeAfter({ decisions: [of100(0)], detectors: [pointing], known: nothing });
    assert.deepEqual(
      findings.map(({ id, points }) => [id, points]),
      [3, 13, 23, 33, 43, 53, 63, 73, 83, 93].map((n) => [`d-000000:MANY_VIEWERS:${n}`, 60]),
    );
    const some = watchedDecision(0, { patients: [watchedPatient("p0"), watchedPatient("p1")] });
    assert.equal(observeAfter({ decisions: [some], detectors: [pointing], known: nothing }).findings.length, 2);
  });

  test("passes over a detector where it throws; it learns nothing there, and the others go on, however the decisions are parted", () => {
    const decisions = many(12);
    const at = (code: "observe" | "entitiesOf") =>
      detectors.map((active): ActiveDetector => {
        if (active.detector.code !== "MANY_PATIENTS") return active;
        const fail = (decision: WatchedDecision) => {
          if (decision.id === "d-000004") throw new TypeError("odd");
        };
        const { detector } = active;
        const broken: Detector = {
          ...detector,
          entitiesOf(decision) {
            if (code === "entitiesOf") fail(decision);
            return detector.entitiesOf(decision);
          },
          observe(input) {
            if (code === "observe") fail(input.decision);
            return detector.observe(input);
          },
        };
        return { ...active, detector: broken };
      });
    const without = decisions.filter(({ id }) => id !== "d-000004");
    const expected = observeAfter({ decisions: without, detectors, known: nothing }).findings;
    assert.ok(expected.length > 3);
    for (const code of ["observe", "entitiesOf"] as const) {
      const broken = at(code);
      assert.doesNotThrow(() => baselinesOf(decisions, broken));
      const seen = observeAfter({ decisions, detectors: broken, known: nothing });
      assert.deepEqual(
        seen.failures.map(({ detector }) => detector),
        ["MANY_PATIENTS"],
      );
      assert.deepEqual(seen.findings, expected);
      const watch = createWatch(broken);
      assert.deepEqual(
        decisions.flatMap((each) => watch.take([each]).findings.map(({ id }) => id)),
        expected.map(({ id }) => id),
      );
    }
  });
});
