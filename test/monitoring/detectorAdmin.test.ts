import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import {
  type ConfigureDetectorInput,
  createDetectorAdmin,
} from "../../src/domain/monitoring/detectors/detectorAdmin.ts";
import type { DetectorSetting } from "../../src/domain/monitoring/detectors/detectorSetting.ts";
import type { DetectorAct } from "../../src/domain/record/detectorAct.ts";
import { callerOf } from "../graphql/world.ts";
import { SAMPLE_DETECTORS } from "../support/watching.ts";

const ADMIN = callerOf("key:admin", "admin");

describe("setting detectors", () => {
  let settings: DetectorSetting[];
  let acts: DetectorAct[];
  beforeEach(() => {
    [settings, acts] = [[], []];
  });
  const store = {
    settings: async () => settings,
    async change(setting: DetectorSetting, act: DetectorAct) {
      settings = [...settings.filter(({ detector }) => detector !== setting.detector), setting];
      acts.push(act);
    },
    countsSince: async (from: number) => {
      assert.equal(from, 1_000_000_000 - 7 * 86_400_000);
      return new Map([["MANY_PATIENTS" as const, { findings: 5, alerts: 2 }]]);
    },
  };
  const admin = (fourEyes = false) =>
    createDetectorAdmin({ store, detectors: SAMPLE_DETECTORS, clock: () => 1_000_000_000, fourEyes });
  const configure = (more: Partial<ConfigureDetectorInput>, fourEyes = false) =>
    admin(fourEyes).configure(ADMIN, { detector: "MANY_PATIENTS", mode: "ON", reason: "tried on March", ...more });
  const problems = async (more: Partial<ConfigureDetectorInput>): Promise<readonly string[]> => {
    let paths: readonly string[] = [];
    await assert.rejects(configure(more), (error: { code: string; problems: { path: string }[] }) => {
      assert.equal(error.code, "BAD_USER_INPUT");
      paths = error.problems.map(({ path }) => path);
      return true;
    });
    assert.deepEqual(acts, []);
    return paths;
  };

  test("each is in SHADOW with its defaults until somebody sets it, in the order in which they look", async () => {
    const seen = await admin().list();
    assert.deepEqual(
      seen.map(({ alerts, code, findings, mode, version }) => [code, mode, version, findings, alerts]),
      [
        ["NEW_SCOPE", "SHADOW", 0, 0, 0],
        ["MANY_PATIENTS", "SHADOW", 0, 5, 2],
        ["DENIAL_BURST", "SHADOW", 0, 0, 0],
      ],
    );
    assert.deepEqual(
      seen[1]?.parameters.map(({ name, value }) => [name, value]),
      [
        ["most", 3],
        ["points", 4],
        ["alertAt", 100],
      ],
    );
  });

  test("what is given changes, the rest stays, and what is cleared is as it comes; each is an act with what was before", async () => {
    await configure({ parameters: { most: 9, alertAt: 20 }, alertsPerWeek: 5 });
    await configure({ mode: "SHADOW", parameters: { most: 7 } });
    const third = await configure({ mode: "OFF", clear: ["ALERTS_PER_WEEK"], alertsPerWeek: null });
    assert.deepEqual(
      [third.mode, third.alertsPerWeek, third.version, third.parameters.map(({ value }) => value)],
      ["OFF", null, 3, [7, 4, 20]],
    );
    const fourth = await configure({ clear: ["PARAMETERS"], parameters: { points: 1 } });
    assert.deepEqual(
      fourth.parameters.map(({ value }) => value),
      [3, 1, 100],
    );
    assert.deepEqual(acts[1], {
      detector: "MANY_PATIENTS",
      mode: "SHADOW",
      parameters: { most: 7, alertAt: 20 },
      alertsPerWeek: 5,
      version: 2,
      before: { mode: "ON", parameters: { most: 9, alertAt: 20 }, alertsPerWeek: 5 },
      at: 1_000_000_000,
      author: "key:admin",
      text: "tried on March",
    });
  });

  test("names every parameter that it has not, and every number out of its bounds, and changes nothing", async () => {
    assert.deepEqual(
      await problems({ parameters: { most: 0, points: "4", none: 1, toString: 1 }, alertsPerWeek: 0, reason: " " }),
      [
        "input.parameters.most",
        "input.parameters.points",
        "input.parameters.none",
        "input.parameters.toString",
        "input.alertsPerWeek",
        "input.reason",
      ],
    );
    assert.deepEqual(await problems({ parameters: { alertAt: null, most: Number.NaN } }), [
      "input.parameters.alertAt",
      "input.parameters.most",
    ]);
    assert.deepEqual(await problems({ parameters: [1] }), ["input.parameters"]);
    assert.deepEqual(await problems({ detector: "SUNSET_USE" }), ["input.detector"]);
  });

  test("under four eyes nobody alone hides something, and anybody may have more told", async () => {
    await configure({ parameters: { alertAt: 20 } });
    const hiding: readonly Partial<ConfigureDetectorInput>[] = [
      { mode: "SHADOW" },
      { mode: "OFF" },
      { parameters: { alertAt: 21 } },
      { parameters: { most: 4 } },
      { parameters: { most: 2 } },
    ];
    for (const more of hiding) await assert.rejects(configure(more, true), { code: "FOUR_EYES_REQUIRED" });
    assert.equal(acts.length, 1);
    await configure({ parameters: { alertAt: 19 } }, true);
    await configure({ parameters: { most: 3 }, alertsPerWeek: 2 }, true);
    await configure({ detector: "DENIAL_BURST" }, true);
    assert.equal(acts.length, 4);
    await assert.rejects(configure({ clear: ["PARAMETERS"], parameters: { alertAt: 20 } }, true), {
      code: "FOUR_EYES_REQUIRED",
    });
  });
});
