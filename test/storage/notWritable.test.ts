import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { notWritable } from "../../src/storage/database/file/notWritable.ts";

test("where a file may not be written is said, and what is in the way; another error stays as it is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-readonly-"));
  const path = join(folder, "test.db");
  await writeFile(path, "");
  await chmod(path, 0o444);
  const error = Object.assign(new Error("SQLITE_READONLY: attempt to write a readonly database"), {
    code: "SQLITE_READONLY",
  });
  const said = notWritable(error, path);
  assert.ok(said instanceof Error);
  // Whoever is root may write all the same.
  const why = process.getuid?.() === 0 ? error.message : `this user may not write ${path}`;
  assert.equal(said.message, `the database ${path} can't be written: ${why}`);
  const other = new Error("SQLITE_BUSY");
  assert.equal(notWritable(other, path), other);
  await rm(folder, { recursive: true });
});
