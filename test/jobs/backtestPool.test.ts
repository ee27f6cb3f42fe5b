import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { BacktestTask } from "../../src/domain/monitoring/backtest/backtestInput.ts";
import { createBacktestPool } from "../../src/jobs/backtestPool.ts";
import { createJobPool } from "../../src/jobs/jobPool.ts";
import { untilCounted } from "../support/counted.ts";
import { eventually } from "../support/eventually.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

let month: HospitalMonth;
let pool: ReturnType<typeof createBacktestPool>;
let task: BacktestTask;
before(async () => {
  month = await openHospitalMonth({ cases: false, incidents: true });
  const { now } = month.clock;
  await untilCounted(month.storage);
  pool = createBacktestPool({ databaseUrl: month.url });
  task = {
    ...{ detector: "FREQUENCY", version: 0, parameters: {}, alertsPerWeek: null, samples: 10 },
    ...{ from: now - 20 * 86_400_000, to: now + 1 },
  };
});
after(async () => {
  await pool.close();
  await month.close();
});

describe("the thread that makes back-tests", () => {
  test("tells how far it is, and stops between its pages when it is cancelled", async () => {
    const told: (readonly [number, number])[] = [];
    const whole = await pool.run(task, (progress, read) => told.push([progress, read])).done;
    assert.ok(whole?.result.complete);
    assert.ok(told.length > 3, `${told.length} pages`);
    assert.deepEqual(
      told.map(([, read]) => read),
      told.map(([, read]) => read).sort((a, b) => a - b),
    );
    assert.ok(told.every(([progress]) => progress >= 0 && progress <= 1));
    assert.equal(told.at(-1)?.[1], whole.read);
    // What is read while the cancellation is on its way may be all that there is.
    const isCancelled = async () => {
      const running = pool.run(task, () => running.cancel());
      return (await running.done) === null;
    };
    await eventually("one is cancelled", isCancelled);
    const none = pool.run(task, () => assert.fail("it was cancelled before it began"));
    none.cancel();
    assert.equal(await none.done, null);
    assert.deepEqual(
      (await pool.run(task, () => {}).done)?.result,
      whole.result,
      "the next one is whole, and the same",
    );
  });

  test("says so when it needs more memory than it may take, and the next one has another thread", async () => {
    const small = createJobPool<object, number>({
      worker: new URL("./growsChild.mjs", import.meta.url).href,
      idleMs: 1_000,
      youngMb: 8,
      mostMb: 24,
    });
    try {
      await assert.rejects(small.run({ grow: true }, () => {}).done, { code: "LIMIT_EXCEEDED", message: /24 MB/ });
      assert.equal(await small.run({ grow: false }, () => {}).done, 1);
    } finally {
      await small.close();
    }
  });
});
