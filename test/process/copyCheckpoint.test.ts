import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createCopyCheckpoint } from "../../src/process/checkpoints/copyCheckpoint.ts";

const folder = mkdtempSync(join(tmpdir(), "scopewarden-copy-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("copies stand one after the other, an empty line between them, and on a line of their own after half of one", async () => {
  const path = join(folder, "checkpoints.txt");
  const copy = createCopyCheckpoint({ kind: "FILE", path });
  await copy?.("one\n");
  await copy?.("two\n");
  assert.equal(await readFile(path, "utf8"), "one\n\ntwo\n\n");
  await writeFile(path, "one\n\ntw");
  await copy?.("three\n");
  assert.equal(await readFile(path, "utf8"), "one\n\ntw\nthree\n\n");
});
