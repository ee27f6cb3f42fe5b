import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { after, before, describe, test } from "node:test";
import type { BacktestTask } from "../../src/domain/monitoring/backtest/backtestInput.ts";
import type { Tell } from "../../src/domain/simulation/jobs/job.ts";
import type { ReplayTask } from "../../src/domain/simulation/replay/types.ts";
import { createJobThreads, type JobThreads } from "../../src/jobs/jobThreads.ts";
import { callerOf } from "../graphql/world.ts";
import { eventually } from "../support/eventually.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

let month: HospitalMonth;
let threads: JobThreads;
let replayed: ReplayTask;
let tried: BacktestTask;
before(async () => {
  month = await openHospitalMonth({ cases: false, incidents: true });
  const { now } = month.clock;
  // All is watched by then.
  await month.domain.stats(callerOf("key:auditor", "auditor"), {
    measure: "EXPLAINED",
    from: now - 86_400_000,
    to: now,
    by: [],
  });
  threads = createJobThreads({ databaseUrl: month.url });
  replayed = {
    query: { operations: [], filter: {}, samples: 3, base: "CURRENT", mayIdentify: true },
    baseRevision: month.domain.policy.current().revision,
    fhirVersion: "R4",
    ...{ now, staff: [] },
    span: await month.storage.journalSpan(),
  };
  tried = {
    ...{ detector: "FREQUENCY", version: 0, parameters: {}, alertsPerWeek: null, samples: 10 },
    ...{ from: now - 20 * 86_400_000, to: now + 1 },
  };
});
after(async () => {
  await threads.close();
  await month.close();
});
const replay = async (task: ReplayTask) => (await threads.replayApart(task, () => {}).done)?.result;

/** The priorities of this process's threads: 0 is usual, 19 the lowest. */
const priorities = (): readonly number[] =>
  readdirSync("/proc/self/task").map((id) => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
  });

describe("the threads beside the one that decides", () => {
  for (const [what, run] of [
    ["a replay", (tell: Tell) => threads.replayApart(replayed, tell)],
    ["a back-test", (tell: Tell) => threads.backtestApart(tried, tell)],
  ] as const)
    test(`${what} tells how far it is, and stops between its pages when it is cancelled`, async () => {
      const told: (readonly [progress: number, read: number])[] = [];
      const whole = await run((...each) => told.push(each)).done;
      assert.ok(whole?.result.complete);
      assert.ok(told.length > 3, `${told.length} pages`);
      for (const at of [0, 1] as const) {
        const values = told.map((each) => each[at]);
        assert.deepEqual(
          values,
          values.toSorted((a, b) => a - b),
        );
      }
      assert.ok(told.every(([progress]) => progress >= 0 && progress <= 1));
      assert.ok((told.at(-1)?.[0] ?? 0) > 0.9, String(told.at(-1)));
      assert.equal(told.at(-1)?.[1], whole.read);
      // What is read while the cancellation is on its way may be all that there is.
      const isCancelled = async () => {
        const running = run(() => running.cancel());
        return (await running.done) === null;
      };
      await eventually("one is cancelled", isCancelled);
      const none = run(() => assert.fail("it looks before each page, the first one too"));
      none.cancel();
      assert.equal(await none.done, null);
      assert.deepEqual((await run(() => {}).done)?.result, whole.result, "the next one is whole, and the same");
    });

  test("files are read while a job is made", async () => {
    const policy = [{ name: "a.yaml", text: "kind: Role\nname: nurse\n" }];
    assert.equal((await threads.readFiles({ policy, cases: [] })).policy.length, 1);
    const worker = new URL("./heldChild.mjs", import.meta.url).href;
    const holding = createJobThreads({ databaseUrl: month.url, worker });
    try {
      const { cancel, done } = holding.replayApart(replayed, () => {});
      assert.deepEqual(await holding.readFiles({ policy, cases: [] }), { policy: [], cases: [] });
      cancel();
      assert.equal(await done, null);
    } finally {
      await holding.close();
    }
  });

  test("goes by the revision that it is told, whatever the policy has become", async () => {
    const { revision } = month.domain.policy.current();
    const operations = [{ deleteRule: { id: "lab-tech-view-labs" } }];
    const own = await replay(replayed);
    await month.domain.policy.apply({ operations, reason: "test", author: "test" });
    try {
      const query = { ...replayed.query, operations };
      const before = await replay({ ...replayed, query });
      assert.ok(before !== undefined && before.allowToDeny > 0);
      await assert.rejects(replay({ ...replayed, query, baseRevision: revision + 1 }), /lab-tech-view-labs|deleteRule/);
      const drifted = await replay({ ...replayed, baseRevision: revision + 1 });
      // Some that are refused still are so for other reasons.
      assert.ok((drifted?.drifted ?? 0) >= before.allowToDeny + (own?.drifted ?? 0));
      assert.deepEqual(await replay(replayed), own);
    } finally {
      await month.domain.policy.rollback({ toRevision: revision, reason: "test", author: "test" });
    }
  });

  test("reads nothing that came after the end that it is told", async () => {
    const [newest] = await month.records();
    const { decisions } = month.domain;
    const page = await decisions.decisions({ filter: {}, page: { first: 100, after: null } });
    const [, , third] = page.items;
    assert.ok(third);
    assert.ok(replayed.span);
    const cut = await replay({ ...replayed, span: { ...replayed.span, end: third.key } });
    assert.equal(cut?.read, ((await replay(replayed))?.read ?? 0) - 2);
    assert.notEqual(newest?.id, third.node.id);
    assert.equal((await replay({ ...replayed, span: null }))?.read, 0, "there was nothing when it was asked");
  });

  test("have a lower priority than what decides", { skip: process.platform !== "linux" }, () => {
    assert.ok(priorities().includes(10), priorities().join());
    assert.ok(priorities().includes(getPriority()));
  });

  test("one that dies is told, and the next job has another", async () => {
    const worker = new URL("./diesChild.mjs", import.meta.url).href;
    const dying = createJobThreads({ databaseUrl: month.url, worker });
    try {
      await assert.rejects(dying.replayApart(replayed, () => {}).done);
      await assert.rejects(dying.replayApart(replayed, () => {}).done);
    } finally {
      await dying.close();
    }
  });

  test("say so when a job needs more memory than it may take, and the next one has another", async () => {
    const worker = new URL("./growsChild.mjs", import.meta.url).href;
    const small = createJobThreads({ databaseUrl: month.url, worker, mostMb: 24 });
    try {
      await assert.rejects(small.backtestApart(tried, () => {}).done, { code: "LIMIT_EXCEEDED", message: /24 MB/ });
      assert.deepEqual(await small.readFiles({ policy: [], cases: [] }), { policy: [], cases: [] });
    } finally {
      await small.close();
    }
  });
});
