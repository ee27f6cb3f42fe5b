import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { openFollower } from "../../src/storage/follow/openFollower.ts";
import type { Consumer } from "../../src/storage/journal/consumer.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import { recordTree } from "../../src/storage/record/recordTree.ts";
import { openStorageOn, type Storage, type StorageOptions } from "../../src/storage/storage.ts";
import { eventually } from "../support/eventually.ts";
import { program } from "../support/program.ts";
import { actsByKind } from "./actsByKind.ts";
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

const stateOf = (storage: Storage, name: string) => storage.followers().find((each) => each.name === name);

/** Notes who took which acts, in the transaction of its batch; the table refuses an act that it has. */
const noting = (who: string): Consumer => ({
  name: "noted",
  async write({ run, after, until }) {
    await run(`INSERT INTO noted SELECT "seq", '${who}' FROM journal WHERE "seq" > ${after} AND "seq" <= ${until}`);
  },
});
const NOTED = "CREATE TABLE noted (seq BIGINT PRIMARY KEY, who TEXT NOT NULL)";
async function noted({ raw }: Backend, url: string) {
  const rows = await raw(url, "SELECT seq, who FROM noted ORDER BY seq");
  const journal = await raw(url, "SELECT seq FROM journal ORDER BY seq");
  const there = new Set(rows.map(({ seq }) => Number(seq)));
  return {
    who: rows.map((row) => String(row.who)),
    missing: journal.map(({ seq }) => Number(seq)).filter((seq) => !there.has(seq)),
  };
}

onEveryBackend("the loop behind the journal", ({ open, backend }) => {
  const as = (who: string, more: StorageOptions["following"] = {}): Partial<StorageOptions> => ({
    following: { consumers: [[noting(who)]], ...more },
  });
  async function database(): Promise<string> {
    const url = await backend().fresh();
    await (await open(url, { following: { consumers: [] } })).close();
    await backend().raw(url, NOTED);
    return url;
  }
  const positionOf = async (url: string, name: string) =>
    (await backend().raw(url, `SELECT position, holder, lease_until FROM journal_follower WHERE name = '${name}'`))[0];
  const untilAllNoted = (url: string) =>
    eventually("each act is noted", async () => (await noted(backend(), url)).missing.length === 0);

  test("a consumer is a file and a row in the list: it is killed again and again, and takes each act once", {
    timeout: 300_000,
  }, async () => {
    const url = await backend().fresh();
    const first = await open(url, { following: { consumers: [] } });
    await appendAll(first, 0, 500);
    for (let n = 1; n <= 5; n++) {
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
    await open(url, { following: { consumers: [[decisionIndex, actsByKind]] } });
    const there = await backend().raw(url, "SELECT kind, COUNT(*) AS acts FROM journal GROUP BY kind ORDER BY kind");
    const wanted = there.map(({ kind, acts }) => [kind, Number(acts)]);
    await eventually("each act is counted once", async () => {
      const counted = await backend().raw(url, "SELECT kind, acts FROM acts_by_kind ORDER BY kind");
      return JSON.stringify(counted.map(({ kind, acts }) => [kind, Number(acts)])) === JSON.stringify(wanted);
    });
    assert.deepEqual(
      wanted.map(([kind]) => kind),
      ["DECISION", "POLICY_REVISION"],
    );
  });

  test("a few acts are one transaction, and four times as many once one has waited for too long", async () => {
    for (const [patientMs, wanted] of [
      [Number.POSITIVE_INFINITY, [256, 256, 256, 256, 176]],
      [0, [1024, 176]],
    ] as const) {
      const url = await database();
      const sizes: number[] = [];
      const writtenAt: number[] = [];
      const writing = await open(url, { following: { consumers: [] } });
      await writing.journal.append(records(0, 1_200));
      const measuring: Consumer = {
        name: "noted",
        async write(batch) {
          sizes.push(batch.until - batch.after);
          writtenAt.push(performance.now());
          await sleep(20);
          await noting("measured").write(batch, null);
        },
      };
      const storage = await open(url, { following: { consumers: [[measuring]], patientMs } });
      await untilAllNoted(url);
      assert.deepEqual(sizes, wanted);
      // Nine times 20 ms after each but the last two, as then little waits.
      const tookMs = (writtenAt.at(-1) ?? 0) - (writtenAt[0] ?? 0);
      if (patientMs > 0) assert.ok(tookMs >= 3 * 9 * 20, `${tookMs} ms`);
      await storage.close();
    }
  });

  test("one instance works at a time; another takes over when the lease of one that is gone has run out", async () => {
    const url = await database();
    const LEASE_MS = 60_000;
    const writing = await open(url, { following: { consumers: [] } });
    await writing.journal.append(records(0, 100));
    await backend().raw(url, `INSERT INTO journal_follower (name) VALUES ('noted') ON CONFLICT DO NOTHING`);
    await backend().raw(
      url,
      `UPDATE journal_follower SET holder = 'gone', lease_until = ${Date.now() + LEASE_MS - 1_000} WHERE name = 'noted'`,
    );
    await open(url, as("heir", { leaseMs: LEASE_MS }));
    await sleep(300);
    assert.equal((await noted(backend(), url)).who.length, 0, "the lease still holds");
    await backend().raw(url, `UPDATE journal_follower SET lease_until = ${Date.now()} WHERE name = 'noted'`);
    await untilAllNoted(url);
    const { lease_until: until } = (await positionOf(url, "noted")) ?? {};
    const left = Number(until) - Date.now();
    assert.ok(left > 0 && left <= LEASE_MS, `a lease of ${left} ms`);
  });

  test("who has nothing to take takes over one thing that an instance leaves waiting, and no more", async () => {
    const url = await database();
    const names = ["one", "two", "three"];
    const slow = names.map((name): Consumer[] => [{ name, read: () => sleep(20), async write() {} }]);
    const following = { consumers: slow, acts: 10, patientMs: 100 };
    const holders = async () =>
      (await Promise.all(names.map((name) => positionOf(url, name)))).map((row) => row?.holder);
    const first = await open(url, { following });
    await appendAll(first, 0, 3000);
    // It takes them one after the other, and this asks between two of them as well.
    await eventually(
      "the first has all",
      async () => new Set(await holders()).size === 1 && (await holders())[0] !== null,
    );
    const [holder] = await holders();
    await open(url, { following });
    const left = async () => (await holders()).filter((each) => each === holder).length;
    await eventually("the second has one", async () => (await left()) === 2);
    await sleep(500);
    assert.equal(await left(), 2);
  });

  test("a lease of a time when the clock was ahead keeps nobody waiting", async () => {
    const url = await database();
    const writing = await open(url, as("nobody", { consumers: [[{ name: "noted", async write() {} }]] }));
    await writing.close();
    const other = await open(url, { following: { consumers: [] } });
    await other.journal.append(records(0, 10));
    await backend().raw(url, `UPDATE journal_follower SET holder = 'gone', lease_until = ${Date.now() + 3_600_000}`);
    await open(url, as("heir"));
    await untilAllNoted(url);
  });

  test("a batch that is under way is over when the storage is closed, and no lease is left", async (context) => {
    const begun = deferred();
    const going = deferred();
    context.after(going.resolve);
    let isOver = false;
    const slow: Consumer = {
      name: "slow",
      async read() {
        begun.resolve();
        await going.promise;
        isOver = true;
      },
      async write() {},
    };
    const url = await database();
    const storage = await open(url, as("slow", { consumers: [[slow]] }));
    await storage.journal.append(records(0, 3000));
    await begun.promise;
    const closing = storage.close().then(() => isOver);
    await sleep(100);
    going.resolve();
    assert.ok(await closing);
    const { holder, position } = (await positionOf(url, "slow")) ?? {};
    assert.ok(Number(position) > 0, `at ${position}`);
    assert.equal(holder, null);
  });

  test("no act is missing or doubled, whoever appends and works, in whatever order", { timeout: 300_000 }, async () => {
    const url = await database();
    // Leases so short that they run out in the middle of the work. A file has one service, and a command beside it.
    const names = backend().name === "sqlite" ? ["a", "b"] : ["a", "b", "c"];
    const instances = await Promise.all(names.map((who) => open(url, as(who, { leaseMs: 1 }))));
    await Promise.all(instances.map((storage, i) => appendAll(storage, i * 100_000, i * 100_000 + 1000)));
    await untilAllNoted(url);
    assert.ok(new Set((await noted(backend(), url)).who).size > 0);
  });

  test("those of one array share a transaction where they stand together, and else each has its own", async () => {
    const url = await database();
    const writing = await open(url, { following: { consumers: [] } });
    await writing.journal.append(records(0, 10));
    let broken = true;
    const failing: Consumer = {
      name: "failing",
      takesAll: true,
      async write() {
        if (broken) throw new TypeError("a mistake in the consumer");
      },
    };
    const storage = await open(url, { following: { consumers: [[noting("first"), failing]] } });
    await eventually("it has failed", () => (stateOf(storage, "failing")?.failures ?? 0) > 0);
    await untilAllNoted(url);
    assert.equal(stateOf(storage, "failing")?.position, 0);
    await eventually("it is said to stand", () => Number(stateOf(storage, "failing")?.stillMs) > 0);
    broken = false;
    await eventually("it goes on", () => stateOf(storage, "failing")?.lag === 0);
    await writing.journal.append(records(10, 20));
    await eventually("both go on", () => storage.followers().every(({ position }) => position === 20));
  });

  test("what the database can't do stops its consumer alone, until it can", { timeout: 300_000 }, async () => {
    const url = await database();
    const said: string[] = [];
    const storage = await open(url, {
      log: ({ message, detail }) => void said.push(`${message} ${detail}`),
      following: { consumers: [[noting("mended")], [recordTree]] },
    });
    await backend().raw(url, "ALTER TABLE noted RENAME TO gone");
    await appendAll(storage, 0, 200);
    await eventually("the other goes on", () => stateOf(storage, "record_tree")?.lag === 0);
    await eventually("it has failed", () => (stateOf(storage, "noted")?.failures ?? 0) > 1);
    assert.ok(storage.journal.ready);
    assert.equal(storage.journal.failures, 0, "the connection of decisions is another");
    assert.ok(said.some((line) => line.startsWith("A consumer of the journal can't go on. noted:")));
    assert.equal((await backend().raw(url, "SELECT * FROM act_set_aside")).length, 0, "no act is to blame");
    await backend().raw(url, "ALTER TABLE gone RENAME TO noted");
    await untilAllNoted(url);
  });

  test("an act that a consumer can't take is found, named and set aside, and the others are taken", async () => {
    const url = await database();
    const said: string[] = [];
    const writing = await open(url, { following: { consumers: [] } });
    await writing.journal.append(records(0, 150));
    // Twice, so that the table refuses them: errors of the database of what it was given.
    await backend().raw(url, "INSERT INTO noted VALUES (37, 'before'), (101, 'before')");
    const throwing: Consumer = {
      name: "noted",
      async write(batch) {
        if (batch.after < 70 && batch.until >= 70) throw new TypeError("a mistake in the consumer");
        await noting("now").write(batch, null);
      },
    };
    const storage = await open(url, {
      log: ({ message, detail }) => void said.push(`${message} ${detail}`),
      following: { consumers: [[throwing], [recordTree]] },
    });
    await eventually("it has taken all", () => stateOf(storage, "noted")?.position === 150);
    const aside = await backend().raw(url, "SELECT consumer, position, error FROM act_set_aside ORDER BY position");
    assert.deepEqual(
      aside.map(({ consumer, position }) => [consumer, Number(position)]),
      [
        ["noted", 37],
        ["noted", 70],
        ["noted", 101],
      ],
    );
    assert.match(String(aside[1]?.error), /a mistake in the consumer/);
    assert.ok(said.some((line) => line.includes("can't take an act, which is set aside. noted: the act at 70")));
    assert.deepEqual((await noted(backend(), url)).missing, [70]);
  });

  test("one that can't take very many is stopped, and says so", { timeout: 300_000 }, async () => {
    const url = await database();
    const writing = await open(url, { following: { consumers: [] } });
    await writing.journal.append(records(0, 4));
    const values = Array.from({ length: 1_000 }, (_, i) => `('noted', ${i + 1_000_000}, 'before', 0)`).join(", ");
    await backend().raw(url, `INSERT INTO act_set_aside ("consumer", "position", "error", "at") VALUES ${values}`);
    const never: Consumer = {
      name: "noted",
      write: () => Promise.reject(new TypeError("a mistake in the consumer")),
    };
    const storage = await open(url, { following: { consumers: [[never]] } });
    await eventually("it has failed often", () => (stateOf(storage, "noted")?.failures ?? 0) > 3);
    assert.equal(stateOf(storage, "noted")?.position, 0);
  });

  test("its commits don't wait for the disk, and acts that it puts on record are there before anything else is done", async () => {
    const url = await backend().fresh();
    const dialect = dialectOf(url);
    const levels: string[] = [];
    const done: string[] = [];
    const probing: Consumer = {
      name: "probing",
      async write({ actsOnRecord, run, until }) {
        if (dialect.name === "sqlite")
          levels.push(String(Object.values((await run("PRAGMA synchronous")).rows[0] ?? {})[0]));
        else levels.push(String(Object.values((await run("SHOW synchronous_commit")).rows[0] ?? {})[0]));
        done.push("write");
        if (until >= 10) actsOnRecord();
      },
    };
    const storage = await openStorageOn({
      dialect: {
        ...dialect,
        ...(dialect.copyLog !== null && {
          get copyLog() {
            done.push("copy");
            return dialect.copyLog;
          },
        }),
      },
      clock: Date.now,
      following: { consumers: [[probing]] },
    });
    try {
      await storage.journal.append(records(0, 10));
      await eventually("it was taken", () => stateOf(storage, "probing")?.position === 10);
      assert.deepEqual([...new Set(levels)], [dialect.name === "sqlite" ? "1" : "on"]);
      if (dialect.name === "sqlite") await eventually("the log is copied", () => done.includes("copy"));
    } finally {
      await storage.close();
    }
  });

  test("no transaction is open while it waits for a file's lock: it keeps nobody waiting", async (context) => {
    const url = await database();
    const dialect = dialectOf(url);
    // On PostgreSQL what is locked is passed over, and not waited for.
    if (dialect.name !== "sqlite") return;
    const writing = await open(url, { following: { consumers: [] } });
    // Gives the consumer its row.
    await (await open(url, as("first"))).close();
    await writing.journal.append(records(0, 3));
    const locking = await openConnection({ dialect, purpose: "write", counter: statementCounter() });
    context.after(locking.close);
    await locking.run("BEGIN IMMEDIATE");
    const reached = deferred();
    const waiting = { ...noting("late"), read: async () => reached.resolve() };
    const loop = await openFollower({ consumers: [[waiting]], dialect, log() {} });
    context.after(loop.close);
    await reached.promise;
    await sleep(200);
    assert.equal(loop.transactionMs(), 0);
    await locking.run("ROLLBACK");
    await untilAllNoted(url);
  });

  test("decisions don't wait for a consumer that is very slow", async (context) => {
    const url = await database();
    const going = deferred();
    context.after(going.resolve);
    const slow: Consumer = {
      name: "slow",
      read: () => going.promise,
      async write() {},
    };
    const storage = await open(url, { following: { consumers: [[slow]] } });
    await appendAll(storage, 0, 5_000);
    assert.ok(Number((await positionOf(url, "slow"))?.position) === 0);
    going.resolve();
  });
});

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
