import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KnownVerdict } from "../../../src/domain/monitoring/alerts/store.ts";
import type { BacktestInput } from "../../../src/domain/monitoring/backtest/backtestInput.ts";
import { createBacktests, MAX_MS } from "../../../src/domain/monitoring/backtest/backtests.ts";
import { activeDetector, type DetectorSetting } from "../../../src/domain/monitoring/detectors/detectorSetting.ts";
import { createWatch } from "../../../src/domain/monitoring/watch/watch.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { emptySnapshot } from "../../../src/domain/policy/snapshot.ts";
import type { Act } from "../../../src/domain/record/acts.ts";
import type { AuditAct } from "../../../src/domain/record/auditAct.ts";
import { callerOf } from "../../graphql/world.ts";
import { exact } from "../../support/exactNumbers.ts";
import { DAY, HOUR, SAMPLE_DETECTORS, START, watchedDecision, watchedPatient } from "../../support/watching.ts";

const AUDITOR = callerOf("key:a", "auditor");
/** Eight weeks; every other day somebody looks at more patients. */
const weeks = Array.from({ length: 8 * 7 * 24 }, (_, n): WatchedDecision => {
  const day = Math.floor(n / 24);
  const patient = day % 2 === 0 ? `p${n % (4 + (day % 5))}` : "p0";
  const subject = { type: "user", id: `u${day % 3}` };
  return watchedDecision(n, { subject, clientId: `c${day % 2}`, patients: [watchedPatient(patient)] });
});

interface World {
  readonly decisions?: readonly WatchedDecision[];
  readonly settings?: readonly DetectorSetting[];
  readonly verdicts?: readonly (KnownVerdict & { readonly decisionId: string })[];
  readonly monotonic?: () => number;
  readonly breathe?: () => Promise<void>;
  readonly recorded?: Omit<AuditAct, "at" | "callerId">[];
}
const asked: Act[] = [];
function tested({
  breathe = async () => {},
  decisions = weeks,
  monotonic = () => 0,
  recorded = [],
  settings = [],
  verdicts = [],
}: World = {}) {
  const { backtest: run } = createBacktests({
    clock: () => 0,
    detectors: SAMPLE_DETECTORS,
    settings: async () => settings,
    jobs: { start: () => assert.fail("at once") },
    backtestApart: () => assert.fail("at once"),
    sha256: (text) => text,
    alerts: {
      verdictsOn: async (ids) => verdicts.filter(({ decisionId }) => ids.includes(decisionId)),
    },
    history: {
      async read({ after, first, from, to }) {
        const left = decisions.filter(({ at, position }) => position > after && from <= at && at < to);
        const items = left.slice(0, first).map((node) => ({ node, key: node.position }));
        return { items, hasNextPage: left.length > first };
      },
      span: async () => {
        const [oldest, newest] = [decisions[0], decisions.at(-1)];
        return oldest === undefined || newest === undefined ? null : { oldest: oldest.at, newest: newest.at };
      },
    },
    facts: () => ({ now: START, snapshot: emptySnapshot() }),
    newId: () => "id",
    recordAct: async (act) => void asked.push(act),
    recordAudit: async (_, act) => void recorded.push(act),
    monotonic,
    breathe,
  });
  return async (more: Partial<BacktestInput> = {}, as = AUDITOR) =>
    exact(
      await run(as, {
        ...{ detector: "MANY_PATIENTS", from: START, to: START + 56 * DAY, parameters: { alertAt: 10 } },
        ...more,
      }),
    );
}
const live = (alertAt = 10) => {
  const [, detector] = SAMPLE_DETECTORS;
  assert.ok(detector !== undefined);
  return createWatch([activeDetector(detector, "ON", { alertAt })], { closesAfterWeek: true }).take(weeks);
};

describe("a back-test", () => {
  test("finds the same as live, id by id, and as many alerts", async () => {
    const expected = live();
    assert.ok(
      expected.findings.length > 50 && expected.opened.length > 5,
      `${expected.findings.length} ${expected.opened.length}`,
    );
    const made = await tested()({ samples: 100 });
    assert.deepEqual(
      [made.decisions, made.findings, made.alerts, made.complete],
      [weeks.length, expected.findings.length, expected.opened.length, true],
    );
    const ids = new Set(expected.findings.map(({ id }) => id));
    assert.ok(made.samples.length >= 50 && made.samples.every(({ id }) => ids.has(id)));
    assert.deepEqual(made.parameters, { most: 3, points: 4, alertAt: 10 });
    assert.deepEqual(
      made.byClient.reduce((sum, { findings }) => sum + findings, 0),
      made.findings,
    );
  });

  test("learns from what was before the window, and counts what is in it alone", async () => {
    const from = START + 28 * DAY;
    const made = await tested()({ from, samples: 100 });
    const expected = live();
    assert.equal(made.warmUpFrom, START);
    assert.equal(made.decisions, weeks.length / 2);
    assert.equal(made.findings, expected.findings.filter(({ at }) => at >= from).length);
    assert.equal(made.alerts, expected.opened.filter(({ alert }) => Number(alert?.openedAt) >= from).length);
    // A scope that was used before the window is nothing new in it; without what was before, it would be no news either.
    const later = weeks.map((each, n) => (n === 900 ? { ...each, scopesUsed: ["edit_labs"] } : each));
    const news = (decisions: readonly WatchedDecision[]) => tested({ decisions })({ detector: "NEW_SCOPE", from });
    assert.equal((await news(later)).findings, 1);
    assert.equal(
      (
        await news(
          later.map((each, n) =>
            n === 5 ? { ...each, scopesUsed: ["edit_labs"], clientId: later[900]?.clientId ?? "" } : each,
          ),
        )
      ).findings,
      0,
    );
  });

  test("finds the least threshold that keeps a budget", async () => {
    const alertsAt = (alertAt: number) => live(alertAt).opened.length;
    for (const alertsPerWeek of [0.25, 0.5, 0.75]) {
      const { threshold } = await tested()({ alertsPerWeek });
      assert.ok(threshold !== null && threshold.alertAt > 1);
      assert.ok(threshold.alerts <= alertsPerWeek * 8);
      assert.equal(alertsAt(threshold.alertAt), threshold.alerts, "as it would be, were it set");
      assert.ok(alertsAt(threshold.alertAt - 1) > alertsPerWeek * 8, `${threshold.alertAt} is the least`);
    }
    assert.equal((await tested()({ alertsPerWeek: 1000 })).threshold?.alertAt, 1);
    assert.equal((await tested()()).threshold, null);
    const settings = [{ detector: "MANY_PATIENTS", alertsPerWeek: 0.5, parameters: { alertAt: 12 }, version: 3 }];
    const asSet = await tested({ settings: settings as unknown as readonly DetectorSetting[] })({ parameters: {} });
    assert.deepEqual(asSet.threshold, (await tested()({ alertsPerWeek: 0.5 })).threshold);
    assert.deepEqual([asSet.version, asSet.parameters.alertAt, asSet.alerts], [3, 12, alertsAt(12)]);
  });

  test("tells which verdicts of people it meets, each alert once", async () => {
    const [first, second] = live().opened;
    const findings = live().findings;
    const of = (id: string | undefined) => findings.filter(({ storyId }) => storyId === id).map((f) => f.decisionId);
    const verdicts = [
      ...of(first?.id).map((decisionId) => ({ alertId: "a1", verdict: "TRUE_POSITIVE", decisionId }) as const),
      ...of(second?.id).map((decisionId) => ({ alertId: "a2", verdict: "EXPECTED", decisionId }) as const),
      { alertId: "a3", verdict: "FALSE_POSITIVE", decisionId: "elsewhere" } as const,
    ];
    assert.deepEqual((await tested({ verdicts })()).knownVerdicts, [
      { verdict: "TRUE_POSITIVE", met: 1 },
      { verdict: "FALSE_POSITIVE", met: 0 },
      { verdict: "EXPECTED", met: 1 },
    ]);
  });

  test("says when it is not complete: its time was over, or there is no history of all of the window", async () => {
    let now = 0;
    const slow = await tested({ monotonic: () => (now += MAX_MS) })();
    assert.equal(slow.complete, false);
    assert.ok(slow.decisions < weeks.length && slow.to < START + 56 * DAY);
    assert.equal(slow.to, START + (slow.decisions - 1) * HOUR + 1);
    assert.equal((await tested()({ from: START - 1 })).complete, false);
    const none = await tested({ decisions: [] })();
    assert.deepEqual([none.complete, none.decisions, none.findings], [false, 0, 0]);
  });

  test("breathes by what decisions cost, and finds the same", async () => {
    let breaths = 0;
    const breathe = async () => {
      breaths++;
    };
    const large = weeks.slice(0, 60).map((each, n) => ({
      ...each,
      patients: Array.from({ length: 100 }, (_, i) => watchedPatient(`p${n}-${i}`)),
    }));
    const made = await tested({ breathe, decisions: large })({ samples: 100 });
    assert.ok(breaths >= large.length, `${breaths} breaths for ${large.length} decisions with 100 patients each`);
    const [, detector] = SAMPLE_DETECTORS;
    assert.ok(detector !== undefined);
    const expected = createWatch([activeDetector(detector, "ON", { alertAt: 10 })], { closesAfterWeek: true }).take(
      large,
    );
    assert.equal(made.findings, expected.findings.length);
    assert.deepEqual(made.samples.map(({ id }) => id).sort(), expected.findings.map(({ id }) => id).sort());
    breaths = 0;
    await tested({ breathe })();
    assert.ok(breaths > 5 && breaths < weeks.length / 10, `${breaths} breaths for ${weeks.length} small ones`);
  });

  test("shows an auditor whose decisions they are, and others numbers alone", async () => {
    const seen = (role: "auditor" | "reviewer") => tested()({ samples: 1 }, callerOf("key:x", role));
    const [plain, hidden] = [await seen("auditor"), await seen("reviewer")];
    const [sample] = plain.samples;
    assert.ok(sample !== undefined && sample.sentence.includes(`${sample.patients[0]} among`));
    assert.deepEqual(hidden.samples, []);
    for (const text of [sample.id, sample.decisionId, ...sample.patients])
      assert.ok(!JSON.stringify(hidden).includes(text), text);
  });

  test("asks of whole days for who may not know whose the decisions are", async () => {
    const window = { from: START + HOUR, to: START + 8 * DAY - HOUR };
    const [mine, days] = [await tested()(window), await tested()(window, callerOf("key:x", "reviewer"))];
    assert.deepEqual([mine.from, mine.to], [window.from, window.to]);
    const whole = [Math.floor(window.from / DAY) * DAY, Math.ceil(window.to / DAY) * DAY];
    assert.deepEqual([days.from, days.to], whole);
  });

  test("is on record before its answer, with what was asked and how much was shown", async () => {
    const recorded: Omit<AuditAct, "at" | "callerId">[] = [];
    asked.splice(0);
    const run = tested({ recorded });
    await run({ samples: 3 });
    await run({}, callerOf("key:x", "admin"));
    const filter = { detector: "MANY_PATIENTS", from: START, to: START + 56 * DAY };
    assert.deepEqual(recorded, [{ field: "backtest", filter, shown: 3 }]);
    const [question, ...others] = asked.splice(0);
    assert.ok(question?.kind === "SIMULATION" && others.length === 0);
    const { callerId, field, asked: of } = question.record;
    assert.deepEqual(
      [callerId, field, of?.detector, of?.parameters],
      ["key:x", "backtest", "MANY_PATIENTS", { alertAt: 10 }],
    );
    await assert.rejects(run({ samples: -1 }));
    assert.deepEqual([recorded.length, asked.length], [1, 0]);
  });

  test("gives an admin what a reviewer has: no number of few patients, the others rounded", async () => {
    const run = tested();
    const seen = await run({}, callerOf("key:x", "admin"));
    assert.deepEqual(await run({}, callerOf("key:x", "reviewer")), seen);
    const few = tested({
      decisions: weeks.map((each) => ({
        ...each,
        patients: each.patients.slice(0, 1).map((one) => ({ ...one, id: "ada" })),
      })),
    });
    const told = await few({ detector: "NEW_SCOPE" }, callerOf("key:x", "reviewer"));
    assert.deepEqual([told.few, told.decisions, told.alerts], [true, null, 0]);
    assert.ok((await few({ detector: "NEW_SCOPE" })).decisions > 0);
  });

  test("refuses bad input with every problem", async () => {
    const problems = async (more: Partial<BacktestInput>) => {
      let paths: readonly string[] = [];
      await assert.rejects(tested()(more), (error: { code: string; problems: { path: string }[] }) => {
        assert.equal(error.code, "BAD_USER_INPUT");
        paths = error.problems.map(({ path }) => path);
        return true;
      });
      return paths;
    };
    assert.deepEqual(await problems({ to: START, samples: 101, alertsPerWeek: -1, parameters: { x: 1 } }), [
      "input.parameters.x",
      "input.alertsPerWeek",
      "input.to",
      "input.samples",
    ]);
    assert.deepEqual(await problems({ from: START - 200 * DAY }), ["input.from"]);
    assert.deepEqual(await problems({ detector: "SUNSET_USE" }), ["input.detector"]);
  });
});
