import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ScopewardenError } from "../../../src/domain/kernel/errors.ts";
import type { BacktestInput, BacktestTask } from "../../../src/domain/monitoring/backtest/backtestInput.ts";
import { backtestOfJob, createBacktests } from "../../../src/domain/monitoring/backtest/backtests.ts";
import type { MadeBacktest } from "../../../src/domain/monitoring/backtest/makeBacktest.ts";
import { DETECTORS } from "../../../src/domain/monitoring/detectors/detectors.ts";
import type { AuditAct } from "../../../src/domain/record/auditAct.ts";
import type { Done, Job } from "../../../src/domain/simulation/jobs/job.ts";
import { createJobQueue } from "../../../src/domain/simulation/jobs/jobQueue.ts";
import { callerOf } from "../../graphql/world.ts";
import { type Backend, backends } from "../../storage/backends.ts";
import { untilCounted } from "../../support/counted.ts";
import { exact } from "../../support/exactNumbers.ts";
import { type HospitalMonth, openHospitalMonth } from "../../support/hospitalMonth.ts";

const DAY = 86_400_000;
const AUDITOR = callerOf("key:auditor", "auditor");
const REVIEWER = callerOf("key:reviewer", "reviewer");
const soon = () => new Promise((resolve) => setTimeout(resolve, 10));
const codeOf = (error: unknown): unknown => (error instanceof ScopewardenError ? error.code : error);

for (const { name, start } of backends)
  describe(`back-tests that are made apart (${name})`, () => {
    let backend: Backend;
    let month: HospitalMonth;
    const windowOf = () => ({ from: month.clock.now - 20 * DAY, to: month.clock.now + 1 });
    before(async () => {
      backend = await start();
      month = await openHospitalMonth({ url: await backend.fresh(), cases: false, incidents: true });
      // All is watched by then.
      await untilCounted(month.storage);
    });
    after(async () => {
      await month.close();
      await backend.stop();
    });
    async function ended(id: string): Promise<Job> {
      for (;;) {
        const job = await month.domain.jobs.find(id);
        if (job !== null && job.endedAt !== null) return job;
        await soon();
      }
    }
    const parts = () => ({
      clock: () => month.clock.now,
      detectors: DETECTORS,
      settings: month.storage.detectors.settings,
      alerts: month.storage.alerts,
      history: month.storage.watchedHistory,
      facts: month.domain.decisionFacts,
      newId: () => crypto.randomUUID(),
      recordAct: async () => {},
      monotonic: () => 0,
      breathe: async () => {},
      sha256: (text: string) => text.slice(0, 10),
      recordAudit: async () => {},
      jobs: month.domain.jobs,
      backtestApart: () => assert.fail("at once"),
    });
    /** As `backtest` answers, however long it takes here. */
    const atOnce = (as: typeof AUDITOR, input: BacktestInput) => createBacktests(parts()).backtest(as, input);

    test("say what the same one says at once, id by id, with the budget too", async () => {
      let found = 0;
      for (const { code } of DETECTORS) {
        const input = { detector: code, ...windowOf(), samples: 100, alertsPerWeek: 1, parameters: { alertAt: 30 } };
        const { id, state } = await month.domain.backtests.start(AUDITOR, input);
        assert.equal(state, "QUEUED");
        const job = await ended(id);
        assert.deepEqual([job.state, job.reason, job.progress, job.detector], ["DONE", null, 1, code]);
        const made = backtestOfJob(job);
        assert.ok(made);
        const expected = exact(await atOnce(AUDITOR, input));
        assert.deepEqual(await month.domain.backtests.seen(AUDITOR, made), expected, code);
        assert.ok(expected.complete && expected.decisions > 500, code);
        assert.ok(job.read >= expected.decisions);
        found += expected.samples.length;
      }
      assert.ok(found > 20, `${found} findings`);
    });

    test("show an auditor patients, a reviewer and an admin counts that are not of few, whoever asked", async () => {
      const input = { detector: "OWN_OR_RELATED_RECORD", ...windowOf(), samples: 100 } as const;
      const { id } = await month.domain.backtests.start(callerOf("key:admin", "admin"), input);
      const backtest = backtestOfJob(await ended(id));
      assert.ok(backtest !== null && backtest.samples.length > 0);
      const { seen } = month.domain.backtests;
      const [all, hidden, counts] = [
        await seen(AUDITOR, backtest),
        await seen(REVIEWER, backtest),
        await seen(callerOf("key:admin", "admin"), backtest),
      ];
      assert.deepEqual(all.samples, backtest.samples);
      const patients = all.samples.flatMap((one) => one.patients);
      assert.ok(patients.length > 0);
      for (const patient of patients) assert.ok(!JSON.stringify(hidden).includes(`"${patient}"`), patient);
      assert.deepEqual(hidden.samples, []);
      assert.deepEqual(counts, hidden);
      assert.doesNotMatch(JSON.stringify(hidden), /~|"decisionId"/);
      assert.ok(hidden.findings === null || hidden.findings % 10 === 0 || !hidden.few, JSON.stringify(hidden));
    });

    /** Jobs over the same store, with a runner that ends when it is told to. */
    function jobsWith() {
      const runs: { readonly task: BacktestTask; readonly end: (done: Done<MadeBacktest> | null) => void }[] = [];
      const recorded: Omit<AuditAct, "at" | "callerId">[] = [];
      const queue = createJobQueue({
        newId: () => crypto.randomUUID(),
        clock: () => month.clock.now,
        monotonic: () => 0,
        store: month.storage.jobs,
      });
      const made = createBacktests({
        ...parts(),
        jobs: queue,
        backtestApart: (task) => {
          let cancel = (): void => undefined;
          const done = new Promise<Done<MadeBacktest> | null>((resolve) => {
            cancel = () => resolve(null);
            runs.push({ task, end: resolve });
          });
          return { done, cancel: () => cancel() };
        },
        recordAudit: async (_, act) => void recorded.push(act),
      });
      return { jobs: { ...queue, ...made }, queue, recorded, runs };
    }
    const asked = () => ({ detector: "NEW_SCOPE", ...windowOf() }) as const;
    const made = async (): Promise<MadeBacktest> => {
      const { id } = await month.domain.backtests.start(AUDITOR, asked());
      return backtestOfJob(await ended(id)) ?? assert.fail("nothing was made");
    };

    test("share their turn with replays, and what a caller may have open", async () => {
      const { jobs, queue, runs } = jobsWith();
      let end = (): void => undefined;
      const asks = () =>
        queue.start(REVIEWER.id, {
          prepare: async () => {},
          asked: { kind: "REPLAY", inputSha256: "", baseRevision: 1, detector: null, from: null, to: null },
          begin: async () => ({
            done: new Promise((resolve) => (end = () => resolve({ read: 3, result: null }))),
            cancel: () => end(),
          }),
        });
      const replay = await asks();
      while ((await queue.find(replay.id))?.state !== "RUNNING") await soon();
      const waits = await jobs.start(REVIEWER, asked());
      await asks();
      await assert.rejects(jobs.start(REVIEWER, asked()), (e) => codeOf(e) === "LIMIT_EXCEEDED");
      await assert.rejects(asks(), (e) => codeOf(e) === "LIMIT_EXCEEDED");
      assert.deepEqual([runs.length, (await jobs.find(waits.id))?.state], [0, "QUEUED"]);
      end();
      while (runs.length < 1) await soon();
      assert.equal((await queue.find(replay.id))?.state, "DONE");
      await queue.close();
    });

    test("go by what was set when they were asked for, and that they were asked is on record", async () => {
      const { jobs, queue, recorded, runs } = jobsWith();
      const input = { detector: "MANY_PATIENTS", ...windowOf(), parameters: { alertAt: 77 }, samples: 3 } as const;
      await jobs.start(AUDITOR, input);
      while (runs.length < 1) await soon();
      const setting = (await month.storage.detectors.settings()).find(({ detector }) => detector === "MANY_PATIENTS");
      assert.deepEqual(runs[0]?.task, {
        ...{ detector: "MANY_PATIENTS", ...windowOf(), samples: 3, version: setting?.version ?? 0 },
        parameters: { ...setting?.parameters, alertAt: 77 },
        alertsPerWeek: setting?.alertsPerWeek ?? null,
      });
      const filter = { detector: "MANY_PATIENTS", ...windowOf() };
      assert.deepEqual(recorded, [{ field: "startBacktest", filter, shown: 0 }]);
      const bad = { ...input, samples: 101, to: input.from };
      await assert.rejects(jobs.start(REVIEWER, bad), (error: ScopewardenError) => {
        assert.deepEqual(
          [error.code, error.problems.map(({ path }) => path)],
          ["BAD_USER_INPUT", ["input.to", "input.samples"]],
        );
        return true;
      });
      assert.equal(recorded.length, 1);
      const backtest = await made();
      recorded.length = 0;
      await jobs.seen(REVIEWER, backtest);
      await jobs.seen(AUDITOR, { ...backtest, samples: [] });
      assert.deepEqual(recorded, []);
      if (backtest.samples.length > 0) {
        await jobs.seen(AUDITOR, backtest);
        assert.deepEqual(recorded, [
          { field: "job", filter: { detector: "NEW_SCOPE", ...windowOf() }, shown: backtest.samples.length },
        ]);
      }
      await queue.close();
    });

    test("one in its thread stops between two pages when it is cancelled", async () => {
      const { id } = await month.domain.backtests.start(REVIEWER, { ...asked(), detector: "FREQUENCY" });
      const { state } = await month.domain.jobs.cancel(REVIEWER, id);
      assert.ok(["CANCELLED", "DONE"].includes(state), state);
      const next = await month.domain.backtests.start(REVIEWER, asked());
      assert.equal((await ended(next.id)).state, "DONE");
    });
  });
