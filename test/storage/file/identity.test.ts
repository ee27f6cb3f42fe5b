import assert from "node:assert/strict";
import { copyFile, mkdtemp, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { StorageLog } from "../../../src/storage/database/connection.ts";
import { dialectOf } from "../../../src/storage/database/dialectOf.ts";
import { createFileIdentity } from "../../../src/storage/database/file/fileIdentity.ts";
import { openFollower } from "../../../src/storage/follow/openFollower.ts";
import type { Consumer } from "../../../src/storage/journal/consumer.ts";
import { decisionIndex } from "../../../src/storage/journal/decisionIndex.ts";
import { openStorage, type Storage } from "../../../src/storage/storage.ts";
import { eventually } from "../../support/eventually.ts";
import { sqliteRaw } from "../backends.ts";
import { decision, withRequestId } from "../samples.ts";
import { until } from "../waiting.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-identity-"));
});
after(() => rm(folder, { recursive: true, force: true }));

let databases = 0;
let next = 0;
const said: string[] = [];
const log: StorageLog = ({ message, detail }) => void said.push(`${message} ${detail ?? ""}`);

async function opened(): Promise<{ readonly path: string; readonly storage: Storage }> {
  const path = join(folder, `db ${++databases}.db`);
  // What follows would write to the files as well, whenever it does.
  const storage = await openStorage({ url: `sqlite:${path}`, clock: Date.now, log, following: { consumers: [] } });
  await append(storage, 20);
  return { path, storage };
}

const append = (storage: Storage, count: number) =>
  storage.journal.append(Array.from({ length: count }, () => decision(next++)));

const unavailable = { code: "JOURNAL_UNAVAILABLE" };

/** What can happen to the files of a database while it is used, and what the log then names. */
const accidents: readonly {
  readonly what: string;
  readonly names: RegExp;
  readonly happen: (path: string) => Promise<unknown>;
}[] = [
  { what: "the file deleted", names: /\.db was deleted or moved/, happen: (path) => rm(path) },
  {
    what: "the file replaced by a copy",
    names: /\.db was replaced/,
    async happen(path) {
      await copyFile(path, `${path}.copy`);
      await rename(`${path}.copy`, path);
    },
  },
  { what: "the file cut down", names: /\.db was cut/, happen: (path) => truncate(path, 4096) },
  { what: "the file emptied", names: /\.db was cut/, happen: (path) => truncate(path, 0) },
  { what: "the log deleted", names: /-wal was deleted/, happen: (path) => rm(`${path}-wal`) },
  {
    what: "the log replaced by a copy",
    names: /-wal was replaced/,
    async happen(path) {
      await copyFile(`${path}-wal`, `${path}.copy`);
      await rename(`${path}.copy`, `${path}-wal`);
    },
  },
  { what: "the log emptied", names: /-wal was cut/, happen: (path) => truncate(`${path}-wal`, 0) },
  { what: "the lock deleted", names: /\.lock was deleted/, happen: (path) => rm(`${path}.lock`) },
];

describe("a database's files, while they are used", () => {
  for (const { what, names, happen } of accidents) {
    test(`${what}: no further answer, and not ready, also where nobody asks`, async () => {
      const { path, storage } = await opened();
      said.length = 0;
      // What has gone to the file itself is checked, and not only what is in its log.
      await sqliteRaw(`sqlite:${path}`, "PRAGMA wal_checkpoint");
      await append(storage, 1);
      await happen(path);
      if (what !== "the lock deleted") await assert.rejects(append(storage, 1), unavailable);
      await until(storage.journal, false);
      assert.throws(() => storage.journal.admit(1), unavailable);
      assert.match(said.join("\n"), names);
      await new Promise((resolve) => setTimeout(resolve, 400));
      assert.equal(storage.journal.ready, false, "it stays so");
      await storage.close();
    });
  }

  test("a repeated request is not answered from a file that is gone", async () => {
    const { path, storage } = await opened();
    await storage.journal.append([withRequestId(decision(1_000_000), "again")]);
    assert.ok(await storage.journal.findByRequestId("key:gateway", "again"));
    await rm(path);
    await assert.rejects(storage.journal.findByRequestId("key:gateway", "again"), unavailable);
    await storage.close();
  });

  test("a file that is put back is used again, and what was acknowledged is in it", async () => {
    const { path, storage } = await opened();
    await rename(path, `${path}.away`);
    await until(storage.journal, false);
    await rename(`${path}.away`, path);
    await until(storage.journal, true);
    const [stored] = await append(storage, 1);
    assert.equal((await storage.decisions.decision(stored?.record.id ?? ""))?.id, stored?.record.id);
    await storage.close();
  });

  test("a log that another process clears away, after it is all in the file, is no loss", async () => {
    const { path, storage } = await opened();
    await sqliteRaw(`sqlite:${path}`, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert.equal((await stat(`${path}-wal`)).size, 0);
    await append(storage, 1).catch(() => until(storage.journal, true));
    await until(storage.journal, true);
    await append(storage, 1);
    assert.match(said.join("\n"), /everything that was committed is there/);
    await storage.close();
  });
});

test("a log that is cut down under what follows is told before that makes it longer again", async () => {
  const url = `sqlite:${join(folder, "followed.db")}`;
  await (await openStorage({ url, clock: Date.now })).close();
  const storage = await openStorage({ url, clock: Date.now, following: { consumers: [] } });
  await append(storage, 300);
  await storage.close();
  said.length = 0;
  let batches = 0;
  const consumer: Consumer = {
    ...decisionIndex,
    async read(batch) {
      // The first one has made the log.
      if (++batches === 2) await truncate(`${join(folder, "followed.db")}-wal`, 0);
      return decisionIndex.read?.(batch);
    },
  };
  const follower = await openFollower({ consumers: [[consumer]], dialect: dialectOf(url), log });
  await eventually("it is told", () => said.some((line) => line.includes("-wal was cut")));
  await follower.close();
});

test("the log may be cut down to SQLite's limit, and not below", async () => {
  const path = join(folder, "log");
  const mebibytes = (n: number): Promise<void> => truncate(`${path}-wal`, n * 1024 * 1024);
  await writeFile(path, "");
  await writeFile(`${path}-wal`, "");
  const identity = createFileIdentity(path);
  const kinds = [];
  for (const size of [0, 10, 70, 64, 80, 63]) {
    await mebibytes(size);
    kinds.push(identity.look("at commits")?.kind ?? null);
  }
  assert.deepEqual(kinds, [null, null, null, null, null, "shrunk"]);
  identity.takeSizes();
  assert.equal(identity.look("at commits"), null);
});
