import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { RunSql } from "../../src/storage/database/connection.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import type { AskingFollower, Follower } from "../../src/storage/journal/follower.ts";
import { FOLLOWERS } from "../../src/storage/journal/followers.ts";
import { openStorageOn, type Storage, type StorageOptions } from "../../src/storage/storage.ts";
import { eventually } from "../support/eventually.ts";
import { program } from "../support/program.ts";
import { actsByKind } from "./actsByKind.ts";
import { allDecisions } from "./allDecisions.ts";
import type { Backend } from "./backends.ts";
import { client, decision, revision, withRequestId } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const records = (from: number, to: number): readonly DecisionRecord[] =>
  Array.from({ length: to - from }, (_, i) => decision(from + i));

/** Appends in groups, among them repeated request ids, which leave gaps in the positions of some databases. */
async function appendAll({ journal }: Storage, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 50)
    await journal.append([...records(n, n + 50), withRequestId(decision(1_000_000 + n), `shared-${n % 200}`)]);
}

const lagOf = (storage: Storage, name: string): number =>
  storage.followers().find((follower) => follower.name === name)?.lag ?? Number.NaN;
async function untilDone(storage: Storage, name: string): Promise<void> {
  while (lagOf(storage, name) > 0) await sleep(5);
}

/** Notes who took which acts, in the transaction of its step; the table refuses an act that it has. */
const noting = (who: string): AskingFollower => ({
  name: "noted",
  async write({ run, after, until }) {
    await run(`INSERT INTO noted SELECT "seq", '${who}' FROM journal WHERE "seq" > ${after} AND "seq" <= ${until}`);
  },
});
const NOTED = "CREATE TABLE noted (seq BIGINT PRIMARY KEY, who TEXT NOT NULL)";
async function noted({ raw }: Backend, url: string) {
  const rows = await raw(url, "SELECT seq, who FROM noted ORDER BY seq");
  const journal = await raw(url, "SELECT seq FROM journal ORDER BY seq");
  return {
    who: rows.map((row) => String(row.who)),
    complete: rows.map((row) => String(row.seq)).join() === journal.map((row) => String(row.seq)).join(),
  };
}

onEveryBackend("followers of the journal", ({ open, backend }) => {
  const as = (who: string, more: StorageOptions["following"] = {}): Partial<StorageOptions> => ({
    following: { followers: [noting(who)], idle: () => true, lookAtOthersEveryMs: 50, ...more },
  });
  async function database(): Promise<string> {
    const url = await backend().fresh();
    await (await open(url)).close();
    await backend().raw(url, NOTED);
    return url;
  }

  test("one of one's own is a file and a row in the list: it is killed again and again, and takes each act once", {
    timeout: 60_000,
  }, async () => {
    const url = await backend().fresh();
    const first = await open(url);
    await appendAll(first, 0, 2000);
    for (let n = 1; n <= 20; n++) {
      await first.policy.commit(revision(n, [changeOf("client", null, client(`c${n}`))]));
      await appendAll(first, 2000 + n * 50, 2050 + n * 50);
    }
    for (let round = 0; round < 4; round++) {
      const { file, flags } = program("test/storage/followerChild.ts");
      const child = fork(file, [url], { execArgv: [...flags], stdio: "inherit" });
      const gone = new Promise((resolve) => child.once("exit", resolve));
      await new Promise((resolve) => child.once("message", resolve));
      await sleep(round * 4);
      child.kill("SIGKILL");
      await gone;
    }
    const heir = await open(url, { following: { followers: [...FOLLOWERS, actsByKind], idle: () => true } });
    await untilDone(heir, actsByKind.name);
    const counted = await backend().raw(url, "SELECT kind, acts FROM acts_by_kind ORDER BY kind");
    const there = await backend().raw(url, "SELECT kind, COUNT(*) AS acts FROM journal GROUP BY kind ORDER BY kind");
    assert.deepEqual(
      counted.map(({ kind, acts }) => [kind, Number(acts)]),
      there.map(({ kind, acts }) => [kind, Number(acts)]),
    );
    assert.deepEqual(
      there.map(({ kind }) => kind),
      ["DECISION", "POLICY_REVISION"],
    );
  });

  test("one instance works at a time; another takes over when the lease of one that is gone has run out", {
    timeout: 60_000,
  }, async () => {
    const url = await database();
    // Longer than the test; that it has run out is written in its place.
    const LEASE_MS = 60_000;
    let mayWork = true;
    // Takes one step, and is heard of no more.
    const gone = await open(
      url,
      as("gone", { idle: () => mayWork && lagOf(gone, "noted") === 3000, leaseMs: LEASE_MS }),
    );
    mayWork = false;
    await gone.journal.append(records(0, 3000));
    mayWork = true;
    while (lagOf(gone, "noted") === 3000) await sleep(1);
    mayWork = false;
    const [row] = await backend().raw(url, "SELECT lease_until FROM journal_follower WHERE name = 'noted'");
    const left = Number(row?.lease_until) - Date.now();
    assert.ok(left > 0 && left <= LEASE_MS, `a lease of ${left} ms`);
    const heir = await open(url, as("heir", { leaseMs: LEASE_MS }));
    const before = (await noted(backend(), url)).who;
    assert.ok(before.length > 0 && before.every((who) => who === "gone"));
    await sleep(200);
    assert.equal((await noted(backend(), url)).who.length, before.length, "the lease still holds");
    await backend().raw(url, `UPDATE journal_follower SET lease_until = ${Date.now()} WHERE name = 'noted'`);
    await untilDone(heir, "noted");
    const { who, complete } = await noted(backend(), url);
    assert.ok(complete);
    assert.deepEqual([...new Set(who)], ["gone", "heir"]);
    assert.equal(who.lastIndexOf("gone"), before.length - 1);
  });

  test("a step that is under way is over when the storage is closed, though it may fall behind, and no lease is left", async () => {
    let isBegun = false;
    let goOn = (): void => {};
    const going = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let isOver = false;
    const slow: Follower = {
      name: "slow",
      mayFallBehind: true,
      async read() {
        isBegun = true;
        await going;
        isOver = true;
        return null;
      },
      async write() {},
    };
    const url = await database();
    const storage = await open(url, as("slow", { followers: [slow] }));
    // More than one step takes.
    await storage.journal.append(records(0, 3000));
    while (!isBegun) await sleep(5);
    const closing = storage.close().then(() => isOver);
    // Longer than a close takes that does not wait.
    await sleep(500);
    goOn();
    assert.ok(await closing);
    const [row] = await backend().raw(url, "SELECT position, holder FROM journal_follower WHERE name = 'slow'");
    assert.ok(Number(row?.position) > 0 && Number(row?.position) < 3000, `at ${row?.position}`);
    assert.equal(row?.holder, null);
  });

  test("a step that was planned before more was appended keeps the lease, and a stop lets go of it", async () => {
    const url = await database();
    const writing = await open(url, { following: { followers: [] } });
    // As many as a first step takes.
    await writing.journal.append(records(0, 4));
    let plans = 0;
    const planning: Follower = {
      name: "noted",
      async plan({ after, until }) {
        if (plans++ === 0) await writing.journal.append(records(4, 20));
        const sql = `INSERT INTO noted SELECT "seq", 'planned' FROM journal WHERE "seq" > ${after} AND "seq" <= ${until}`;
        return { conditions: [], statements: [[sql, []]] };
      },
    };
    const storage = await open(
      url,
      as("planning", {
        followers: [planning],
        idle: () => plans === 0,
        leaseMs: 60_000,
        lookAtOthersEveryMs: 3_600_000,
      }),
    );
    const row = async () =>
      (await backend().raw(url, "SELECT position, holder FROM journal_follower WHERE name = 'noted'"))[0];
    while (Number((await row())?.position) === 0) await sleep(5);
    const { holder, position } = (await row()) ?? {};
    assert.equal(Number(position), 4);
    assert.notEqual(holder, null);
    await storage.close();
    assert.equal((await row())?.holder, null);
  });

  test("without time an act is put off for so long, and no longer", { timeout: 60_000 }, async () => {
    const url = await database();
    const putOff = await open(url, as("putOff", { idle: () => false }));
    await putOff.journal.append(records(0, 10));
    await sleep(300);
    assert.equal(lagOf(putOff, "noted"), 10, "it would be taken without time in any case");
    await putOff.close();
    const late = await open(url, as("late", { idle: () => false, mostLateMs: 50 }));
    await untilDone(late, "noted");
    await appendAll(late, 10, 200);
    await untilDone(late, "noted");
    assert.ok((await noted(backend(), url)).complete);
  });

  test("one that people wait for is sooner than others, where acts are taken without time at all", {
    timeout: 60_000,
  }, async () => {
    const url = await database();
    const idleOne: Follower = { name: "nobody_waits", async write() {} };
    const following = (mostLateMs?: number) => ({
      following: {
        followers: [{ ...noting("soon"), waitedFor: true as const }, idleOne],
        idle: () => false,
        ...(mostLateMs !== undefined && { mostLateMs }),
      },
    });
    const never = await open(url, following());
    await never.journal.append(records(0, 10));
    await sleep(500);
    assert.equal(lagOf(never, "noted"), 10, "without time it is not taken, waited for or not");
    await never.close();
    const soon = await open(url, following(3_600_000));
    await soon.journal.append(records(10, 20));
    await untilDone(soon, "noted");
    // More, where the first one had no time for it at its end.
    assert.ok(lagOf(soon, "nobody_waits") >= 10);
    assert.ok((await noted(backend(), url)).complete);
  });

  test("its steps don't wait for the disk, and what is committed next does", { timeout: 60_000 }, async () => {
    const url = await backend().fresh();
    const dialect = dialectOf(url);
    const setting = dialect.name === "sqlite" ? "PRAGMA synchronous" : "SHOW synchronous_commit";
    const level = async (run: RunSql) => String(Object.values((await run(setting)).rows[0] ?? {})[0]);
    let write: RunSql | null = null;
    const inSteps: string[] = [];
    let failing = true;
    const probing: Follower = {
      name: "probing",
      async write({ run }) {
        inSteps.push(await level(run));
        if (failing) throw new Error("As planned.");
      },
    };
    const ofActs: string[] = [];
    const puttingOnRecord: Follower = {
      name: "putting_on_record",
      read: async () => "acts",
      putsOnRecord: (read) => read === "acts",
      write: async ({ run }) => void ofActs.push(await level(run)),
    };
    const storage = await openStorageOn({
      dialect: {
        ...dialect,
        async setUp(purpose, run) {
          await dialect.setUp(purpose, run);
          if (purpose === "write") write = run;
        },
      },
      clock: Date.now,
      following: { followers: [probing, puttingOnRecord], idle: () => true },
    });
    const now = () => level(write as unknown as RunSql);
    try {
      const durable = await now();
      await storage.journal.append(records(0, 10));
      while ((storage.followers()[0]?.failures ?? 0) === 0) await sleep(5);
      // Another try may be under way.
      while ((await now()) !== durable) await sleep(5);
      failing = false;
      await untilDone(storage, "probing");
      await untilDone(storage, "putting_on_record");
      assert.equal(await now(), durable);
      assert.deepEqual([...new Set(ofActs)], [durable]);
      assert.deepEqual([...new Set(inSteps)], [dialect.name === "sqlite" ? "1" : "off"]);
      assert.notEqual(durable, inSteps[0]);
    } finally {
      await storage.close();
    }
  });

  test("a lease of a time when the clock was ahead keeps nobody waiting", { timeout: 60_000 }, async () => {
    const url = await database();
    const idle = await open(url, as("idle", { idle: () => false }));
    await idle.journal.append(records(0, 10));
    const lease = (ms: number) =>
      backend().raw(url, `UPDATE journal_follower SET holder = 'gone', lease_until = ${Date.now() + ms}`);
    await lease(3_600_000);
    const heir = await open(url, as("heir"));
    let patient = true;
    const patience = setTimeout(() => {
      patient = false;
      void lease(-1);
    }, 30_000);
    await untilDone(heir, "noted");
    clearTimeout(patience);
    assert.ok(patient, "it waited for the clock to catch up");
    assert.ok((await noted(backend(), url)).complete);
  });

  test("who waits for what another instance puts off makes that one hurry", { timeout: 60_000 }, async () => {
    const url = await backend().fresh();
    const index = decisionIndex;
    let steps = 0;
    const slow: Follower = {
      name: index.name,
      plan(batch) {
        steps++;
        return index.plan(batch);
      },
    };
    // Has time for its first step only, and a lease that outlives the test.
    const holder = await open(url, { following: { followers: [slow], idle: () => steps === 0, leaseMs: 60_000 } });
    const waiting = await open(url, { following: { idle: () => false, leaseMs: 60_000 } });
    await holder.journal.append(records(0, 2000));
    while (steps === 0) await sleep(5);
    await sleep(300);
    assert.equal(steps, 1);
    await waiting.journalSpan();
    assert.ok(steps > 1, "the holder did it");
    assert.equal((await allDecisions(waiting, { callerId: "key:gateway" })).length, 2000);
  });

  test("a stop hands the work over at once", { timeout: 60_000 }, async () => {
    const url = await database();
    const writing = await open(url, { following: { followers: [] } });
    await appendAll(writing, 0, 500);
    let begun = false;
    const slow: Follower = {
      name: "noted",
      async write(batch) {
        begun = true;
        await sleep(200);
        await noting("one").write(batch, null);
      },
    };
    const one = await open(url, { following: { followers: [slow], idle: () => true, leaseMs: 60_000 } });
    while (!begun) await sleep(5);
    await one.close();
    assert.ok(!(await noted(backend(), url)).complete, "more than fits into a moment was left");
    const two = await open(url, as("two", { leaseMs: 60_000 }));
    await untilDone(two, "noted");
    assert.ok((await noted(backend(), url)).complete);
  });

  test("no act is missing or doubled, whoever appends and works, in whatever order", { timeout: 60_000 }, async () => {
    const url = await database();
    // Leases so short that they run out in the middle of the work.
    const instances = await Promise.all(["a", "b", "c"].map((who) => open(url, as(who, { leaseMs: 1 }))));
    await Promise.all(instances.map((storage, i) => appendAll(storage, i * 100_000, i * 100_000 + 2000)));
    for (const storage of instances) await untilDone(storage, "noted");
    await sleep(150);
    for (const storage of instances) await untilDone(storage, "noted");
    assert.ok((await noted(backend(), url)).complete);
  });

  test("acts of another instance are seen without anybody asking", { timeout: 60_000 }, async () => {
    const url = await database();
    const watching = await open(url, as("watching"));
    const writing = await open(url, { following: { followers: [] } });
    await writing.journal.append(records(0, 100));
    while (!(await noted(backend(), url)).complete) await sleep(20);
    await eventually("its step is known to be done", () => lagOf(watching, "noted") === 0);
  });

  test("one that fails holds nobody up: decisions, the other followers, and what it wrote is undone", {
    timeout: 60_000,
  }, async () => {
    const url = await database();
    let broken = true;
    const failing: Follower = {
      name: "noted",
      async write(batch) {
        await noting("mended").write(batch, null);
        if (broken) throw new TypeError("a mistake in the follower");
      },
    };
    const said: string[] = [];
    const storage = await open(url, {
      log: ({ message, detail }) => void said.push(`${message} ${detail}`),
      following: { followers: [failing, ...FOLLOWERS], idle: () => true, mostBehind: 100 },
    });
    await appendAll(storage, 0, 1000);
    await untilDone(storage, "decision_index");
    const status = () => storage.followers().find(({ name }) => name === "noted");
    while ((status()?.failures ?? 0) === 0) await sleep(5);
    assert.ok(Number(status()?.lag) >= 1000);
    while (Number(status()?.stillMs) <= 0) await sleep(5);
    assert.equal((await noted(backend(), url)).who.length, 0);
    // The mistake is not the database's: its connection is kept.
    assert.equal(storage.journal.failures, 0);
    assert.ok(storage.journal.ready);
    assert.ok(
      said.some((line) => line.includes("noted: a mistake in the follower")),
      said.join("\n"),
    );
    broken = false;
    await untilDone(storage, "noted");
    assert.equal(status()?.stillMs, 0);
    assert.ok((await noted(backend(), url)).complete);
  });
});
