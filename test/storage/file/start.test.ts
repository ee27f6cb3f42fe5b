import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { changeOf } from "../../../src/domain/policy/snapshot.ts";
import type { StorageLog } from "../../../src/storage/database/connection.ts";
import { readMark } from "../../../src/storage/database/file/highWaterMark.ts";
import { openStorage, type StorageOptions } from "../../../src/storage/storage.ts";
import { heldReader, sqliteRaw } from "../backends.ts";
import { client, decision, revision, rule } from "../samples.ts";
import { until } from "../waiting.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-start-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const FILES = ["", "-wal", ".mark"] as const;
const ACTS = 300;
const said: string[] = [];
const log: StorageLog = ({ message, detail }) => void said.push(`${message} ${detail ?? ""}`);
const start = (path: string, more: Partial<StorageOptions> = {}) =>
  openStorage({ url: `sqlite:${path}`, clock: Date.now, log, ...more });

let databases = 0;
const newPath = async (): Promise<string> => {
  const path = join(folder, `${++databases}`, "test.db");
  await mkdir(join(folder, `${databases}`));
  return path;
};

async function marked(path: string, position: number): Promise<void> {
  for (;;) {
    const mark = await readMark(`${path}.mark`);
    if (mark !== null && mark !== "unreadable" && mark.position >= position) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The files as a service leaves them that is killed: half of its acts in the file, half only in the log. */
async function killed(acts = ACTS): Promise<string> {
  const [from, to] = [await newPath(), await newPath()];
  const storage = await start(from);
  const half = acts / 2;
  for (let n = 0; n < half; n++) await storage.journal.append([decision(n)]);
  // Else it might write, and copy, between the two that follow.
  await storage.untilFollowed();
  await sqliteRaw(`sqlite:${from}`, "PRAGMA wal_checkpoint(FULL)");
  const release = await heldReader(from);
  for (let n = half; n < acts; n++) await storage.journal.append([decision(n)]);
  await marked(from, acts);
  for (const suffix of FILES) await copyFile(from + suffix, to + suffix);
  await release();
  await storage.close();
  return to;
}

async function flip(path: string, at: number, count = 1): Promise<void> {
  const file = await open(path, "r+");
  const bytes = Buffer.alloc(count);
  await file.read(bytes, 0, count, at);
  await file.write(
    bytes.map((byte) => byte ^ 0xff),
    0,
    count,
    at,
  );
  await file.close();
}

/** The first page of the tree of a table or index, from 0. */
async function pageOf(path: string, name: string): Promise<number> {
  const [row] = await sqliteRaw(`sqlite:${path}`, `SELECT rootpage FROM sqlite_schema WHERE name = '${name}'`);
  return Number(row?.rootpage) - 1;
}

describe("a start", () => {
  test("after a kill finds all, and keeps the mark", async () => {
    const path = await killed();
    const storage = await start(path);
    await storage.journal.append([decision(ACTS)]);
    await storage.close();
    assert.deepEqual(Object.keys((await readMark(`${path}.mark`)) ?? {}), ["position", "digest"]);
    await marked(path, ACTS + 1);
    await (await start(path)).close();
  });

  test("without the log: says how many acts are missing, and is refused", async () => {
    const path = await killed();
    await rm(`${path}-wal`);
    await assert.rejects(
      start(path),
      /1\d\d acts are missing at the end of the journal in .*had reached position 300, and ends at 1\d\d[\s\S]*scopewarden db recover/,
    );
    await assert.rejects(start(path), /acts are missing/);
  });

  test("with a log of which one byte is wrong: says the same, and leaves the log as it is", async () => {
    const path = await killed();
    // In its first page: of one that began anew, the rest may be what was there before.
    await flip(`${path}-wal`, 32 + 24 + 2_048);
    const before = await readFile(`${path}-wal`);
    await assert.rejects(start(path), /acts are missing at the end of the journal/);
    assert.deepEqual(await readFile(`${path}-wal`), before);
  });

  test("without the file: says that all is missing, and makes no new one", async () => {
    const path = await killed();
    await rm(path);
    await assert.rejects(start(path), /300 acts are missing[\s\S]*its write-ahead log is not/);
    await rm(`${path}-wal`);
    await assert.rejects(start(path), /300 acts are missing/);
    await assert.rejects(stat(path), { code: "ENOENT" });
  });

  test("with a file that was cut down, or is none of SQLite's: is refused", async () => {
    const path = await killed();
    await (await start(path)).close();
    const { size } = await stat(path);
    await truncate(path, Math.floor(size / 8192) * 4096);
    await assert.rejects(start(path), /is damaged: /);
    await writeFile(path, "x".repeat(8192));
    await assert.rejects(start(path), /is damaged: .*NOTADB/);
  });

  for (const tables of [
    ["policy_rule", "policy_grant"],
    ["journal", "decision_index"],
    ["api_key", "journal_id"],
    ["sqlite_autoindex_journal_follower_1", "policy_revision"],
  ])
    test(`with two pages of ${tables.join(" and ")} flipped: is refused`, async () => {
      const path = await killed(20);
      await (await start(path)).close();
      for (const table of tables) await flip(path, (await pageOf(path, table)) * 4096, 4096);
      await assert.rejects(start(path), /is damaged: /);
    });

  test("with one letter of a rule changed, in a page that is in order: is refused", async () => {
    const path = await newPath();
    const storage = await start(path);
    const [before, after] = ["only.on.the.ward", "only.in.the.ward"];
    await storage.policy.commit(
      revision(1, [changeOf("client", null, client("a")), changeOf("rule", null, rule("r", { description: before }))]),
    );
    await storage.policy.commit(revision(2, [changeOf("client", client("a"), null)]));
    await storage.close();
    const file = await readFile(path);
    await (await start(path)).close();
    const place = file.indexOf(before);
    assert.equal(place, file.lastIndexOf(before));
    const changed = Buffer.from(file);
    changed.write(after, place);
    await writeFile(path, changed);
    await assert.rejects(start(path), /revision 1 of the policy is not what was committed/);
  });

  test("with another journal that goes further: is refused", async () => {
    const [path, other] = [await killed(10), await newPath()];
    const storage = await start(other);
    for (let n = 0; n < 40; n++) await storage.journal.append([decision(1000 + n)]);
    await storage.close();
    await rm(`${path}-wal`);
    await copyFile(other, path);
    await assert.rejects(start(path), /holds another journal than it did/);
  });

  test("with a mark that can't be read: is refused; without one it is said, and goes on", async () => {
    const path = await killed(10);
    await flip(`${path}.mark`, 30);
    await assert.rejects(start(path), /the high-water mark .* can't be read/);
    await rm(`${path}.mark`);
    said.length = 0;
    await (await start(path)).close();
    assert.match(said.join("\n"), /no high-water mark/);
    await marked(path, 10);
  });

  test("that somebody answers for goes on with what is there, and is on record", async () => {
    const path = await killed();
    await rm(`${path}-wal`);
    const accept = { author: "Paula Admin", reason: "The disk failed." };
    const storage = await start(path, { accept });
    await storage.journal.append([decision(5000)]);
    await storage.close();
    const rows = await sqliteRaw(`sqlite:${path}`, "SELECT seq, record FROM journal WHERE kind = 'RECOVERY'");
    assert.equal(rows.length, 1);
    const { at, ...record } = JSON.parse(String(rows[0]?.record));
    assert.ok(Math.abs(at - Date.now()) < 60_000);
    assert.deepEqual(record, {
      ...accept,
      finding: "ACTS_MISSING",
      expectedPosition: ACTS,
      foundPosition: Number(rows[0]?.seq) - 1,
    });
    await (await start(path)).close();
    await (await start(path, { accept })).close();
    assert.equal((await sqliteRaw(`sqlite:${path}`, "SELECT 1 FROM journal WHERE kind = 'RECOVERY'")).length, 1);
  });

  test("can't be had by answering for damage", async () => {
    const path = await killed(10);
    await (await start(path)).close();
    await flip(path, (await pageOf(path, "policy_rule")) * 4096, 4096);
    await assert.rejects(start(path, { accept: { author: "a", reason: "b" } }), /is damaged/);
  });

  test("that has no time to look at every page: does so behind, and what is found stops the answers", async () => {
    const path = await killed(20);
    await (await start(path)).close();
    await flip(path, (await pageOf(path, "journal_id")) * 4096, 4096);
    said.length = 0;
    const storage = await start(path, { checkWithinMs: 0 });
    await until(storage.journal, false);
    assert.match(said.join("\n"), /The database is damaged: no more decisions/);
    assert.throws(() => storage.journal.admit(1), { code: "JOURNAL_UNAVAILABLE" });
    await storage.close();
    const sound = await start(await killed(20), { checkWithinMs: 0 });
    while (!said.some((line) => line.includes("Every page of the database was checked, and is sound")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(sound.journal.ready, true);
    await sound.close();
  });
});
