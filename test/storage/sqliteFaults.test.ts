import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { DecisionFilter, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { inspectDatabase } from "../../src/storage/check/inspectDatabase.ts";
import type { Dialect } from "../../src/storage/database/dialect.ts";
import { sqliteDialect } from "../../src/storage/database/sqlite.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import { openStorage, openStorageOn, type Storage } from "../../src/storage/storage.ts";
import { eventually } from "../support/eventually.ts";
import { heldConsumer } from "../support/heldConsumer.ts";
import { allDecisions } from "./allDecisions.ts";
import { client, decision, revision } from "./samples.ts";
import { until } from "./waiting.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-faults-"));
});
after(() => rm(folder, { recursive: true, force: true }));

interface SmallDisk {
  readonly dialect: Dialect;
  enlarge(): Promise<void>;
  remove(): void;
}

/** A file system of sixteen megabytes, fourteen of them taken by a file that can go. */
async function smallFileSystem(): Promise<SmallDisk> {
  const disk = await mkdtemp(join(folder, "disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], { stdio: "ignore" });
  await writeFile(join(disk, "ballast"), Buffer.alloc(14_400_000));
  return {
    dialect: sqliteDialect(join(disk, "full.db")),
    enlarge: () => rm(join(disk, "ballast")),
    remove: () => execFileSync("umount", ["-l", disk]),
  };
}

/** Where nothing may be mounted: SQLite's own limit, which gives the same error. */
function smallFile(): SmallDisk {
  const dialect = sqliteDialect(join(folder, "full.db"));
  let pages = 250;
  return {
    dialect: {
      ...dialect,
      async setUp(purpose, run) {
        await dialect.setUp(purpose, run);
        if (purpose === "write") await run(`PRAGMA max_page_count = ${pages}`);
      },
    },
    enlarge: async () => {
      pages = 100_000;
    },
    remove: () => {},
  };
}

const smallDisk = (): Promise<SmallDisk> => smallFileSystem().catch(() => smallFile());

const storedIds = async (storage: Storage, filter: DecisionFilter = {}): Promise<readonly string[]> =>
  (await allDecisions(storage, filter)).map(({ id }) => id);

test("a full disk: nothing acknowledged is lost, nothing is doubled, and it recovers", async (context) => {
  const disk = await smallDisk();
  const { consumer, goOn, hold } = heldConsumer(context, decisionIndex);
  // So that the index lacks some, however quick it is.
  hold();
  const following = { consumers: [[consumer]] };
  const storage = await openStorageOn({ dialect: disk.dialect, clock: Date.now, following });
  const acknowledged = new Set<string>();
  const refused: DecisionRecord[] = [];
  let wasUnready = false;
  storage.journal.onChange((ready) => {
    wasUnready ||= !ready;
  });
  const append = (record: DecisionRecord): Promise<void> =>
    storage.journal.append([record]).then(
      () => void acknowledged.add(record.id),
      (error: { code?: string }) => {
        assert.equal(error.code, "JOURNAL_UNAVAILABLE");
        refused.push(record);
      },
    );
  try {
    let n = 0;
    let commits = 0;
    while (refused.length === 0 && n < 20_000) {
      // A transaction of several statements among the batches, so that the disk may fill up inside of one.
      const committed = storage.policy
        .commit(revision(commits + 1, [changeOf("client", null, client(`client ${commits}`))]))
        .then(
          () => void commits++,
          (error: { code?: string }) => assert.equal(error.code, "POLICY_UNAVAILABLE"),
        );
      await Promise.all([...Array.from({ length: 50 }, () => append(decision(n++))), committed]);
    }
    assert.ok(acknowledged.size > 50, "some were written before the disk was full");
    assert.ok(wasUnready, "a full disk makes it not ready");
    assert.ok(storage.journal.failures >= 2);
    assert.match(storage.journal.lastError ?? "", /SQLITE_(FULL|IOERR)/);
    await eventually("the index is behind", () => (storage.followers()[0]?.lag ?? 0) > 0);
    await assert.rejects(storage.usageOnRecord.ofScope("any", 0), { code: "JOURNAL_UNAVAILABLE" });
    // What the index lacks, a search reads from the journal.
    assert.deepEqual(await storedIds(storage, { callerId: "key:gateway" }), await storedIds(storage));
    goOn();
    await disk.enlarge();
    await until(storage.journal, true);
    storage.journal.admit(1);
    const retried = refused.splice(0);
    await Promise.all([...retried, ...retried.slice(0, 5)].map(append));
    const last = n + 100;
    for (; n < last; n += 25) await Promise.all(Array.from({ length: 25 }, (_, i) => append(decision(n + i))));
    assert.deepEqual(refused, []);
    await storage.policy.commit(revision(commits + 1, [changeOf("client", null, client("after"))]));
    await storage.close();
    const again = await openStorageOn({ dialect: disk.dialect, clock: Date.now });
    const ids = await storedIds(again);
    assert.deepEqual(await storedIds(again, { callerId: "key:gateway" }), ids);
    assert.equal(new Set(ids).size, ids.length, "none twice");
    assert.deepEqual(
      [...acknowledged].filter((id) => !ids.includes(id)),
      [],
      "none lost",
    );
    assert.equal(await again.policy.headRevision(), commits + 1);
    assert.equal((await again.policy.load()).clients.size, commits + 1);
    await again.close();
  } finally {
    goOn();
    await storage.close();
    disk.remove();
  }
});

test("it does not start unless commits survive a loss of power", async () => {
  const dialect = sqliteDialect(join(folder, "settings.db"));
  const weakened = (pragma: string): Dialect => ({
    ...dialect,
    async setUp(purpose, run) {
      await dialect.setUp(purpose, run);
      await run(pragma);
    },
  });
  for (const level of ["OFF", "NORMAL"]) {
    await assert.rejects(
      openStorageOn({ dialect: weakened(`PRAGMA synchronous = ${level}`), clock: Date.now }),
      /synchronous is . and must be 2/,
    );
  }
  await assert.rejects(
    openStorageOn({ dialect: weakened("PRAGMA journal_mode = DELETE"), clock: Date.now }),
    /journal_mode is "delete"/,
  );
  await assert.rejects(openStorage({ url: "sqlite::memory:", clock: Date.now }), /must be a file/);
  await assert.rejects(
    openStorage({ url: "mysql://me:secret@host/db", clock: Date.now }),
    (error: Error) => !error.message.includes("secret"),
  );
  await (await openStorageOn({ dialect: weakened("PRAGMA synchronous = EXTRA"), clock: Date.now })).close();
});

test("a connection that can't write is found out before it counts", async () => {
  const dialect = sqliteDialect(join(folder, "unwritable.db"));
  const unwritable: Dialect = {
    ...dialect,
    async setUp(purpose, run) {
      await dialect.setUp(purpose, run);
      if (purpose === "write") await run("PRAGMA query_only = ON");
    },
  };
  await assert.rejects(openStorageOn({ dialect: unwritable, clock: Date.now }), { code: "SQLITE_READONLY" });
});

test("durability is proved again after a reopening", async () => {
  const dialect = sqliteDialect(join(folder, "reopened.db"));
  let weak = false;
  let broken = false;
  const storage = await openStorageOn({
    clock: Date.now,
    dialect: {
      ...dialect,
      async setUp(purpose, run) {
        await dialect.setUp(purpose, run);
        if (weak) await run("PRAGMA synchronous = NORMAL");
      },
      preparing(runner) {
        const prepared = dialect.preparing(runner);
        return {
          ...prepared,
          change: (sql, parameters) =>
            broken ? prepared.change("INSERT INTO nowhere VALUES (1)", []) : prepared.change(sql, parameters),
        };
      },
    },
  });
  [weak, broken] = [true, true];
  await assert.rejects(storage.journal.append([decision(1)]), { code: "JOURNAL_UNAVAILABLE" });
  assert.equal(storage.journal.ready, false);
  await eventually("it was opened anew", () => /synchronous/.test(storage.journal.lastError ?? ""));
  assert.throws(() => storage.journal.admit(1), { code: "JOURNAL_UNAVAILABLE" });
  [weak, broken] = [false, false];
  await until(storage.journal, true);
  await storage.journal.append([decision(1)]);
  await storage.close();
});

test("the file is the owner's alone", async () => {
  const path = join(folder, "private", "p.db");
  const storage = await openStorage({ url: `sqlite:${path}`, clock: Date.now });
  await storage.journal.append([decision(1)]);
  for (const suffix of ["", "-wal"]) assert.equal((await stat(path + suffix)).mode & 0o077, 0, suffix);
  await storage.close();
});

test("a full disk is no damage: start and check say what is full, and it opens once there is room", async (t) => {
  const disk = await mkdtemp(join(folder, "full-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], { stdio: "ignore" });
  } catch {
    return t.skip("needs the right to mount a tmpfs");
  }
  try {
    const path = join(disk, "sound.db");
    const storage = await openStorageOn({ dialect: sqliteDialect(path), clock: Date.now });
    await storage.journal.append([decision(0)]);
    await storage.close();
    const ballast = join(disk, "ballast");
    await writeFile(ballast, Buffer.alloc(8_000_000)).catch(() => undefined);
    const full = /sound\.db can't be read now: its disk is full/;
    await assert.rejects(openStorageOn({ dialect: sqliteDialect(path), clock: Date.now }), full);
    await assert.rejects(inspectDatabase(`sqlite:${path}`), full);
    await rm(ballast);
    assert.deepEqual((await inspectDatabase(`sqlite:${path}`)) === "absent", false);
    const again = await openStorageOn({ dialect: sqliteDialect(path), clock: Date.now });
    assert.deepEqual(await storedIds(again), [decision(0).id]);
    await again.close();
  } finally {
    execFileSync("umount", ["-l", disk]);
  }
});
