import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { untilFollowed } from "../support/untilFollowed.ts";
import { SAMPLE_DETECTORS } from "../support/watching.ts";
import { apply, at, callerOf, NOW, openWorld, pathsOf, type World } from "./world.ts";

const DAY = 86_400_000;
const [ADMIN, REVIEWER, AUDITOR] = (["admin", "reviewer", "auditor"] as const).map((role) =>
  callerOf(`jwt:test#${role}`, role),
);
const DETECTORS = `{ detectors { code title compares mode version changedBy { name } reason alertsPerWeek findingsLastWeek alertsLastWeek
  parameters { name value default minimum maximum description } } }`;
const CONFIGURE = `mutation ($input: ConfigureDetectorInput!) { configureDetector(input: $input) {
  code mode version changedBy { name } alertsPerWeek policyRevision parameters { name value } } }`;
const BACKTEST = `query ($input: BacktestInput!) { backtest(input: $input) { detector version parameters from to warmUpFrom decisions complete
  findings alerts threshold { alertAt alerts } byClient { clientId findings alerts } knownVerdicts { verdict met }
  samples { id decisionId sentence patients points shadow } } }`;
const iso = (time: number) => new Date(time).toISOString();
let world: World;

before(async () => {
  world = await openWorld({ detectors: SAMPLE_DETECTORS });
  await apply(world, [{ putClient: { id: "portal", name: "Portal" } }]);
  for (let n = 0; n < 6; n++) {
    world.clock.now = NOW - DAY + n * 60_000;
    const resource = { type: "Observation", patient: `patient-${n}` };
    await world.data(
      "query ($input: AuthorizeInput!) { authorize(input: $input) { outcome } }",
      { input: { clientId: "portal", subject: { id: "rose" }, action: "read", resource } },
      callerOf("key:gateway", "service"),
    );
  }
  world.clock.now = NOW;
  await untilFollowed(world.url);
});

describe("detectors", () => {
  test("are listed with what they compare, how they are set, and what they found lately", async () => {
    for (const caller of [ADMIN, REVIEWER, AUDITOR]) {
      const list = at(await world.data(DETECTORS, {}, caller), "detectors") as readonly object[];
      assert.deepEqual(at(list, 1), {
        code: "MANY_PATIENTS",
        title: "Many patients",
        compares: "The patients of a day with a number.",
        mode: "SHADOW",
        version: 0,
        changedBy: null,
        reason: null,
        alertsPerWeek: null,
        findingsLastWeek: 3,
        alertsLastWeek: 0,
        parameters: [
          { name: "most", value: 3, default: 3, minimum: 1, maximum: 1000, description: "Patients a day." },
          { name: "points", value: 4, default: 4, minimum: 0, maximum: 100, description: "Points of each more." },
          {
            name: "alertAt",
            value: 100,
            default: 100,
            minimum: 1,
            maximum: 1000,
            description: "Points of a story from which a finding of this detector opens an alert.",
          },
        ],
      });
    }
  });

  test("are tried before they are switched on: what they would have found, to a reviewer without numbers of few patients", async () => {
    const input = {
      detector: "MANY_PATIENTS",
      from: iso(NOW - 2 * DAY),
      to: iso(NOW),
      alertsPerWeek: 1,
      parameters: { most: 2, alertAt: 10 },
    };
    const made = at(await world.data(BACKTEST, { input }, REVIEWER), "backtest") as {
      readonly samples: readonly object[];
    };
    const { samples, ...rest } = made;
    assert.deepEqual(rest, {
      detector: "MANY_PATIENTS",
      version: 0,
      parameters: { most: 2, points: 4, alertAt: 10 },
      // Whole days.
      from: `${input.from.slice(0, 10)}T00:00:00.000Z`,
      to: iso(Math.ceil(NOW / DAY) * DAY),
      warmUpFrom: `${input.from.slice(0, 10)}T00:00:00.000Z`,
      decisions: null,
      // There is no history of the first of the two days.
      complete: false,
      findings: null,
      alerts: null,
      threshold: { alertAt: 20, alerts: 0 },
      byClient: [{ clientId: "portal", findings: null, alerts: null }],
      knownVerdicts: [
        { verdict: "TRUE_POSITIVE", met: 0 },
        { verdict: "FALSE_POSITIVE", met: 0 },
        { verdict: "EXPECTED", met: 0 },
      ],
    });
    assert.deepEqual(samples, []);
    const whole = { ...input, from: iso(NOW - DAY), samples: 1 };
    const complete = at(await world.data(BACKTEST, { input: whole }, AUDITOR), "backtest");
    assert.deepEqual([at(complete, "complete"), at(complete, "findings")], [true, 4]);
    assert.deepEqual(at(complete, "samples", 0, "patients"), ["patient-5"]);
  });

  test("are set by an admin, with every problem named", async () => {
    const input = { detector: "MANY_PATIENTS", mode: "ON", reason: "tried on March" };
    const wrong = { ...input, parameters: { most: 0, other: 1 }, alertsPerWeek: -1, reason: "" };
    const error = await world.error("BAD_USER_INPUT", CONFIGURE, { input: wrong }, ADMIN);
    assert.deepEqual(pathsOf(error), [
      "input.parameters.most",
      "input.parameters.other",
      "input.alertsPerWeek",
      "input.reason",
    ]);
    for (const caller of [REVIEWER, AUDITOR, callerOf("key:s", "service")])
      await world.error("FORBIDDEN", CONFIGURE, { input }, caller);
    const set = at(
      await world.data(CONFIGURE, { input: { ...input, parameters: { alertAt: 12 }, alertsPerWeek: 2.5 } }, ADMIN),
      "configureDetector",
    );
    assert.deepEqual(set, {
      code: "MANY_PATIENTS",
      mode: "ON",
      version: 1,
      changedBy: { name: "admin" },
      alertsPerWeek: 2.5,
      policyRevision: 1,
      parameters: [
        { name: "most", value: 3 },
        { name: "points", value: 4 },
        { name: "alertAt", value: 12 },
      ],
    });
    const [standing] = await world.storage.detectors.settings();
    assert.deepEqual(
      [standing?.mode, standing?.parameters, standing?.changedBy],
      ["ON", { alertAt: 12 }, "jwt:test#admin"],
    );
  });

  test("under four eyes nobody alone hides something", async () => {
    const two = await openWorld({ detectors: SAMPLE_DETECTORS, fourEyes: true });
    const input = { detector: "MANY_PATIENTS", reason: "too many" };
    const error = await two.error("FOUR_EYES_REQUIRED", CONFIGURE, { input: { ...input, mode: "OFF" } }, ADMIN);
    assert.match(
      error.message,
      /must be proposed \(proposePolicy\), and approved by somebody else\. Nothing was changed\./,
    );
    assert.deepEqual(await two.storage.detectors.settings(), []);
    await two.data(CONFIGURE, { input: { ...input, mode: "ON" } }, ADMIN);
  });
});
