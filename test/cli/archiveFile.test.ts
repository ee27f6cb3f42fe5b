import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writeArchiveFile } from "../../src/cli/archive/archiveFile.ts";
import { EXIT } from "../../src/cli/exit.ts";

async function* lines(count: number) {
  for (let n = 0; n < count; n++) yield [`line ${n} ${"x".repeat(1_000)}`];
  return count;
}

test("a place that can't be written to is a wrong option, and a full disk is not", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-archive-"));
  const check = async (): Promise<void> => undefined;
  const absent = writeArchiveFile(join(folder, "absent", "a.ndjson"), lines(1), check);
  await assert.rejects(absent, { exitCode: EXIT.badInput, message: /absent.a\.ndjson can't be written: ENOENT\.$/ });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], { stdio: "pipe" });
  } catch {
    await rm(folder, { recursive: true });
    return t.skip("needs the right to mount a tmpfs");
  }
  try {
    const full = writeArchiveFile(join(folder, "a.ndjson"), lines(1_000), check);
    await assert.rejects(full, { exitCode: EXIT.unavailable, message: /a\.ndjson can't be written: ENOSPC\.$/ });
    assert.deepEqual(await readdir(folder), []);
  } finally {
    execFileSync("umount", [folder]);
    await rm(folder, { recursive: true });
  }
});
