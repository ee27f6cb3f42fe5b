import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { cli, temporaryFolder } from "./support.ts";

/** Each command that works on a database that is there, with what else it needs to begin. */
const COMMANDS: readonly (readonly string[])[] = [
  ["record", "retain"],
  ["record", "retain", "--dry-run"],
  ["db", "rebuild-index"],
  ["record", "archive", "--month", "2024-01", "--reason", "Old", "--to", "."],
  ["record", "rotate-checkpoint-key", "--reason", "Once a year"],
  ["key", "recover", "--subject", "ada", "--reason", "The last admin has left"],
  ["db", "backup", "--output", "never.backup"],
  ["record", "verify"],
  ["db", "check"],
  ["db", "recover"],
  ["db", "recover", "--accept", "--author", "Paula", "--reason", "Gone"],
];

for (const [i, args] of COMMANDS.entries())
  test(`where there is no database, ${args.join(" ")} says so and makes none`, async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "empty"));
    // In a folder that is there, and in one that is not: every other command each.
    const path = join(folder, i % 2 === 0 ? "empty" : "absent", "none.db");
    const { code, stdout, stderr } = await cli(args, { env: { DATABASE_URL: `sqlite:${path}` } });
    assert.deepEqual([code, stdout], [3, ""], stderr);
    assert.match(stderr, /^(There is no backup\.\n)?[Tt]here is no database (there|where|\/)/);
    assert.deepEqual(await readdir(folder, { recursive: true }), ["empty"]);
  });

test("where there is no database, seed --dry-run says what it would do to an empty one, and makes none", async () => {
  const folder = await temporaryFolder();
  const env = { DATABASE_URL: `sqlite:${join(folder, "absent", "none.db")}`, TMPDIR: folder };
  const dry = await cli(["policy", "seed", "--dry-run"], { env });
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /rows would change; the policy stays at revision 0\.\n/);
  assert.deepEqual(await readdir(folder, { recursive: true }), []);
});

test("what is wrong with a file that is no database is said line by line", async () => {
  const path = join(await temporaryFolder(), "text.db");
  await writeFile(path, "This is no database.\n".repeat(100));
  const { code, stderr } = await cli(["db", "rebuild-index"], { env: { DATABASE_URL: `sqlite:${path}` } });
  assert.equal(code, 3, stderr);
  assert.match(stderr, /^The database can't be used\. Check DATABASE_URL\.\n.*\n/);
  assert.doesNotMatch(stderr, /\\u\{a\}/);
});
