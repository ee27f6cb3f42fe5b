import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createRetention } from "../../src/domain/audit/retention/retention.ts";
import type { DecisionFilter, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { erasureAct } from "../../src/domain/record/acts.ts";
import { verifyExport } from "../../src/domain/record/verify/verifyExport.ts";
import { verifyRecord } from "../../src/domain/record/verify/verifyRecord.ts";
import { noteVerifier } from "../../src/process/noteKeys.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import { openRecord } from "../../src/storage/record/recordSource.ts";
import type { Storage, StorageOptions } from "../../src/storage/storage.ts";
import { followed, linesOfMonth, recordMonths, sign, signer, tombstone } from "../support/archives.ts";
import { countedIn } from "../support/counted.ts";
import { allDecisions } from "./allDecisions.ts";
import { onEveryBackend } from "./suite.ts";

const RETENTION_MS = 6 * 366 * 86_400_000;
const MONTHS = ["2024-03", "2024-04", "2024-05"];
const EACH = 150;
const following = (more: StorageOptions["following"] = {}): Partial<StorageOptions> => ({
  following: { searchClock: () => 0, ...more },
});
const verifier = noteVerifier(signer.publicKey);
assert.ok(verifier);
const trusted = {
  hash: recordHash,
  keys: [{ verifier, publicKey: signer.publicKey, untilSize: null }],
  readKey: noteVerifier,
  elsewhere: [],
};

/** Rows and tokens of the index are what the record says. */
async function requireTrueIndex(url: string): Promise<void> {
  const record = await openRecord(url);
  assert.ok(record);
  try {
    assert.deepEqual((await record.compareIndex(() => undefined)).differences, []);
  } finally {
    await record.close();
  }
}

async function verified(url: string) {
  const record = await openRecord(url);
  assert.ok(record);
  try {
    return await verifyRecord({ ...trusted, source: record.source, progress: () => undefined });
  } finally {
    await record.close();
  }
}

/** Erases what was decided before a time. */
async function erase(storage: Storage, before: string): Promise<number> {
  await followed(storage);
  const snapshot = await storage.policy.load();
  const retention = createRetention({
    ...{ store: storage.retention, snapshot: () => snapshot, hash: recordHash, newId: () => randomUUID() },
    ...{ clock: () => Date.parse(before) + RETENTION_MS, giveWay: async () => undefined },
  });
  const { acts } = await retention.eraseDue();
  await storage.record.untilGrown();
  await sign(storage);
  return acts;
}

const FILTERS: readonly (readonly [DecisionFilter, (record: DecisionRecord) => boolean])[] = [
  [{ clientId: "client-3" }, ({ request }) => request.clientId === "client-3"],
  [{ outcome: "DENY" }, ({ outcome }) => outcome === "DENY"],
  [{ subjectId: "user-2" }, ({ request }) => request.subject?.id === "user-2"],
  [{ ipAddress: "10.1.2.3" }, ({ request }) => request.context?.ipAddress === "10.1.2.3"],
  [{ network: "10.1.0.0/16" }, ({ request }) => request.context?.ipAddress === "10.1.2.3"],
  [{ reason: "ALLOWED_BY_RULE", purposeOfUse: "TREAT" }, ({ outcome }) => outcome === "ALLOW"],
  [
    { kind: "ACCESS", to: Date.parse("2024-05-03T00:00:00Z") },
    ({ decidedAt }) => decidedAt < Date.parse("2024-05-03T00:00:00Z"),
  ],
];

onEveryBackend("archives beside erasure and the index", ({ backend, open }) => {
  const count = async (url: string, from: string): Promise<number> =>
    Number((await backend().raw(url, `SELECT COUNT(*) AS "n" FROM ${from}`))[0]?.n);
  /** Each filter finds what of these records it should, wherever a month begins. */
  async function requireFound(storage: Storage, records: readonly DecisionRecord[]): Promise<void> {
    for (const [filter, holds] of FILTERS)
      assert.deepEqual(
        (await allDecisions(storage, filter)).map(({ id }) => id).reverse(),
        records.filter(holds).map(({ id }) => id),
        JSON.stringify(filter),
      );
  }

  test("a month proves itself that has both acts of erasure and erased acts", async () => {
    const url = await backend().fresh();
    const storage = await open(url, following());
    await recordMonths(storage, ["2024-03"], 20);
    const at = Date.parse("2024-03-30T00:00:00Z");
    const nothing = { policyRevision: 0, positions: [], acts: {}, values: 0, oldestAt: at, newestAt: at };
    await storage.recordAct(erasureAct(randomUUID(), { at, ...nothing }));
    await recordMonths(storage, ["2024-04"], 20);
    assert.ok((await erase(storage, "2024-03-20T00:00:00Z")) > 0);
    const { lines } = await linesOfMonth(storage, "2024-03");
    const file = await verifyExport({
      ...trusted,
      lines: async function* () {
        yield lines;
      },
    });
    assert.ok(typeof file !== "string");
    assert.deepEqual(file.findings, []);
    assert.ok(file.erased > 0 && file.size === 21);
  });

  test("what leaves leaves the index as well, erased or not; the rest is found, verifies, and is put in again", {
    timeout: 300_000,
  }, async () => {
    const url = await backend().fresh();
    const storage = await open(url, following());
    await recordMonths(storage, MONTHS, EACH);
    assert.ok((await erase(storage, "2024-03-04T00:00:00Z")) > 50);
    await followed(storage);
    const uses = async () =>
      JSON.stringify((await backend().raw(url, countedIn("USE"))).map((row) => JSON.stringify(row)).sort());
    const counted = await uses();
    const before = await verified(url);
    assert.deepEqual(before.findings, []);
    assert.ok(before.erased > 50);

    let left = (await allDecisions(storage, {})).toReversed();
    for (const month of MONTHS.slice(0, 2)) {
      const { lines } = await linesOfMonth(storage, month);
      const file = await verifyExport({
        ...trusted,
        lines: async function* () {
          yield lines;
        },
      });
      assert.ok(typeof file !== "string");
      assert.deepEqual(file.findings, [], "an archive that has erased acts");
      assert.ok(file.erased > 10, `${file.erased} values of ${month}`);
      const archive = await tombstone(storage, month);
      await storage.archives.remove(archive, () => undefined);
      left = left.filter(({ decidedAt }) => new Date(decidedAt).toISOString().slice(0, 7) > month);
      assert.equal(left.length, (MONTHS.length - 1 - MONTHS.indexOf(month)) * EACH);
      await requireTrueIndex(url);
      await requireFound(storage, left);
      await sign(storage);
      assert.deepEqual((await verified(url)).findings, []);
      if (month !== MONTHS[0]) continue;
      assert.ok((await erase(storage, "2024-04-03T00:00:00Z")) > 20, "of what is there");
      left = (await allDecisions(storage, {})).toReversed();
      await requireFound(storage, left);
      await requireTrueIndex(url);
    }
    const until = 2 * EACH;
    assert.equal(await count(url, `decision_index WHERE "seq" <= ${until}`), 0);
    assert.equal(await count(url, `retention_passed WHERE "position" <= ${until}`), 0);
    assert.equal(
      await count(url, `search_month WHERE "first_position" < ${until - EACH}`),
      0,
      "tables of months go as a whole",
    );
    await storage.rebuildIndex();
    await followed(storage);
    await requireTrueIndex(url);
    await requireFound(storage, left);
    assert.equal(await uses(), counted, "uses are counted once, and stay");
    const { name, raw } = backend();
    await assert.rejects(
      raw(url, `UPDATE decision_index SET "subject_id" = NULL WHERE "seq" = 400`),
      /append-only/,
      name,
    );
    assert.ok((await erase(storage, "2024-05-03T00:00:00Z")) > 20, "after the index was made anew");
    await requireFound(storage, (await allDecisions(storage, {})).toReversed());
    assert.deepEqual((await verified(url)).findings, []);
  });
});
