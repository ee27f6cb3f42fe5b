import assert from "node:assert/strict";
import { test } from "node:test";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import type { Connection } from "../../src/storage/database/connection.ts";
import { openWriter } from "../../src/storage/database/writer.ts";
import { until } from "./waiting.ts";

/** A database of which connections can be made to fail, as the writer sees it. */
function fakeDatabase() {
  const state = { opened: 0, open: new Set<number>(), refuse: false, ran: [] as string[] };
  const open = async (): Promise<Connection> => {
    if (state.refuse) throw new Error("no connection");
    const id = ++state.opened;
    state.open.add(id);
    return {
      run: async (sql) => {
        assert.ok(state.open.has(id), "a closed connection was used");
        state.ran.push(`${id}:${sql}`);
        return { rows: [], affected: 0 };
      },
      change: async () => ({ rows: [], affected: 0, lastRowId: 0 }),
      select: async () => [],
      close: async () => {
        state.open.delete(id);
      },
    };
  };
  return { state, open };
}

const log = (): void => {};

test("jobs run one at a time, in the order in which they came", async () => {
  const { state, open } = fakeDatabase();
  const writer = await openWriter({ open, log });
  const job = (name: string) =>
    writer.write(async ({ run }) => {
      await run(`${name} begin`);
      await new Promise((resolve) => setImmediate(resolve));
      await run(`${name} end`);
    });
  await Promise.all(["a", "b", "c"].map(job));
  assert.deepEqual(state.ran, ["1:a begin", "1:a end", "1:b begin", "1:b end", "1:c begin", "1:c end"]);
  await writer.close();
  assert.equal(state.open.size, 0);
});

test("a domain error is the job's own: the connection stays", async () => {
  const { state, open } = fakeDatabase();
  const writer = await openWriter({ open, log });
  await assert.rejects(
    writer.write(() => Promise.reject(new ScopewardenError("CONFLICT", "no"))),
    { code: "CONFLICT" },
  );
  assert.equal(await writer.write(async () => 7), 7);
  assert.equal(state.opened, 1);
  assert.equal(writer.failures, 0);
  await writer.close();
});

test("after any other error the connection is never used again, and the job runs once more on a new one", async () => {
  const { state, open } = fakeDatabase();
  const writer = await openWriter({ open, log });
  const tries: boolean[] = [];
  const answer = writer.write(async ({ run, retry }) => {
    tries.push(retry);
    await run("insert");
    if (!retry) throw new Error("disk full");
    return "written";
  });
  const next = writer.write(async ({ run }) => run("next"));
  assert.equal(await answer, "written");
  await next;
  assert.deepEqual(tries, [false, true]);
  assert.deepEqual(state.ran, ["1:insert", "2:insert", "2:next"]);
  assert.deepEqual([...state.open], [2]);
  assert.ok(writer.ready);
  assert.equal(writer.failures, 1);
  assert.equal(writer.lastError, "disk full");
  await writer.close();
});

test("when the second try fails too, everything queued is refused until a probe succeeds", async () => {
  const { state, open } = fakeDatabase();
  const writer = await openWriter({ open, log });
  const changes: boolean[] = [];
  writer.onChange((ready) => changes.push(ready));
  state.refuse = true;
  let ran = 0;
  const jobs = Array.from({ length: 3 }, () =>
    writer.write(() => {
      ran++;
      return Promise.reject(new Error("gone"));
    }),
  );
  const outcomes = await Promise.allSettled(jobs);
  assert.ok(outcomes.every((outcome) => outcome.status === "rejected"));
  assert.equal(ran, 1);
  assert.equal(writer.ready, false);
  assert.equal(writer.lastError, "no connection");
  await assert.rejects(writer.write(async () => 1));
  state.refuse = false;
  await until(writer, true);
  assert.deepEqual(changes, [false, true]);
  assert.equal(await writer.write(async () => 1), 1);
  await writer.close();
  await assert.rejects(writer.write(async () => 1));
});

test("what is logged and thrown has no statement and no parameters in it", async () => {
  const { open } = fakeDatabase();
  const said: unknown[] = [];
  const writer = await openWriter({ open, log: (entry) => said.push(entry) });
  const driverError = Object.assign(new Error("duplicate key (patient)=(canary-7)"), { code: "23503" });
  const failure = Object.assign(new Error("canary-7"), {
    driverError,
    query: "INSERT canary-7",
    parameters: ["canary-7"],
  });
  const error = await writer.write(() => Promise.reject(failure)).catch((caught: unknown) => caught);
  assert.ok(error instanceof Error);
  const everything = JSON.stringify([said, writer.lastError, { ...error }, error.message, error.stack]);
  assert.ok(!everything.includes("canary-7"), everything);
  await writer.close();
});

test("what came late is not asked again at once: the caller has waited, and the writer is not ready until it can write", async () => {
  const { state, open } = fakeDatabase();
  const writer = await openWriter({ open, log });
  const changes: boolean[] = [];
  writer.onChange((ready) => changes.push(ready));
  for (const late of [
    { code: "55P03" },
    { code: "57014" },
    { code: "SQLITE_BUSY" },
    { message: "Query read timeout" },
  ]) {
    let runs = 0;
    const job = writer.write(() => {
      runs++;
      return Promise.reject(Object.assign(new Error("late"), late));
    });
    const next = writer.write(async () => "written");
    await assert.rejects(job);
    assert.equal(runs, 1);
    await next.catch(() => undefined);
    await until(writer, true);
  }
  assert.deepEqual(changes, [false, true, false, true, false, true, false, true]);
  assert.equal(state.opened, 5);
  await writer.close();
});

test("a job is no answer where the database is not what it was, before it or after it", async () => {
  for (const when of ["before", "after"] as const) {
    const { state, open } = fakeDatabase();
    let sound = true;
    const requireSound = (): void => {
      if (!sound) throw new Error("the file is gone");
    };
    const writer = await openWriter({ open, log, requireSound });
    if (when === "before") sound = false;
    let runs = 0;
    state.refuse = true;
    await assert.rejects(
      writer.write(async () => {
        runs++;
        sound = false;
        return "written";
      }),
    );
    assert.equal(runs, when === "before" ? 0 : 1);
    assert.equal(writer.ready, false);
    [sound, state.refuse] = [true, false];
    await until(writer, true);
    assert.equal(await writer.write(async () => 7), 7);
    await writer.close();
  }
});

test("a connection that takes long to be had again does not keep the caller, and is used when it is there", async () => {
  const { open } = fakeDatabase();
  let letGo = (): void => {};
  let opened = 0;
  const slowly = async (): Promise<Connection> => {
    if (++opened > 1) await new Promise<void>((resolve) => (letGo = resolve));
    return open();
  };
  const writer = await openWriter({ open: slowly, log });
  await assert.rejects(writer.write(() => Promise.reject(new Error("broken"))));
  assert.equal(writer.ready, false);
  await assert.rejects(writer.write(async () => 1));
  letGo();
  await until(writer, true);
  assert.equal(await writer.write(async () => 1), 1);
  await writer.close();
});
