import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ScopewardenError } from "../../../src/domain/kernel/errors.ts";
import { createBacktest } from "../../../src/domain/monitoring/backtest/backtest.ts";
import type { BacktestInput, BacktestTask } from "../../../src/domain/monitoring/backtest/backtestInput.ts";
import {
  type BacktestDone,
  type BacktestJob,
  createBacktestJobs,
} from "../../../src/domain/monitoring/backtest/backtestJobs.ts";
import type { MadeBacktest } from "../../../src/domain/monitoring/backtest/makeBacktest.ts";
import { DETECTORS } from "../../../src/domain/monitoring/detectors/detectors.ts";
import type { AuditAct } from "../../../src/domain/record/auditAct.ts";
import { createJobQueue } from "../../../src/domain/simulation/jobs/jobQueue.ts";
import { callerOf } from "../../graphql/world.ts";
import { type Backend, backends } from "../../storage/backends.ts";
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
      await month.domain.stats({ measure: "EXPLAINED", from: month.clock.now - DAY, to: month.clock.now, by: [] });
    });
    after(async () => {
      await month.close();
      await backend.stop();
    });
    async function until(
      find: HospitalMonth["domain"]["jobs"]["find"],
      id: string,
      is: (job: BacktestJob) => boolean = ({ endedAt }) => endedAt !== null,
    ): Promise<BacktestJob> {
      for (;;) {
        const job = await find(id);
        if (job?.kind === "BACKTEST" && is(job)) return job;
        await soon();
      }
    }
    const ended = (id: string) => until(month.domain.jobs.find, id);
    /** As `backtest` answers, however long it takes here. */
    const atOnce = (as: typeof AUDITOR, input: BacktestInput) =>
      createBacktest({
        clock: () => month.clock.now,
        detectors: DETECTORS,
        store: month.storage.detectors,
        alerts: month.storage.alerts,
        history: month.storage.watchedHistory,
        pseudonym: async () => (id) => `~${id}`,
        monotonic: () => 0,
        breathe: async () => {},
        recordAudit: async () => {},
      })(as, input);

    test("say what the same one says at once, id by id, with the budget too", async () => {
      let found = 0;
      for (const { code } of DETECTORS) {
        const input = { detector: code, ...windowOf(), samples: 100, alertsPerWeek: 1, parameters: { alertAt: 30 } };
        const { id, state } = await month.domain.backtestJobs.start(AUDITOR, input);
        assert.equal(state, "QUEUED");
        const job = await ended(id);
        assert.deepEqual([job.state, job.reason, job.progress, job.detector], ["DONE", null, 1, code]);
        assert.ok(job.result);
        const expected = await atOnce(AUDITOR, input);
        assert.deepEqual(await month.domain.backtestJobs.seen(AUDITOR, job.result), expected, code);
        assert.ok(expected.complete && expected.decisions > 500, code);
        assert.ok(job.read >= expected.decisions);
        found += expected.samples.length;
      }
      assert.ok(found > 20, `${found} findings`);
    });

    test("show an auditor patients, a reviewer pseudonyms and an admin counts, whoever asked", async () => {
      const input = { detector: "OWN_OR_RELATED_RECORD", ...windowOf(), samples: 100 } as const;
      const { id } = await month.domain.backtestJobs.start(callerOf("key:admin", "admin"), input);
      const { result: backtest } = await ended(id);
      assert.ok(backtest !== null && backtest.samples.length > 0);
      const { seen } = month.domain.backtestJobs;
      const [all, hidden, counts] = [
        await seen(AUDITOR, backtest),
        await seen(REVIEWER, backtest),
        await seen(callerOf("key:admin", "admin"), backtest),
      ];
      assert.deepEqual(all.samples, backtest.samples);
      const patients = all.samples.flatMap((one) => one.patients);
      assert.ok(patients.length > 0);
      for (const patient of patients) assert.ok(!JSON.stringify(hidden).includes(`"${patient}"`), patient);
      assert.equal(hidden.samples.length, all.samples.length);
      assert.deepEqual([counts.samples, counts.findings], [[], all.findings]);
    });

    /** Jobs over the same store, with a runner that ends when it is told to. */
    function jobsWith(more: { readonly now?: () => number } = {}) {
      const runs: {
        readonly task: BacktestTask;
        readonly end: (done: BacktestDone | null) => void;
        readonly fail: (error: Error) => void;
        readonly tell: (progress: number, read: number) => void;
      }[] = [];
      const recorded: Omit<AuditAct, "at" | "callerId">[] = [];
      let monotonic = 0;
      const queue = createJobQueue({
        newId: () => crypto.randomUUID(),
        clock: more.now ?? (() => month.clock.now),
        monotonic: () => (monotonic += 2_000),
        store: month.storage.jobs,
      });
      const made = createBacktestJobs({
        clock: () => month.clock.now,
        detectors: DETECTORS,
        settings: month.storage.detectors.settings,
        jobs: queue,
        runner: {
          run(task, tell) {
            let cancel = (): void => undefined;
            const done = new Promise<BacktestDone | null>((resolve, reject) => {
              cancel = () => resolve(null);
              runs.push({ task, end: resolve, fail: reject, tell });
            });
            return { done, cancel: () => cancel() };
          },
        },
        pseudonym: async () => (id) => `~${id}`,
        sha256: (text) => text.slice(0, 10),
        recordAudit: async (_, act) => void recorded.push(act),
      });
      return { jobs: { ...queue, ...made }, queue, recorded, runs };
    }
    const asked = () => ({ detector: "NEW_SCOPE", ...windowOf() }) as const;
    const made = async (): Promise<MadeBacktest> => ({ ...(await atOnce(AUDITOR, asked())), ownSubjects: [] });

    test("go one at a time, tell how far they are, and are cancelled where they stand", async () => {
      const { jobs, runs } = jobsWith();
      const [one, two] = [await jobs.start(REVIEWER, asked()), await jobs.start(REVIEWER, asked())];
      while (runs.length < 1) await soon();
      runs[0]?.tell(0.25, 100);
      const running = await until(jobs.find, one.id, ({ progress }) => progress > 0);
      assert.deepEqual([running.state, running.progress, running.read], ["RUNNING", 0.25, 100]);
      assert.equal((await jobs.find(two.id))?.state, "QUEUED");
      await assert.rejects(jobs.cancel(callerOf("key:other", "reviewer"), one.id), (e) => codeOf(e) === "FORBIDDEN");
      await assert.rejects(jobs.cancel(REVIEWER, "none"), (e) => codeOf(e) === "NOT_FOUND");
      assert.equal((await jobs.cancel(callerOf("key:admin", "admin"), one.id)).state, "CANCELLED");
      while (runs.length < 2) await soon();
      const backtest = await made();
      runs[1]?.end({ result: backtest, read: 7 });
      const done = await until(jobs.find, two.id);
      assert.deepEqual([done.state, done.read, done.result], ["DONE", 7, backtest]);
      assert.equal((await jobs.cancel(REVIEWER, two.id)).state, "DONE");
    });

    test("share their turn with replays, and what a caller may have open", async () => {
      const { jobs, queue, runs } = jobsWith();
      let end = (): void => undefined;
      const asks = () =>
        queue.start(REVIEWER.id, {
          prepare: async () => {},
          jobOf: (job) => ({
            ...job,
            ...{ kind: "REPLAY", inputSha256: "", baseRevision: 1, detector: null, from: null, to: null },
          }),
          work: async () => ({
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
      await jobs.start(REVIEWER, input);
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

    test("fail with a reason when what makes them ends, when the service stops, and when it was killed", async () => {
      const clock = { now: month.clock.now };
      const { jobs, queue, runs } = jobsWith({ now: () => clock.now });
      const [one, two, three] = [
        await jobs.start(REVIEWER, asked()),
        await jobs.start(REVIEWER, asked()),
        await jobs.start(REVIEWER, asked()),
      ];
      while (runs.length < 1) await soon();
      runs[0]?.fail(new Error("secret detail"));
      while (runs.length < 2) await soon();
      // One that was killed says nothing: another instance takes it for gone, at once where nobody else can have it.
      const { jobs: others } = jobsWith({ now: () => clock.now });
      clock.now += 1;
      await others.failAbandoned();
      assert.equal((await others.find(two.id))?.state, name === "sqlite" ? "FAILED" : "RUNNING");
      clock.now += 121_000;
      await others.failAbandoned();
      assert.deepEqual(
        (await Promise.all([one, two, three].map(({ id }) => others.find(id)))).map((job) => job?.reason),
        [
          "What made it ended with an error.",
          "The instance that made it has ended.",
          "The instance that made it has ended.",
        ],
      );
      await queue.close();
      const { jobs: stopped, queue: stopping } = jobsWith();
      const last = await stopped.start(REVIEWER, asked());
      await stopping.close();
      assert.deepEqual(
        [(await stopped.find(last.id))?.state, (await stopped.find(last.id))?.reason],
        ["FAILED", "The service was stopped."],
      );
      await assert.rejects(stopped.start(REVIEWER, asked()), (e) => codeOf(e) === "LIMIT_EXCEEDED");
    });

    test("one in its thread stops between two pages when it is cancelled", async () => {
      const { id } = await month.domain.backtestJobs.start(REVIEWER, { ...asked(), detector: "FREQUENCY" });
      const { state } = await month.domain.jobs.cancel(REVIEWER, id);
      assert.ok(["CANCELLED", "DONE"].includes(state), state);
      const next = await month.domain.backtestJobs.start(REVIEWER, asked());
      assert.equal((await ended(next.id)).state, "DONE");
    });
  });
