import assert from "node:assert/strict";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { sqliteRaw } from "../storage/backends.ts";
import { cli, temporaryFolder } from "./support.ts";

test("a backup is written, restored by somebody with a reason, and can be seeded on", async () => {
  const folder = await temporaryFolder();
  const env = { DATABASE_URL: `sqlite:${join(folder, "live.db")}` };
  const place = { DATABASE_URL: `sqlite:${join(folder, "new", "place.db")}` };
  const file = join(folder, "one.backup");
  const absent = await cli(["db", "backup", "--output", file], { env });
  assert.deepEqual([absent.code, absent.stdout], [3, ""]);
  assert.match(absent.stderr, /^There is no backup\.\nthere is no database .*live\.db\n$/);
  const nowhere = await cli(["db", "backup", "--output", join(folder, "no", "one.backup")], { env });
  assert.deepEqual([nowhere.code, nowhere.stdout], [2, ""]);
  assert.match(nowhere.stderr, /^--output must name a new file in a folder that is there, and .*\/no is none\.\n$/);
  assert.equal((await cli(["policy", "seed", "seeds/hospital"], { env })).code, 0);

  const written = await cli(["db", "backup", "--output", file, "--json"], { env });
  assert.equal(written.code, 0, written.stderr);
  const { end, bytes, sha256, ...rest } = JSON.parse(written.stdout);
  assert.deepEqual(rest, { database: "sqlite", file, unfinished: [] });
  assert.ok(end >= 1 && bytes > 4096);
  assert.equal(await readFile(`${file}.sha256`, "utf8"), `${sha256}  one.backup\n`);
  const twice = await cli(["db", "backup", "--output", file], { env });
  assert.deepEqual([twice.code, twice.stderr], [3, `There is no backup.\n${file} is there already\n`]);

  for (const args of [[], ["--author", "Paula"], ["--reason", "Disk."], ["--author", " ", "--reason", "Disk."]])
    assert.equal((await cli(["db", "restore", file, ...args], { env: place })).code, 2, args.join(" "));
  const given = ["--author", "Paula Admin", "--reason", "Disk replaced."];
  assert.equal((await cli(["db", "restore", file, ...given, "--sha256", "12"], { env: place })).code, 2);
  const occupied = await cli(["db", "restore", file, ...given], { env });
  assert.deepEqual([occupied.code, occupied.stdout], [3, ""]);
  assert.match(occupied.stderr, /^Nothing was restored\.\n.*live\.db is there: a backup is only put in an empty place/);
  const missing = await cli(["db", "restore", join(folder, "none"), ...given], { env: place });
  assert.deepEqual([missing.code, missing.stdout], [3, ""]);
  assert.match(missing.stderr, /^Nothing was restored\.\nthere is no backup .*\/none\n$/);
  const aFolder = await cli(["db", "restore", folder, ...given], { env: place });
  assert.deepEqual([aFolder.code, aFolder.stdout], [3, ""]);
  assert.match(aFolder.stderr, /^Nothing was restored\.\nthe backup .* can't be read: EISDIR\n$/);
  assert.deepEqual(await readdir(join(folder, "new")).catch(() => []), []);

  const restored = await cli(["db", "restore", file, ...given], { env: place });
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(restored.stdout, new RegExp(`^The database is there, with every act up to position ${end}, and `));
  const [act] = await sqliteRaw(place.DATABASE_URL, "SELECT record FROM journal WHERE kind = 'RECOVERY'");
  const { at: _, ...record } = JSON.parse(String(act?.record));
  assert.deepEqual(record, {
    author: "Paula Admin",
    reason: "Disk replaced.",
    finding: "RESTORED",
    expectedPosition: null,
    foundPosition: end,
  });
  assert.match((await cli(["db", "check"], { env: place })).stdout, /is sound/);
  assert.equal((await cli(["policy", "seed", "seeds/hospital"], { env: place })).code, 0);
  await rm(folder, { recursive: true, force: true });
});
