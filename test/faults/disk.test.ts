import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { openStorage } from "../../src/storage/storage.ts";
import { allDecisions } from "../storage/allDecisions.ts";
import { alreadyFlushed, type Call, losePower, startFaulty, unable } from "./faultyDisk.ts";

const folder = mkdtempSync(join(tmpdir(), "scopewarden-disk-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let databases = 0;

/** A database that is there, empty and flushed. */
async function newDatabase(): Promise<string> {
  const path = join(folder, `${++databases}.db`);
  await (await openStorage({ url: `sqlite:${path}`, clock: Date.now })).close();
  await alreadyFlushed(path);
  return path;
}

/** The ids on record, by the service as it starts anew. */
async function onRecord(path: string): Promise<readonly string[]> {
  const storage = await openStorage({ url: `sqlite:${path}`, clock: Date.now });
  const ids = (await allDecisions(storage, {})).map(({ id }) => id);
  await storage.close();
  return ids;
}

const missing = (acknowledged: readonly string[], ids: readonly string[]): readonly string[] => {
  const there = new Set(ids);
  return acknowledged.filter((id) => !there.has(id));
};

describe("a disk that fails or loses power", { skip: unable }, () => {
  test("power lost under load: every acknowledged decision is there, once", async () => {
    const path = await newDatabase();
    for (const round of [0, 1, 2]) {
      const before = round === 0 ? [] : await onRecord(path);
      await alreadyFlushed(path);
      const running = await startFaulty(path, "FULL", String(round * 1_000_000));
      await running.until(() => running.acknowledged.length > 300, "300 answers");
      await running.kill();
      losePower(path);
      const ids = await onRecord(path);
      assert.deepEqual(missing([...before, ...running.acknowledged], ids), []);
      assert.equal(new Set(ids).size, ids.length);
    }
  });

  test("with a lower `synchronous` the same loses acknowledged decisions, and the start says so", async () => {
    const path = await newDatabase();
    const running = await startFaulty(path, "NORMAL");
    await running.until(() => running.acknowledged.length > 100, "100 answers");
    await running.until(() => existsSync(`${path}.mark`), "a high-water mark");
    await running.kill();
    losePower(path);
    await assert.rejects(onRecord(path), /acts are missing at the end of the journal/);
  });

  const faults: readonly (readonly [Call, number, keyof typeof constants.errno])[] = [
    ["sync", 1, "EIO"],
    ["sync", 2, "EIO"],
    ["sync", 5, "EIO"],
    ["write", 1, "EIO"],
    ["write", 3, "EIO"],
    ["write", 1, "ENOSPC"],
    ["write", 4, "ENOSPC"],
    ["write", 2, "EROFS"],
  ];
  for (const [call, count, errno] of faults)
    test(`the next ${count} of its calls to ${call} fail with ${errno}: well again by itself, and nothing is lost or doubled`, async () => {
      const path = await newDatabase();
      // Where it matters whose calls fail, nothing writes but the journal.
      const running = await startFaulty(path, "FULL", "0", count === 2 ? "follows" : "alone");
      await running.until(() => running.acknowledged.length > 50, "50 answers");
      running.fail(call, count, constants.errno[errno]);
      const then = running.acknowledged.length;
      await running.until(() => running.failed() === count, `${count} calls that failed`);
      await running.until(() => running.acknowledged.length > then + 300, "300 answers after the fault");
      // What fails once is tried once more, on a new connection.
      if (count === 1) assert.deepEqual([...running.refused], []);
      else if (count > 2) assert.ok((running.refused.get("JOURNAL_UNAVAILABLE") ?? 0) > 0);
      assert.ok([...running.refused.keys()].every((code) => code === "JOURNAL_UNAVAILABLE"));
      await running.kill();
      losePower(path);
      const ids = await onRecord(path);
      assert.deepEqual(missing(running.acknowledged, ids), []);
      assert.equal(new Set(ids).size, ids.length);
    });
});
