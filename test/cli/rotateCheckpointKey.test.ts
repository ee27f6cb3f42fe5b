import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { newNoteKey, noteSigner } from "../../src/process/noteKeys.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { cli, temporaryFolder } from "./support.ts";

let url: string;
let file: string;
const rotate = (...more: readonly string[]) =>
  cli(["record", "rotate-checkpoint-key", "--reason", "Test", ...more], { env: { DATABASE_URL: url } });
const acts = async () => (await sqliteRaw(url, "SELECT 1 FROM journal WHERE kind = 'CHECKPOINT_KEY'")).length;
const current = async () =>
  String((await sqliteRaw(url, "SELECT public_key FROM record_key WHERE until_size IS NULL"))[0]?.public_key);

before(async () => {
  const path = join(await temporaryFolder(), "record.db");
  [url, file] = [`sqlite:${path}`, `${path}.checkpoint-key`];
  const pem = newNoteKey();
  const storage = await openStorage({ url, clock: Date.now });
  await storage.record.addFirstKey({ publicKey: noteSigner("test", pem).publicKey, madeAt: 1, sinceSize: 0 });
  await storage.close();
  await writeFile(file, pem);
});

test("a new key that can't be written is no rotation, and nothing of it is on record", async () => {
  await mkdir(join(`${file}.new`, "in the way"), { recursive: true });
  const key = await current();
  const failed = await rotate();
  assert.deepEqual([failed.code, failed.stdout], [3, ""]);
  assert.match(failed.stderr, /^The new key can't be written to .*checkpoint-key\.new\.\n/);
  assert.deepEqual([await acts(), await current()], [0, key]);
  await rm(`${file}.new`, { recursive: true });
});

test("one that broke off before it was committed is begun anew; one that broke off after it is finished", async () => {
  await writeFile(`${file}.new`, newNoteKey());
  const done = await rotate();
  assert.equal(done.code, 0, done.stderr);
  assert.equal(done.stdout.trim(), await current());
  assert.deepEqual([await acts(), existsSync(`${file}.new`)], [1, false]);

  const pem = await readFile(file, "utf8");
  await rename(file, `${file}.new`);
  await writeFile(file, newNoteKey());
  const finished = await rotate();
  assert.equal(finished.code, 0, finished.stderr);
  assert.match(finished.stdout, /\nAn earlier rotation had broken off, and is finished with this key\.\n$/);
  assert.deepEqual([await readFile(file, "utf8"), await acts(), existsSync(`${file}.new`)], [pem, 1, false]);
});

test("without the old key it goes on only where that is said", async () => {
  await rm(file);
  const refused = await rotate();
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /SCOPEWARDEN_CHECKPOINT_KEY .*--without-old-key/);
  assert.equal(await acts(), 1);
  const done = await rotate("--without-old-key");
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /\nThe old key was not there: /);
  assert.equal(done.stdout.split("\n")[0], await current());
});
