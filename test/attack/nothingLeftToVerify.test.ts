import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStorage } from "../../src/storage/storage.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { decision } from "../storage/samples.ts";
import { signAll, verifyHere } from "../support/signedDatabase.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-attack-"));
});
after(() => rm(folder, { recursive: true, force: true }));

let databases = 0;
/** A signed record out of which somebody with the file has taken all rows of some tables. */
async function emptied(...tables: readonly string[]) {
  const url = `sqlite:${join(folder, `${++databases}.db`)}`;
  const storage = await openStorage({ url, clock: Date.now });
  await storage.journal.append([decision(1), decision(2)]);
  const note = await signAll(storage);
  await storage.close();
  for (const { name } of await sqliteRaw(url, "SELECT name FROM sqlite_schema WHERE type = 'trigger'"))
    await sqliteRaw(url, `DROP TRIGGER "${name}"`);
  for (const table of tables) await sqliteRaw(url, `DELETE FROM ${table}`);
  const kept = `${url.slice("sqlite:".length)}.txt`;
  await writeFile(kept, note);
  return { url, kept };
}

test("where nothing was taken, it is proved", async () => {
  const { url } = await emptied();
  for (const treeOnly of [false, true]) {
    const { code, stdout } = await verifyHere(url, { treeOnly });
    assert.equal(code, 0, stdout);
  }
});

test("where tree, checkpoints and keys are gone, nothing is proved, whichever key is given", async () => {
  const { url } = await emptied("record_tile", "record_checkpoint", "record_key");
  const { code, stdout } = await verifyHere(url, { treeOnly: true });
  assert.equal(code, 1);
  assert.match(stdout, /^nothing is signed: no checkpoint speaks for any act, so nothing is proved\.\n$/);
});

test("nor is it where the acts are gone with them", async () => {
  const { url } = await emptied("record_tile", "record_checkpoint", "record_key", "journal", "decision_index");
  for (const treeOnly of [false, true]) assert.equal((await verifyHere(url, { treeOnly })).code, 1, `${treeOnly}`);
});

test("keys that are gone are missed", async () => {
  const { url } = await emptied("record_key");
  for (const treeOnly of [false, true]) {
    const { code, stdout } = await verifyHere(url, { treeOnly });
    assert.deepEqual(
      [code, stdout],
      [1, "keys are gone: the database names none by which its checkpoints were signed.\n"],
    );
  }
});

test("checkpoints that are gone are missed, although one that was kept elsewhere speaks for all", async () => {
  const { kept, url } = await emptied("record_checkpoint");
  for (const treeOnly of [false, true]) {
    const { code, stdout } = await verifyHere(url, { treeOnly, checkpoint: [kept] });
    assert.deepEqual([code, stdout], [1, "checkpoints are gone: the database has none, and there was one at least.\n"]);
  }
});
