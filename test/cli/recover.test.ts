import assert from "node:assert/strict";
import { copyFile, open, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { sqliteRaw } from "../storage/backends.ts";
import { cli, temporaryFolder } from "./support.ts";

/** A seeded database, and a copy of it from before its last change. */
async function seeded() {
  const folder = await temporaryFolder();
  const path = join(folder, "test.db");
  const env = { DATABASE_URL: `sqlite:${path}` };
  assert.equal((await cli(["policy", "seed", "seeds/hospital"], { env })).code, 0);
  await copyFile(path, `${path}.old`);
  const file = join(folder, "more.yaml");
  await writeFile(file, "operations:\n  - putClient: { id: more, name: More }\n");
  assert.equal((await cli(["policy", "seed", folder], { env })).code, 0);
  return { folder, path, env };
}

const recorded = (path: string) => sqliteRaw(`sqlite:${path}`, "SELECT record FROM journal WHERE kind = 'RECOVERY'");

test("an older copy in the place of the database: said, explained, accepted, on record", async () => {
  const { folder, path, env } = await seeded();
  assert.match((await cli(["db", "recover"], { env })).stdout, /^Nothing is wrong with .*test\.db\.\n/);
  await copyFile(`${path}.old`, path);
  const refused = await cli(["policy", "seed", folder], { env });
  assert.deepEqual([refused.code, refused.stdout], [3, ""]);
  assert.match(
    refused.stderr,
    /\n {2}1 act is missing at the end of the journal in .*test\.db: it had reached position 3, and ends at 2\n/,
  );

  const explained = await cli(["db", "recover"], { env });
  assert.equal(explained.code, 1);
  assert.match(explained.stdout, /1 act is missing[\s\S]*--accept --author/);
  assert.deepEqual(await recorded(path), []);
  for (const args of [
    ["--accept"],
    ["--accept", "--author", "Paula"],
    ["--author", "Paula"],
    ["--accept", "--reason", "x"],
  ])
    assert.equal((await cli(["db", "recover", ...args], { env })).code, 2, args.join(" "));

  const accepted = await cli(["db", "recover", "--accept", "--author", "Paula", "--reason", "Restored."], { env });
  assert.equal(accepted.code, 0, accepted.stderr);
  const { at: _, ...record } = JSON.parse(String((await recorded(path))[0]?.record));
  assert.deepEqual(record, {
    author: "Paula",
    reason: "Restored.",
    finding: "ACTS_MISSING",
    expectedPosition: 3,
    foundPosition: 2,
  });
  assert.match((await cli(["db", "recover"], { env })).stdout, /^Nothing is wrong/);
  assert.equal((await cli(["policy", "seed", folder], { env })).code, 0);
});

test("verify-database finds a flipped page; that can't be accepted", async () => {
  const { path, env } = await seeded();
  const sound = await cli(["db", "check"], { env });
  assert.deepEqual([sound.code, sound.stderr], [0, ""]);
  assert.match(
    sound.stdout,
    /is sound: every page was looked at\.\nThe journal ends at position 3, and was known to reach 3\.\n$/,
  );
  const [row] = await sqliteRaw(env.DATABASE_URL, "SELECT rootpage FROM sqlite_schema WHERE name = 'policy_rule'");
  const file = await open(path, "r+");
  await file.write(Buffer.alloc(4096, 0xff), 0, 4096, (Number(row?.rootpage) - 1) * 4096);
  await file.close();
  const damaged = await cli(["db", "check", "--json"], { env });
  assert.equal(damaged.code, 1);
  const { findings, acceptable } = JSON.parse(damaged.stdout);
  assert.match(findings[0], /test\.db is damaged: /);
  assert.equal(acceptable, false);
  const { size } = await stat(path);
  const refused = await cli(["db", "recover", "--accept", "--author", "P", "--reason", "r"], { env });
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /Put a backup in its place/);
  assert.equal((await stat(path)).size, size);
});

test("what is no file, or not there, is said", async () => {
  const folder = await temporaryFolder();
  const absent = { DATABASE_URL: `sqlite:${join(folder, "none.db")}` };
  for (const command of ["check", "recover"]) {
    const { code, stderr } = await cli(["db", command], { env: absent });
    assert.deepEqual([code, stderr], [3, "There is no database where DATABASE_URL says.\n"]);
    const server = await cli(["db", command], { env: { DATABASE_URL: "postgres://db/x" } });
    assert.equal(server.code, 2);
    assert.match(server.stderr, /pg_amcheck/);
  }
  assert.deepEqual(await readdir(folder), []);
  await rm(folder, { recursive: true });
});
