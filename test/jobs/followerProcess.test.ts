import assert from "node:assert/strict";
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { followInProcess, type YieldingOptions } from "../../src/jobs/startFollowerProcess.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { openWriter } from "../../src/storage/database/writer.ts";
import type { AskingFollower, ReadBatch } from "../../src/storage/journal/follower.ts";
import { addFollower, createStepTaker } from "../../src/storage/journal/stepTaker.ts";
import { openStepWriter } from "../../src/storage/openStepWriter.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { allDecisions } from "../storage/allDecisions.ts";
import { decision } from "../storage/samples.ts";
import { onEveryBackend } from "../storage/suite.ts";
import { eventually } from "../support/eventually.ts";
import { program } from "../support/program.ts";
import { followersOf, isAlive, yieldsCores } from "./followerProcesses.ts";

const some = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => decision(from + i));
const onLinux = { timeout: 60_000, skip: process.platform === "linux" ? false : "there is no /proc" };
const canYield = spawnSync("chrt", ["--idle", "0", "true"]).status === 0;
const counter = statementCounter();
const lags = (storage: Storage) => storage.followers().map(({ lag }) => lag);

onEveryBackend("the process that follows the journal", ({ open, backend }) => {
  const apart = (url: string, options: { readonly module?: string; readonly yielding?: YieldingOptions } = {}) => ({
    followApart: followInProcess({ url, placeData: [], source: null }, options),
  });

  test("has all that was appended when it is waited for, and by itself", { timeout: 60_000 }, async () => {
    const url = await backend().fresh();
    const storage = await open(url, apart(url));
    await storage.journal.append(some(0, 300));
    assert.equal((await allDecisions(storage)).length, 300, "a search waits for it");
    await storage.journal.append(some(300, 400));
    await eventually("nothing is behind", () => lags(storage).length >= 4 && lags(storage).every((lag) => lag === 0));
    const rows = await backend().raw(url, 'SELECT "name", "position" FROM journal_follower ORDER BY "name"');
    const positions = new Map(rows.map(({ name, position }) => [name, Number(position)]));
    for (const name of ["decision_index", "watching", "record_tree"]) assert.equal(positions.get(name), 400, name);
    await storage.close();
  });

  test("leaves the writer to decisions between its turns, and keeps none when it is closed", {
    timeout: 60_000,
  }, async () => {
    const url = await backend().fresh();
    const storage = await open(url, apart(url));
    for (let n = 0; n < 3_000; n += 30) await storage.journal.append(some(n, n + 30));
    await storage.close();
    // Before another instance is opened, whose own followers hold it from step to step.
    const held = await backend().raw(url, 'SELECT "name" FROM journal_follower WHERE "holder" IS NOT NULL');
    assert.deepEqual(held, []);
    const again = await open(url);
    assert.equal((await allDecisions(again)).length, 3_000);
    await again.close();
  });

  test("says what it can't do to whoever waits, and goes on afterwards", { timeout: 60_000 }, async () => {
    const url = await backend().fresh();
    const storage = await open(url, apart(url));
    await storage.journal.append(some(0, 10));
    assert.equal((await allDecisions(storage)).length, 10);
    await backend().raw(url, "ALTER TABLE decision_count RENAME TO gone");
    await storage.journal.append(some(10, 20));
    await assert.rejects(storage.journalSpan(), { code: "JOURNAL_UNAVAILABLE" });
    await eventually("a failure is counted", () => storage.followers().some(({ failures }) => failures > 0));
    assert.equal(storage.journal.failures, 0, "the service's own writer goes on");
    await backend().raw(url, "ALTER TABLE gone RENAME TO decision_count");
    await eventually("it goes on", () =>
      storage.journalSpan().then(
        (span) => span?.end === 20,
        () => false,
      ),
    );
    await storage.close();
  });

  test("its steps don't wait for the disk, but those that put acts on record", async () => {
    const url = await backend().fresh();
    await (await open(url)).close();
    const dialect = dialectOf(url);
    const setting = dialect.name === "sqlite" ? "PRAGMA synchronous" : "SHOW synchronous_commit";
    const levels: string[] = [];
    const probing: AskingFollower = {
      name: "probing",
      read: async ({ after }) => ({ acts: after >= 2 && after < 4 }),
      putsOnRecord: (read) => (read as { readonly acts: boolean }).acts,
      async write({ run }) {
        levels.push(String(Object.values((await run(setting)).rows[0] ?? {})[0]));
      },
    };
    const storage = await open(url, { following: { followers: [] } });
    await storage.journal.append(some(0, 6));
    const service = await openWriter({ open: () => openConnection({ dialect, purpose: "write", counter }), log() {} });
    const writer = await openStepWriter({ dialect, log() {}, service });
    try {
      await addFollower({ dialect, writer: service }, probing);
      const { take } = createStepTaker({ dialect, list: [probing], writer });
      for (let after = 0; after < 6; after += 2) {
        const read = await probing.read?.({ after } as ReadBatch);
        const step = { after, until: after + 2, cut: false, read };
        assert.equal((await take({ name: "probing", instance: "i", leaseMs: 1_000 }, step, 2)).rows, 2);
      }
    } finally {
      await writer.close();
      await service.close();
    }
    assert.deepEqual(levels, dialect.name === "sqlite" ? ["1", "2", "1"] : ["off", "on", "off"]);
  });

  test("that dies is replaced; decisions go on, and a step that it had handed over is taken once", {
    timeout: 60_000,
  }, async () => {
    const url = await backend().fresh();
    const said: string[] = [];
    const module = new URL("./followsBrieflyChild.mjs", import.meta.url).href;
    const storage = await open(url, { ...apart(url, { module }), log: ({ message }) => void said.push(message) });
    await storage.journal.append(some(0, 10));
    await eventually("it dies, and dies again", () => said.filter((text) => text.includes("has died")).length >= 2);
    await storage.journal.append(some(10, 20));
    await assert.rejects(storage.journalSpan(), { code: "JOURNAL_UNAVAILABLE" });
    await storage.close();
    const heir = await open(url, apart(url));
    assert.equal((await allDecisions(heir)).length, 20);
    await heir.close();
  });

  test("that the service is killed beside does not go on without it", onLinux, async () => {
    const url = await backend().fresh();
    const { file, flags } = program("test/jobs/followedChild.ts");
    const service = fork(file, [url], { execArgv: [...flags], stdio: "inherit" });
    await once(service, "message");
    const [follower = 0] = followersOf(service.pid ?? 0);
    assert.ok(isAlive(follower));
    service.kill("SIGKILL");
    await eventually("it has ended", () => !isAlive(follower));
  });

  test("leaves the signals of a terminal and a supervisor to the service", onLinux, async () => {
    const url = await backend().fresh();
    const said: string[] = [];
    const storage = await open(url, { ...apart(url), log: ({ message }) => void said.push(message) });
    await storage.journal.append(some(0, 10));
    assert.equal((await storage.journalSpan())?.end, 10);
    const [follower = 0] = followersOf(process.pid);
    assert.ok(isAlive(follower));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(follower, signal);
    await storage.journal.append(some(10, 20));
    assert.equal((await storage.journalSpan())?.end, 20);
    assert.deepEqual(followersOf(process.pid), [follower]);
    await storage.close();
    assert.deepEqual(said, []);
    assert.equal(isAlive(follower), false, "a service that is closed leaves none behind");
  });

  test("leaves its core to others once it keeps up, and is replaced where it gets none", {
    ...{ timeout: 60_000, skip: canYield ? false : "a process can't yield on this system" },
  }, async () => {
    const url = await backend().fresh();
    const said: string[] = [];
    const yielding: YieldingOptions = { afterMs: 0, timesAsLong: 1, waitedForMs: 1_000 };
    const storage = await open(url, { ...apart(url, { yielding }), log: ({ message }) => void said.push(message) });
    await storage.journal.append(some(0, 10));
    assert.equal((await storage.journalSpan())?.end, 10);
    const [first = 0] = followersOf(process.pid);
    await eventually("it yields", () => yieldsCores(first));
    // As good as one that gets no core.
    process.kill(first, "SIGSTOP");
    await storage.journal.append(some(10, 20));
    assert.equal((await storage.journalSpan())?.end, 20, "whoever waited for it is answered by the next one");
    // On a busy machine the next one may get no core, either.
    assert.deepEqual(
      [...new Set(said)],
      ["What follows the journal did not keep up while it left the cores to others. It takes its share now."],
    );
    assert.ok(!followersOf(process.pid).includes(first));
    const oneThatYields = () => followersOf(process.pid).find(yieldsCores);
    await eventually("in time it yields again", () => oneThatYields() !== undefined);
    const second = oneThatYields() ?? 0;
    process.kill(second, "SIGSTOP");
    await storage.close();
    assert.equal(isAlive(second), false, "the shutdown does not wait for a core");
    assert.ok(storage.followers().every(({ failures }) => failures === 0));
  });

  test("is replaced where it falls far behind without a core, though nobody waits for it", {
    ...{ timeout: 60_000, skip: canYield ? false : "a process can't yield on this system" },
  }, async () => {
    const url = await backend().fresh();
    const yielding: YieldingOptions = { afterMs: 1, timesAsLong: 1_000_000, behindMs: 500, waitedForMs: 60_000 };
    const storage = await open(url, apart(url, { yielding }));
    assert.equal(await storage.journalSpan(), null);
    const [first = 0] = followersOf(process.pid);
    await eventually("it yields", () => yieldsCores(first));
    process.kill(first, "SIGSTOP");
    for (let n = 0; n < 40; n += 10) await storage.journal.append(some(n, n + 10));
    await eventually("nothing is behind", () => lags(storage).every((lag) => lag === 0));
    const [second = 0] = followersOf(process.pid);
    assert.notEqual(second, first);
    // Longer than between two looks at it.
    await delay(600);
    assert.equal(yieldsCores(second), false, "it takes its share for long");
    assert.deepEqual(followersOf(process.pid), [second]);
    await storage.close();
  });
});
