// The process that follows the journal is stopped (SIGSTOP): at its very beginning, at work, inside a read, and inside a transaction, where it keeps
// all from writing a file. No decision may be lost, none be held for longer than it takes to end it, and none be held by one that outlives its service.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { test } from "node:test";
import sqlite3 from "sqlite3";
import { followInProcess } from "../../src/jobs/startFollowerProcess.ts";
import type { Dialect } from "../../src/storage/database/dialect.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { standsStill } from "../../src/storage/follow/followers.ts";
import { openStorageOn, type Storage } from "../../src/storage/storage.ts";
import { followersOf, isAlive, stateOf } from "../jobs/followerProcesses.ts";
import { allDecisions } from "../storage/allDecisions.ts";
import { decision } from "../storage/samples.ts";
import { onEveryBackend } from "../storage/suite.ts";
import { eventually } from "../support/eventually.ts";
import { program } from "../support/program.ts";

const options = { timeout: 300_000, skip: process.platform === "linux" ? false : "there is no /proc" };
const HANGS = "The process that follows the journal hangs. It is ended, and another begins.";
const some = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => decision(from + i));
const STOPS_INSIDE = new URL(`./stopsInsideChild${extname(import.meta.url)}`, import.meta.url).href;

/** Whether somebody has a SQLite file's lock at this moment. */
function isLocked(url: string): Promise<boolean> {
  const database = new sqlite3.Database(url.slice("sqlite:".length));
  database.configure("busyTimeout", 0);
  return new Promise((resolve, reject) => {
    database.exec("BEGIN IMMEDIATE; ROLLBACK", (error: (Error & { readonly code?: string }) | null) => {
      database.close(() => (error === null || error.code === "SQLITE_BUSY" ? resolve(error !== null) : reject(error)));
    });
  });
}

/** Says to the process that follows where it stops, once. */
function stopping(url: string, inside: "read" | "transaction") {
  const folder = mkdtempSync(join(tmpdir(), "scopewarden-stopped-"));
  const marker = join(folder, "stopped");
  const env = { STOPS_IN: url, STOPS_ONCE: marker, STOPS_INSIDE: inside };
  Object.assign(process.env, env);
  return {
    env,
    async stopped() {
      await eventually("it has stopped", () => existsSync(marker) && readFileSync(marker, "utf8") !== "");
      return Number(readFileSync(marker, "utf8"));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

onEveryBackend("a process that follows the journal and is stopped", ({ backend, open }) => {
  async function opened(url: string, how: { readonly module?: string; readonly loadsMs?: number } = {}) {
    const said: string[] = [];
    const storage = await open(url, {
      followApart: followInProcess({ url, placeData: [], source: null }, how),
      log: ({ message }) => void said.push(message),
    });
    return { said, storage };
  }

  /** Each has its answer before the next is asked for. */
  async function decisionsGoOn(storage: Storage, from: number): Promise<number> {
    const to = from + 400;
    for (let n = from; n < to; n += 20) await storage.journal.append(some(n, n + 20));
    return to;
  }
  async function isReplaced({ said, storage }: Awaited<ReturnType<typeof opened>>, stopped: number, end: number) {
    await eventually("it has ended", () => !isAlive(stopped));
    assert.ok(said.includes(HANGS));
    await eventually("nothing is behind", () => {
      const states = storage.followers();
      return states.length > 0 && states.every(({ position }) => position === end);
    });
    assert.equal((await storage.journalSpan())?.end, end);
    // Where they are, the database says; that it lives, the process itself.
    await eventually("the next one is heard of", () => !storage.followers().some(standsStill));
  }

  test("at its very beginning holds no decision, and another begins", options, async () => {
    const world = await opened(await backend().fresh(), { loadsMs: 15_000 });
    const [first = 0] = followersOf(process.pid);
    process.kill(first, "SIGSTOP");
    const end = await decisionsGoOn(world.storage, 0);
    await eventually("it is said to stand still", () => world.storage.followers().some(standsStill));
    await isReplaced(world, first, end);
    await world.storage.close();
  });

  test("at work holds no decision, and another begins", options, async () => {
    const world = await opened(await backend().fresh());
    await world.storage.journal.append(some(0, 10));
    await eventually("it follows", () => world.storage.followers().some(({ position }) => position === 10));
    const [first = 0] = followersOf(process.pid);
    process.kill(first, "SIGSTOP");
    const end = await decisionsGoOn(world.storage, 10);
    await isReplaced(world, first, end);
    await world.storage.close();
  });

  test("inside an open read holds no decision, and a file's log no longer than it lives", options, async () => {
    const url = await backend().fresh();
    const { remove, stopped } = stopping(url, "read");
    const world = await opened(url, { module: STOPS_INSIDE });
    const first = await stopped();
    let end = await decisionsGoOn(world.storage, 0);
    await isReplaced(world, first, end);
    /** Of a file: commits in its log, and those of them that are in the file itself. */
    if (backend().name === "sqlite")
      await eventually("the log is copied whole", async () => {
        await world.storage.journal.append(some(end, end + 20));
        end += 20;
        const [log] = await backend().raw(url, "PRAGMA wal_checkpoint(PASSIVE)");
        return Number(log?.log) === Number(log?.checkpointed);
      });
    await world.storage.close();
    remove();
  });

  /** As the service, but decisions wait for a lock as long as it takes: on a busy machine, too, none may fail. */
  function patient(url: string): Dialect {
    const dialect = dialectOf(url);
    const connectionOptions: Dialect["connectionOptions"] = (purpose) => {
      const options = dialect.connectionOptions(purpose);
      if (options.type === "sqlite") return { ...options, busyTimeout: 60_000 };
      const extra = "extra" in options ? options.extra : {};
      const limits = { lock_timeout: 60_000, statement_timeout: 60_000, query_timeout: 60_000 };
      return { ...options, extra: { ...extra, ...limits } } as typeof options;
    };
    return { ...dialect, connectionOptions };
  }

  test("inside a transaction keeps decisions waiting until it is ended, and none fails", options, async () => {
    const url = await backend().fresh();
    const { remove, stopped } = stopping(url, "transaction");
    const followApart = followInProcess({ url, placeData: [], source: null }, { module: STOPS_INSIDE });
    const said: string[] = [];
    const log = ({ message }: { readonly message: string }) => void said.push(message);
    const storage = await openStorageOn({ dialect: patient(url), clock: Date.now, followApart, log });
    const first = await stopped();
    await Promise.all(some(0, 40).map((each) => storage.journal.append([each])));
    assert.equal(storage.journal.failures, 0);
    await isReplaced({ said, storage }, first, 40);
    assert.equal((await allDecisions(storage)).length, 40);
    await storage.close();
    remove();
  });

  test(
    "inside a transaction of its work, at any moment of it, is ended, none fails, and what waits is counted",
    options,
    async () => {
      const url = await backend().fresh();
      const followApart = followInProcess({ url, placeData: [], source: null });
      const said: string[] = [];
      const log = ({ message }: { readonly message: string }) => void said.push(message);
      const storage = await openStorageOn({
        dialect: patient(url),
        clock: Date.now,
        followApart,
        log,
        heartbeatMs: 3_600_000,
      });
      let end = 0;
      const more = async (count: number) => {
        const to = end + count;
        for (; end < to; end += 20) await storage.journal.append(some(end, end + 20));
      };
      await more(20);
      await eventually("it follows", () => storage.followers().some(({ position }) => position === 20));
      const following = async (): Promise<number> => {
        await eventually("one follows", () => followersOf(process.pid).some(isAlive));
        return followersOf(process.pid).find(isAlive) ?? 0;
      };
      let follower = await following();
      /** False: it has ended; one that is stopped too often seems to hang. */
      const signal = (name: "SIGSTOP" | "SIGCONT"): boolean => {
        try {
          return process.kill(follower, name);
        } catch {
          return false;
        }
      };
      const isInside = async (): Promise<boolean> => {
        if (backend().name === "sqlite") return isLocked(url);
        const sql = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'scopewarden follow' AND datname = current_database() AND state = 'idle in transaction'`;
        return (await backend().raw(url, sql)).length > 0;
      };
      // Stopped where it seems to be inside a transaction, again and again, until it is inside one.
      for (;;) {
        // Behind by many, as a process that waits is in no transaction.
        if (storage.followers().every(({ position }) => end - position < 1_000)) await more(1_000);
        if (!isAlive(follower)) follower = await following();
        if (!(await isInside()) || !signal("SIGSTOP")) continue;
        await eventually("it stands", () => stateOf(follower) === "T" || !isAlive(follower));
        if (isAlive(follower) && (await isInside())) break;
        signal("SIGCONT");
        // So long that it can say in between that it lives.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await Promise.all(some(end, end + 40).map((each) => storage.journal.append([each])));
      end += 40;
      await isReplaced({ said, storage }, follower, end);
      assert.equal(storage.journal.failures, 0);
      assert.equal((await allDecisions(storage)).length, end);
      await storage.close();
    },
  );

  test("inside a transaction does not outlive a service that is killed", options, async () => {
    const url = await backend().fresh();
    const { env, remove, stopped } = stopping(url, "transaction");
    const { file, flags } = program("test/jobs/followedChild.ts");
    const service = fork(file, [url, STOPS_INSIDE], {
      execArgv: [...flags],
      stdio: "inherit",
      env: { ...process.env, ...env },
    });
    const first = await stopped();
    service.kill("SIGKILL");
    await once(service, "exit");
    assert.ok(isAlive(first), "it is stopped, and hears nothing");
    const heir = await open(url, { beside: false, followApart: followInProcess({ url, placeData: [], source: null }) });
    if (backend().name === "sqlite") assert.ok(!isAlive(first), "whoever takes the lock ends it");
    await heir.journal.append(some(0, 10));
    await eventually("the work goes on", () => {
      const states = heir.followers();
      return states.length > 0 && states.every(({ position }) => position === 10);
    });
    if (isAlive(first)) process.kill(first, "SIGKILL");
    await heir.close();
    remove();
  });
});
