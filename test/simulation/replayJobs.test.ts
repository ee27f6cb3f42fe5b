import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Caller } from "../../src/domain/callers/types.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { createSnapshots } from "../../src/domain/policy/snapshots.ts";
import type { Done, Job, RunApart } from "../../src/domain/simulation/jobs/job.ts";
import { createJobQueue } from "../../src/domain/simulation/jobs/jobQueue.ts";
import { createReplays, replayOfJob } from "../../src/domain/simulation/replay/replays.ts";
import type { Replay } from "../../src/domain/simulation/replay/types.ts";
import { type Backend, backends } from "../storage/backends.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

const callerOf = (id: string, ...roles: readonly ("admin" | "reviewer")[]): Caller => ({
  id,
  roles: new Set(roles),
  defaultClientId: null,
});
const reviewer = callerOf("key:reviewer", "reviewer");
const DELETE = { deleteRule: { id: "lab-tech-view-labs" } } as const;
const codeOf = (error: unknown): unknown => (error instanceof ScopewardenError ? error.code : error);
const soon = () => new Promise((resolve) => setTimeout(resolve, 10));

/** Waits until a job is as it should be. */
async function until(find: () => Promise<Job | null>, is: (job: Job) => boolean): Promise<Job> {
  for (;;) {
    const job = await find();
    if (job !== null && is(job)) return job;
    await soon();
  }
}

for (const { name, start } of backends)
  describe(`replays that are made apart (${name})`, () => {
    let backend: Backend;
    let month: HospitalMonth;
    before(async () => {
      backend = await start();
      month = await openHospitalMonth({ url: await backend.fresh() });
    });
    after(async () => {
      await month.close();
      await backend.stop();
    });
    const ended = (id: string) =>
      until(
        () => month.domain.jobs.find(id),
        ({ endedAt }) => endedAt !== null,
      );

    for (const base of ["CURRENT", "OWN"] as const)
      test(`say what the same replay says at once (${base})`, async () => {
        const input = { operations: [DELETE], samples: 20, base };
        const { id, state } = await month.domain.replays.start(reviewer, input);
        assert.equal(state, "QUEUED");
        const job = await ended(id);
        assert.deepEqual([job.state, job.reason, job.progress], ["DONE", null, 1]);
        const made = replayOfJob(job);
        assert.ok(made);
        // However long it takes here.
        const { replay, seen } = jobsWith().jobs;
        const atOnce = await replay(reviewer, input);
        assert.deepEqual(await seen(reviewer, made), atOnce);
        assert.ok((atOnce.allowToDeny ?? 0) > 0 && atOnce.complete);
        assert.equal(job.read, atOnce.read);
      });

    test("keep no patient with their result", async () => {
      const { id } = await month.domain.replays.start(reviewer, { operations: [DELETE], samples: 100 });
      const kept = JSON.stringify((await ended(id)).result);
      const patients = new Set(
        (await month.records()).flatMap(({ request }) => ("resource" in request && request.resource.patient) || []),
      );
      assert.ok(patients.size > 3);
      for (const patient of patients) assert.ok(!kept.includes(`"${patient}"`), patient);
    });

    /** Jobs over the same store, with a runner that ends when it is told to. */
    function jobsWith(more: { readonly now?: () => number } = {}) {
      const runs: {
        readonly end: (done: Done<Replay> | null) => void;
        readonly fail: (error: Error) => void;
        readonly tell: (progress: number, read: number) => void;
      }[] = [];
      const replayApart: RunApart<unknown, Replay> = (_, tell) => {
        let cancel = (): void => undefined;
        const done = new Promise<Done<Replay> | null>((resolve, reject) => {
          cancel = () => resolve(null);
          runs.push({ end: resolve, fail: reject, tell });
        });
        return { done, cancel: () => cancel() };
      };
      const { domain, storage } = month;
      let monotonic = 0;
      const queue = createJobQueue({
        newId: () => crypto.randomUUID(),
        clock: more.now ?? (() => month.clock.now),
        monotonic: () => (monotonic += 2_000),
        store: storage.jobs,
      });
      const replays = createReplays({
        ...storage,
        snapshots: createSnapshots({
          current: domain.policy.current,
          store: storage.policy,
          breathe: async () => undefined,
        }),
        facts: domain.decisionFacts,
        changeFacts: () => ({ now: month.clock.now, newId: () => "id", ...domain.lint }),
        sha256: (text) => text.slice(0, 10),
        newId: () => crypto.randomUUID(),
        monotonic: () => 0,
        breathe: async () => undefined,
        jobs: queue,
        replayApart,
      });
      return { jobs: { ...queue, ...replays }, queue, runs };
    }
    const asked = { operations: [] };

    test("go one at a time, and tell how far they are; one that waits, one under way and one that ended are cancelled", async () => {
      const { jobs, runs } = jobsWith();
      const [one, two] = [await jobs.start(reviewer, asked), await jobs.start(reviewer, asked)];
      await until(
        () => jobs.find(one.id),
        ({ state }) => state === "RUNNING",
      );
      assert.equal((await jobs.find(two.id))?.state, "QUEUED");
      while (runs.length < 1) await soon();
      runs[0]?.tell(0.25, 100);
      const running = await until(
        () => jobs.find(one.id),
        ({ progress }) => progress > 0,
      );
      assert.deepEqual([running.state, running.progress, running.read], ["RUNNING", 0.25, 100]);
      const other = callerOf("key:other", "reviewer");
      await assert.rejects(jobs.cancel(other, one.id), (error) => codeOf(error) === "FORBIDDEN");
      await assert.rejects(jobs.cancel(reviewer, "none"), (error) => codeOf(error) === "NOT_FOUND");
      assert.equal((await jobs.cancel(callerOf("key:admin", "admin"), two.id)).state, "CANCELLED");
      const three = await jobs.start(reviewer, asked);
      assert.equal((await jobs.cancel(reviewer, one.id)).state, "CANCELLED");
      while (runs.length < 2) await soon();
      const replay = (await month.domain.replays.replay(reviewer, asked)) as unknown as Replay;
      runs[1]?.end({ result: replay, read: 7 });
      const done = await until(
        () => jobs.find(three.id),
        ({ endedAt }) => endedAt !== null,
      );
      assert.deepEqual([done.state, done.read, done.result], ["DONE", 7, replay]);
      assert.equal((await jobs.cancel(reviewer, three.id)).state, "DONE");
      assert.equal(runs.length, 2, "one that was cancelled while it waited never began");
    });

    test("are at most three for one caller, and twenty in all", async () => {
      const { jobs, queue } = jobsWith();
      const refused = (error: unknown): boolean => codeOf(error) === "LIMIT_EXCEEDED";
      for (let i = 0; i < 3; i++) await jobs.start(reviewer, asked);
      await assert.rejects(jobs.start(reviewer, asked), refused);
      const started = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => jobs.start(callerOf(`key:${i}`, "reviewer"), asked)),
      );
      assert.equal(started.filter(({ status }) => status === "fulfilled").length, 17);
      await queue.close();
      await assert.rejects(jobs.start(callerOf("key:late", "reviewer"), asked), refused);
    });

    test("fail with a reason when what makes them ends, and when the service is stopped, which takes no more", async () => {
      const { jobs, queue, runs } = jobsWith();
      const [one, two, three] = await Promise.all([1, 2, 3].map(() => jobs.start(reviewer, asked)));
      assert.ok(one && two && three);
      while (runs.length < 1) await soon();
      runs[0]?.fail(new Error("secret detail"));
      while (runs.length < 2) await soon();
      await queue.close();
      const found = await Promise.all([one, two, three].map(({ id }) => jobs.find(id)));
      assert.deepEqual(found.map((job) => [job?.state, job?.reason]).sort(), [
        ["FAILED", "The service was stopped."],
        ["FAILED", "The service was stopped."],
        ["FAILED", "What made it ended with an error."],
      ]);
    });

    test("whose instance has gone are failed, at once where nobody else can have them, else after two minutes", async () => {
      const clock = { now: month.clock.now };
      const { jobs, queue } = jobsWith({ now: () => clock.now });
      const { id } = await jobs.start(reviewer, asked);
      await until(
        () => jobs.find(id),
        ({ state }) => state === "RUNNING",
      );
      const { jobs: others } = jobsWith({ now: () => clock.now });
      await others.failAbandoned();
      assert.equal((await others.find(id))?.state, name === "sqlite" ? "FAILED" : "RUNNING");
      clock.now += 121_000;
      assert.deepEqual(
        [(await others.find(id))?.state, (await others.find(id))?.reason],
        ["FAILED", "The instance that made it has ended."],
      );
      await others.failAbandoned();
      assert.equal((await month.storage.jobs.find(id))?.state, "FAILED");
      await queue.close();
    });

    test("are there for 90 days after their end, and no longer", async () => {
      const clock = { now: month.clock.now };
      const { jobs } = jobsWith({ now: () => clock.now });
      const { id } = await jobs.start(reviewer, asked);
      assert.equal((await jobs.cancel(reviewer, id)).state, "CANCELLED");
      clock.now += 90 * 86_400_000;
      assert.equal((await jobs.find(id))?.state, "CANCELLED");
      clock.now += 1;
      assert.equal(await jobs.find(id), null);
      await assert.rejects(jobs.cancel(reviewer, id), (error) => codeOf(error) === "NOT_FOUND");
    });

    test("what is wrong with one is said at once, and nothing is begun or put on record", async () => {
      const { jobs, runs } = jobsWith();
      for (const input of [
        { operations: [{ deleteRule: { id: "none" } }] },
        { operations: [], samples: -1 },
        { operations: [], filter: { from: 2, to: 2 } },
      ])
        await assert.rejects(jobs.start(reviewer, input), (error) => codeOf(error) === "BAD_USER_INPUT");
      assert.equal(runs.length, 0);
    });
  });
