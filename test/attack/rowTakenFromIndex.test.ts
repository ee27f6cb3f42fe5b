import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
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

test("a row taken out of the search index, which hides a disclosure from the patient, is told", async () => {
  const url = `sqlite:${join(folder, "test.db")}`;
  const open = () => openStorage({ url, clock: Date.now });
  const one = decision(7);
  const patient = one.request.resource.patient ?? "";
  const query = { patient, outcome: one.outcome, from: one.decidedAt, to: one.decidedAt + 1 };
  const storage = await open();
  await storage.journal.append([decision(1), one, decision(2)]);
  assert.equal(await storage.patientAccesses.count(query), 1);
  await signAll(storage);
  await storage.close();
  assert.equal((await verifyHere(url)).code, 0);

  for (const { name } of await sqliteRaw(url, "SELECT name FROM sqlite_schema WHERE type = 'trigger'"))
    await sqliteRaw(url, `DROP TRIGGER "${name}"`);
  await sqliteRaw(url, "DELETE FROM decision_index WHERE seq = 2");
  const after = await open();
  assert.equal(await after.patientAccesses.count(query), 0);
  await after.close();

  const { code, stdout } = await verifyHere(url);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /^index differs: of \d{4}-\d\d the search index has 1 decision otherwise than the record, or not at all; the first is at position 2\n/,
  );
  // The record itself is what was signed.
  assert.match(stdout, /\nThe record is what was signed: 3 acts, 1 checkpoint,/);
});
