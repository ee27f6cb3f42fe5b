import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { after, before, describe, test } from "node:test";
import type { ReplayTask } from "../../src/domain/simulation/replay/jobs.ts";
import { createReplayPool } from "../../src/jobs/replayPool.ts";
import { eventually } from "../support/eventually.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

let month: HospitalMonth;
let pool: ReturnType<typeof createReplayPool>;
let task: ReplayTask;
before(async () => {
  month = await openHospitalMonth();
  pool = createReplayPool({ databaseUrl: month.url });
  const span = await month.storage.journalSpan();
  task = {
    query: { operations: [], filter: {}, samples: 3, base: "CURRENT", mayIdentify: true },
    baseRevision: month.domain.policy.current().revision,
    now: month.clock.now,
    journalEnd: span?.end ?? 0,
  };
});
after(async () => {
  await pool.close();
  await month.close();
});

/** The priorities of this process's threads: 0 is usual, 19 the lowest. */
const priorities = (): readonly number[] =>
  readdirSync("/proc/self/task").map((id) => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
  });

describe("the thread that makes replays", () => {
  test("tells how far it is, and stops between its parts when it is cancelled", async () => {
    const told: number[] = [];
    const whole = await pool.run(task, (_, read) => told.push(read)).done;
    assert.ok(whole?.complete);
    assert.ok(told.length > 3, told.join());
    assert.deepEqual(
      told,
      [...told].sort((a, b) => a - b),
    );
    assert.equal(told.at(-1), whole.read);
    // What is read while the cancellation is on its way may be all that there is.
    const isCancelled = async () => {
      const running = pool.run(task, () => running.cancel());
      return (await running.done) === null;
    };
    await eventually("one is cancelled", isCancelled);
    const parts: number[] = [];
    const none = pool.run(task, (_, read) => parts.push(read));
    none.cancel();
    assert.deepEqual([await none.done, parts], [null, []], "it looks before each part, the first one too");
    // The next one is not cancelled with it.
    assert.equal((await pool.run(task, () => {}).done)?.read, whole.read);
  });

  test("goes by the revision that it is told, whatever the policy has become", async () => {
    const { revision } = month.domain.policy.current();
    const operations = [{ deleteRule: { id: "lab-tech-view-labs" } }];
    await month.domain.policy.apply({ operations, reason: "test", author: "test" });
    try {
      const query = { ...task.query, operations };
      const before = await pool.run({ ...task, query }, () => {}).done;
      assert.ok(before !== null && before.allowToDeny > 0);
      const after = pool.run({ ...task, query, baseRevision: revision + 1 }, () => {});
      await assert.rejects(after.done, /lab-tech-view-labs|deleteRule/);
      const drifted = await pool.run({ ...task, baseRevision: revision + 1 }, () => {}).done;
      // Some that are refused still are so for other reasons.
      assert.ok((drifted?.drifted ?? 0) >= before.allowToDeny);
      assert.equal((await pool.run(task, () => {}).done)?.drifted, 0);
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
    const replayed = await pool.run({ ...task, journalEnd: third.key }, () => {}).done;
    const whole = await pool.run(task, () => {}).done;
    assert.equal(replayed?.read, (whole?.read ?? 0) - 2);
    assert.notEqual(newest?.id, third.node.id);
  });

  test("has a lower priority than what decides", { skip: process.platform !== "linux" }, () => {
    assert.ok(priorities().includes(10), priorities().join());
    assert.ok(priorities().includes(getPriority()));
  });

  test("that dies is told, and the next replay has another", async () => {
    const dying = createReplayPool({
      databaseUrl: month.url,
      worker: new URL("./diesChild.mjs", import.meta.url).href,
    });
    try {
      await assert.rejects(dying.run(task, () => {}).done);
      await assert.rejects(dying.run(task, () => {}).done);
    } finally {
      await dying.close();
    }
  });
});
