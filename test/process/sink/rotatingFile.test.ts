import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { SinkEvent } from "../../../src/domain/audit/sink/sinkEvent.ts";
import { exportEndLine, exportLine } from "../../../src/domain/record/exportLine.ts";
import { createRotatingFile, type RotatingFileOptions } from "../../../src/process/sink/rotatingFile.ts";

const DAY = 86_400_000;
const root = mkdtempSync(join(tmpdir(), "scopewarden-sink-file-"));
let mounted = false;
after(() => {
  if (mounted) execFileSync("umount", [small]);
  rmSync(root, { recursive: true, force: true });
});

const lineOf = (position: number, length = 0): string =>
  exportLine({
    act: {
      format: 1,
      id: `act-${position}`,
      kind: "DECISION",
      personal: "{}",
      position,
      record: `{"b":"${"x".repeat(length)}"}`,
      salt: null,
    },
    leaf: null,
  });
const event = (position: number, length = 0): SinkEvent => ({
  position,
  id: `act-${position}`,
  kind: "DECISION",
  at: position,
  text: lineOf(position, length),
});
const events = (from: number, to: number, length = 0): readonly SinkEvent[] =>
  Array.from({ length: to - from }, (_, i) => event(from + i, length));
const never = new AbortController().signal;

function world(more: Partial<RotatingFileOptions> = {}) {
  const folder = mkdtempSync(join(root, "one-"));
  const path = join(folder, "record.ndjson");
  const time = { now: Date.now() };
  const open = () => createRotatingFile({ path, maxBytes: 1e6, daily: false, keep: 3, clock: () => time.now, ...more });
  const target = open();
  const positions = (file = path): readonly number[] =>
    readFileSync(file, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line).position);
  const take = async (...given: readonly SinkEvent[]) =>
    assert.deepEqual(await target.deliver(given, never), { kind: "DELIVERED" });
  const full = () =>
    readdirSync(folder)
      .filter((name) => name !== "record.ndjson")
      .sort();
  return { folder, path, time, open, target, positions, take, full };
}

describe("a file of a sink", () => {
  test("has a line for each event, and can be read by its owner alone", async () => {
    const w = world();
    await w.take(...events(1, 4));
    await w.take(event(4));
    assert.deepEqual(w.positions(), [1, 2, 3, 4]);
    assert.equal(statSync(w.path).mode & 0o777, 0o600);
    await w.target.close();
  });

  test("goes on where it was; a line that a crash cut in two comes again, whole", async () => {
    const w = world();
    await w.take(...events(1, 3));
    await w.target.close();
    writeFileSync(w.path, '{"format":1,"id":"act-3","ki', { flag: "a" });
    const again = w.open();
    assert.deepEqual(await again.deliver([event(3)], never), { kind: "DELIVERED" });
    assert.deepEqual(w.positions(), [1, 2, 3]);
    await again.close();
    // Nothing but half a line, longer than what is read at once.
    writeFileSync(w.path, `{"format":1,"id":"${"x".repeat(200_000)}`);
    const third = w.open();
    await third.deliver([event(1)], never);
    assert.deepEqual(w.positions(), [1]);
    await third.close();
  });

  test("gives way to another when the next line would be too much, the oldest of which go", async () => {
    const w = world({ maxBytes: 1_000, keep: 3 });
    await w.take(...events(0, 50, 330));
    assert.deepEqual(w.full(), ["record.ndjson.000022", "record.ndjson.000023", "record.ndjson.000024"]);
    for (const name of [...w.full(), "record.ndjson"]) assert.ok(statSync(join(w.folder, name)).size <= 1_000);
    const kept = [...w.full(), "record.ndjson"].flatMap((name) => w.positions(join(w.folder, name)));
    assert.deepEqual(
      kept,
      events(42, 50).map(({ position }) => position),
    );
    // A line that is longer than a file may be stands alone.
    await w.take(event(50, 5_000), event(51));
    assert.deepEqual([w.positions(join(w.folder, "record.ndjson.000026")), w.positions()], [[50], [51]]);
    await w.target.close();
  });

  test("the next file has the rights that somebody gave the one before", async () => {
    const w = world({ maxBytes: 1_000 });
    await w.take(event(1, 900));
    chmodSync(w.path, 0o640);
    await w.target.close();
    const again = w.open();
    await again.deliver([event(2, 900)], never);
    assert.equal(statSync(w.path).mode & 0o777, 0o640);
    await again.close();
  });

  test("by the day it gives way at midnight (UTC), also over a restart", async () => {
    const w = world({ daily: true });
    w.time.now = Date.UTC(2026, 10, 27, 23, 59, 59, 999);
    await w.take(event(1));
    w.time.now += 1;
    await w.take(event(2));
    await w.take(event(3));
    assert.deepEqual([w.positions(`${w.path}.000001`), w.positions()], [[1], [2, 3]]);
    await w.target.close();
    w.time.now = Date.now() + 2 * DAY;
    const later = w.open();
    await later.deliver([event(4)], never);
    assert.deepEqual([w.positions(`${w.path}.000002`), w.positions()], [[2, 3], [4]]);
    await later.close();
  });

  test("moved away, cut down or deleted by others, the next batch is in a file of that name all the same", async () => {
    const w = world();
    await w.take(event(1));
    renameSync(w.path, `${w.path}.gone`);
    await w.take(event(2));
    assert.deepEqual(w.positions(), [2]);
    truncateSync(w.path, 0);
    await w.take(event(3));
    assert.deepEqual(w.positions(), [3]);
    rmSync(w.path);
    await w.take(event(4));
    assert.deepEqual(w.positions(), [4]);
    await w.target.close();
  });

  test("what no sink has written is left as it is, and told; so is a folder that is not there", async () => {
    const w = world();
    const database = Buffer.from("SQLite format 3\0 and pages without a line feed");
    writeFileSync(w.path, database);
    const outcome = await w.target.deliver([event(1)], never);
    assert.deepEqual(outcome, {
      kind: "FAILED",
      status: null,
      error: "what stands there is no file of a sink; name another, or move it away",
    });
    assert.deepEqual(readFileSync(w.path), database);
    const own = `${lineOf(1)}\n`;
    for (const other of [
      '{"level":30,"msg":"a log of another program"}\n',
      `{"level":30}\n${own}`,
      `${own}{"level":30}\n`,
      `${own}and half a li`,
      `${own}${exportEndLine({ checkpoints: [], part: { kinds: null }, size: null })}\n`,
      '{"le',
      "{\n",
    ]) {
      writeFileSync(w.path, other);
      assert.deepEqual(await w.target.deliver([event(1)], never), outcome, other);
      assert.equal(readFileSync(w.path, "utf8"), other);
    }
    const nowhere = createRotatingFile({
      ...{ path: join(w.folder, "no", "such"), maxBytes: 1_000, daily: false, keep: 1, clock: Date.now },
    });
    assert.deepEqual(await nowhere.deliver([event(1)], never), {
      kind: "FAILED",
      status: null,
      error: "the file can't be written: ENOENT",
    });
  });
});

const small = mkdtempSync(join(root, "small-"));
try {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", small], { stdio: "pipe" });
  mounted = true;
} catch {
  // Told below: without the right to mount there is no small disk to fill.
}

test("on a full disk nothing counts as delivered, no half of a batch stays, and it goes on when there is room", {
  skip: mounted ? false : "needs the right to mount a tmpfs",
}, async () => {
  const path = join(small, "record.ndjson");
  const target = createRotatingFile({ path, maxBytes: 1e6, daily: false, keep: 1, clock: Date.now });
  assert.deepEqual(await target.deliver(events(0, 10, 1_000), never), { kind: "DELIVERED" });
  const before = readFileSync(path);
  writeFileSync(join(small, "ballast"), Buffer.alloc(100_000));
  const full = { kind: "FAILED", status: null, error: "the file can't be written: ENOSPC" };
  assert.deepEqual(await target.deliver(events(10, 210, 1_000), never), full);
  assert.deepEqual(readFileSync(path), before);
  rmSync(join(small, "ballast"));
  assert.deepEqual(await target.deliver(events(10, 150, 1_000), never), { kind: "DELIVERED" });
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).position),
    events(0, 150).map(({ position }) => position),
  );
  await target.close();
});
