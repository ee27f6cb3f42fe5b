import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openStorage } from "../../src/storage/storage.ts";
import { decision } from "../storage/samples.ts";
import { decisionAt, followed, recordMonths, tombstone } from "../support/archives.ts";
import { signAll, verifyHere } from "../support/signedDatabase.ts";
import { temporaryFolder } from "./support.ts";

const HOUR = 3_600_000;
const opened = async () => {
  const url = `sqlite:${join(await temporaryFolder(), "test.db")}`;
  return { url, storage: await openStorage({ url, clock: Date.now, beside: true }) };
};

test("acts that no checkpoint has for longer than --max-unsigned are told, and end with 1", async () => {
  const { storage, url } = await opened();
  await storage.journal.append([decisionAt(Date.now() - 9 * HOUR, 1)]);
  await signAll(storage);
  assert.equal((await verifyHere(url, { maxUnsigned: "0s" })).code, 0);
  const first = Date.now() - 3 * HOUR;
  await storage.journal.append([decisionAt(first, 2)]);
  await storage.journal.append([decisionAt(Date.now(), 3)]);
  await followed(storage);
  const since = new Date(first).toISOString();
  for (const treeOnly of [false, true]) {
    const inTime = await verifyHere(url, { maxUnsigned: "1d", treeOnly });
    assert.equal(inTime.code, 0, inTime.stdout);
    assert.match(
      inTime.stdout,
      new RegExp(`\\nThe last 2 acts of them no checkpoint has yet; the first is of ${since}\\.\\n`),
    );
    const late = await verifyHere(url, { maxUnsigned: "2h", treeOnly });
    assert.equal(late.code, 1);
    assert.equal(
      late.stdout.split("\n")[0],
      `unsigned too long: the first act that no checkpoint has is of ${since}, which is more than 2h ago`,
    );
  }
  const { code, stdout } = await verifyHere(url, { maxUnsigned: "2h", json: true });
  const { findings, index, keys, unsignedSince } = JSON.parse(stdout);
  assert.deepEqual([code, findings, keys, unsignedSince], [1, [], 1, since]);
  assert.deepEqual(index, { damaged: [], differences: [], derived: [], behind: 0 });
  await signAll(storage);
  assert.equal((await verifyHere(url, { maxUnsigned: "2h" })).code, 0);
  await storage.close();
});

test("--wait waits until all that is on record is signed, so that the archive of this night is no alarm", async () => {
  const { storage, url } = await opened();
  await recordMonths(storage, ["2024-03", "2024-04"], 20);
  // What signs is held back until the alarm was seen.
  const unsigned = { ...storage, record: { ...storage.record, addCheckpoint: async () => undefined } };
  const archive = await tombstone(unsigned, "2024-03");
  await storage.archives.remove(archive, () => undefined);
  const before = await verifyHere(url, { wait: "0s" });
  assert.equal(before.code, 1);
  assert.match(before.stdout, /^unsigned archive: /);
  assert.equal(before.stderr, "In 0s no checkpoint came that has all that is on record.\n");
  const waiting = verifyHere(url, { wait: "10m", maxUnsigned: "10m" });
  await signAll(storage);
  const { code, stderr, stdout } = await waiting;
  assert.deepEqual([code, stderr], [0, ""], stdout);
  assert.match(stdout, /\nPositions 1 to 20 \(acts number 1 to 20, 2024-03\) are archived in /);
  await storage.close();
});

test("a time that is none, and a file that nobody signs any more, are refused by the option's name", async () => {
  const { storage, url } = await opened();
  await storage.journal.append([decision(1)]);
  await storage.close();
  for (const value of ["", "10", "m", "-1m", "1.5h", "10 m", "1w", "1234567s"])
    for (const option of ["maxUnsigned", "wait"] as const)
      await assert.rejects(verifyHere(url, { [option]: value }), {
        exitCode: 2,
        message: `${option === "wait" ? "--wait" : "--max-unsigned"} must be a time such as 90s, 10m, 2h or 1d: a number, and s, m, h or d.`,
      });
  for (const option of ["maxUnsigned", "wait"])
    await assert.rejects(verifyHere("", { file: "record.ndjson", database: undefined as never, [option]: "1m" }), {
      exitCode: 2,
      message: /^--max-unsigned and --wait go with a database/,
    });
});
