import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decisionSubject } from "../../src/domain/decisions/decisionSubject.ts";
import type { AccessRecord, DecisionFilter, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { endOf } from "../../src/domain/kernel/pages.ts";
import type { Statement } from "../../src/storage/database/connection.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { createDecisionBlocks } from "../../src/storage/journal/decisionBlocks.ts";
import {
  bitsOf,
  blocksThatMayHave,
  bloomShape,
  type SoughtKey,
  sideBySide,
} from "../../src/storage/journal/keyBlooms.ts";
import { hasBit } from "../../src/storage/journal/positionSets.ts";
import type { Storage, StorageOptions } from "../../src/storage/storage.ts";
import { eventually } from "../support/eventually.ts";
import { allDecisions } from "./allDecisions.ts";
import { betweenPlanAndWrite, eraseBefore } from "./eraseBefore.ts";
import { decision } from "./samples.ts";
import { requireTrueSets } from "./sealedSets.ts";
import { onEveryBackend } from "./suite.ts";

const SIZE = 64;
/** Two batches have their slices, one has its filters only, and a block is not sealed. */
const BLOCKS = 24;
const COUNT = BLOCKS * SIZE + 30;
const DAY = 86_400_000;

/** Who occurs in all blocks, in some, in one; and who stands beside others. */
function made(n: number): DecisionRecord {
  const block = Math.floor(n / SIZE);
  const base = decision(n) as AccessRecord;
  const patient =
    n % 7 === 0 ? "often" : n % SIZE === 5 && [1, 9, 20].includes(block) ? "é|seldom" : `p${block}-${n % 9}`;
  const several = n % 11 === 0;
  const resource = {
    ...base.request.resource,
    id: n % 3 === 0 ? null : `r${n}`,
    patient: several ? null : patient,
    patients: several ? [patient, "beside"] : null,
  };
  return { ...base, decidedAt: base.decidedAt + n * 1_000, request: { ...base.request, resource } };
}
const RECORDS = Array.from({ length: COUNT }, (_, n) => made(n));
const PATIENTS = ["often", "é|seldom", "beside", "nobody", ...Array.from({ length: BLOCKS }, (_, b) => `p${b}-3`)];
const RESOURCES = ["r1", "r2", "r700", "r1025", `r${COUNT - 1}`, "r3", "nothing"];
const FIRST_AT = RECORDS[0]?.decidedAt ?? 0;

const filters: fc.Arbitrary<DecisionFilter> = fc
  .record({
    patient: fc.option(fc.constantFrom(...PATIENTS), { nil: undefined }),
    resourceId: fc.option(fc.constantFrom(...RESOURCES), { nil: undefined }),
    outcome: fc.option(fc.constantFrom("ALLOW" as const, "DENY" as const), { nil: undefined }),
    from: fc.option(fc.integer({ min: FIRST_AT, max: FIRST_AT + COUNT * 2_000 }), { nil: undefined }),
  })
  .filter(({ patient, resourceId }) => patient !== undefined || resourceId !== undefined)
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

function holds(record: DecisionRecord, { from, outcome, patient, resourceId }: DecisionFilter): boolean {
  const about = decisionSubject(record);
  return (
    (patient === undefined || about.patients.includes(patient)) &&
    (resourceId === undefined || about.resourceId === resourceId) &&
    (outcome === undefined || record.outcome === outcome) &&
    (from === undefined || record.decidedAt >= from)
  );
}

test("filters side by side say of each bit which blocks have it", () => {
  const parts = fc.array(fc.uint8Array({ minLength: 4, maxLength: 4 }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(parts, (given) => {
      const masks = sideBySide(given, 32);
      assert.equal(masks.length, 32);
      for (const [block, part] of given.entries())
        for (let bit = 0; bit < 32; bit++)
          assert.equal(hasBit(masks.subarray(bit, bit + 1), block), hasBit(part, bit), `${block} ${bit}`);
    }),
  );
});

test("the bits of a key stay what they are: filters on disk know them", () => {
  assert.deepEqual(bloomShape(8_192), { blocks: 64, bits: 262_144, bitsOfSlice: 64, slicesOfStep: 4 });
  assert.deepEqual(bitsOf(["patient", "p1"], 262_144), [29_567, 180_397, 38_034]);
  assert.deepEqual(bitsOf(["resourceId", "p1"], 262_144), [78_767, 78_148, 107_318]);
});

onEveryBackend("filters of the keys of blocks", ({ backend, open }) => {
  const following = (more: StorageOptions["following"] = {}): Partial<StorageOptions> => ({
    following: { blockSize: SIZE, searchClock: () => 0, ...more },
  });
  const count = async (url: string, table: string): Promise<number> =>
    Number((await backend().raw(url, `SELECT COUNT(*) AS "n" FROM ${table}`))[0]?.n);
  async function sealed(): Promise<{ readonly storage: Storage; readonly url: string }> {
    const url = await backend().fresh();
    const storage = await open(url, following());
    for (let at = 0; at < COUNT; at += 300) await storage.journal.append(RECORDS.slice(at, at + 300));
    await eventually("all full blocks are sealed", async () => (await count(url, "decision_block")) === BLOCKS);
    return { storage, url };
  }
  /** Which blocks may have a key. */
  const may = (url: string, key: SoughtKey): Promise<readonly number[]> => {
    const dialect = dialectOf(url);
    // Its one parameter is rows of numbers as JSON.
    const ask = ([sql, [rows]]: Statement) => backend().raw(url, sql.replace("?", `'${rows}'`));
    return blocksThatMayHave({ ask, dialect }, key, { lowest: 0, highest: BLOCKS - 1, size: SIZE });
  };
  const has = (key: SoughtKey): readonly number[] => {
    const [name, value] = key;
    const blocks = RECORDS.flatMap((record, n) =>
      (name === "patient"
        ? record.kind === "ACCESS" && record.request.resource.patient === value
        : decisionSubject(record).resourceId === value) && n < BLOCKS * SIZE
        ? [Math.floor(n / SIZE)]
        : [],
    );
    return [...new Set(blocks)].reverse();
  };

  test("name every block that has a key, and of those that lack it hardly any", async () => {
    const { url } = await sealed();
    await requireTrueSets(backend(), url, SIZE);
    const { bits, bitsOfSlice, blocks } = bloomShape(SIZE);
    assert.equal(await count(url, "decision_bloom_slice"), (2 * bits) / bitsOfSlice);
    // Of the newest batch, and of the one before, whose slices are made with the newest's blocks.
    assert.equal(await count(url, "decision_bloom"), 2 * blocks);
    let [inVain, lacking] = [0, 0];
    const keys = [
      ...PATIENTS.map((value) => ["patient", value] as const),
      ...Array.from({ length: 400 }, (_, n) => ["resourceId", `r${n * 7}`] as const),
    ];
    for (const key of keys) {
      const named = await may(url, key);
      for (const block of has(key)) assert.ok(named.includes(block), `${key} in ${block}`);
      // The last batch has no slices yet.
      const without = Array.from({ length: 2 * blocks }, (_, b) => b).filter((b) => !has(key).includes(b));
      lacking += without.length;
      inVain += named.filter((b) => without.includes(b)).length;
      assert.deepEqual(
        named.filter((b) => b >= 2 * blocks),
        [23, 22, 21, 20, 19, 18, 17, 16],
      );
    }
    assert.ok(inVain < lacking / 50, `${inVain} of ${lacking}`);
  });

  test("searches find by them what the records themselves say, from any cursor, whether the time is up or not", {
    timeout: 120_000,
  }, async () => {
    const { storage, url } = await sealed();
    let now = 0;
    const short = await open(url, following({ searchClock: () => (now += 1_000) }));
    const positions = new Map<string, number>();
    for (let after: number | null = null, more = true; more; ) {
      const page = await storage.decisions.decisions({ filter: {}, page: { first: 500, after } });
      for (const { key, node } of page.items) positions.set(node.id, key);
      [after, more] = [endOf(page), page.hasNextPage];
    }
    assert.equal(positions.size, COUNT);
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.option(fc.integer({ min: 0, max: COUNT + 2 })),
        fc.integer({ min: 1, max: 40 }),
        async (filter, after, first) => {
          const wanted = RECORDS.filter(
            (record) => holds(record, filter) && (after === null || (positions.get(record.id) ?? 0) < after),
          )
            .map(({ id }) => id)
            .reverse();
          const page = await storage.decisions.decisions({ filter, page: { first, after } });
          assert.deepEqual(
            page.items.map(({ node }) => node.id),
            wanted.slice(0, first),
          );
          const walked: string[] = [];
          for (let at: number | null = after; ; ) {
            const part = await short.decisions.decisions({ filter, page: { first, after: at } });
            walked.push(...part.items.map(({ node }) => node.id));
            if (!part.hasNextPage) break;
            at = endOf(part);
          }
          assert.deepEqual(walked, wanted);
        },
      ),
      { numRuns: 120 },
    );
    // The accesses to one patient's data, too.
    for (const patient of PATIENTS) {
      const wanted = RECORDS.filter(({ outcome }) => outcome === "ALLOW").filter((record) =>
        holds(record, { patient }),
      );
      const query = { patient, outcome: "ALLOW", from: 0, to: FIRST_AT + DAY * 9 } as const;
      assert.equal(await storage.patientAccesses.count(query), wanted.length, patient);
      const newest = await storage.patientAccesses.newest({ ...query, without: [], after: null, first: 9_999 });
      assert.equal(newest.length, wanted.length, patient);
      let alike = 0;
      await storage.patientAccesses.alike(query, (part) => {
        for (const { count } of part) alike += count;
      });
      assert.equal(alike, wanted.length, patient);
    }
  });

  test("are made anew with the index, and nothing but a filter's end gets through their guards", async () => {
    const { storage, url } = await sealed();
    const slices = () => backend().raw(url, 'SELECT * FROM decision_bloom_slice ORDER BY "batch", "slice"');
    const before = await slices();
    for (const sql of [`UPDATE decision_bloom_slice SET "batch" = 7`, `UPDATE decision_bloom SET "bits" = "bits"`])
      await assert.rejects(backend().raw(url, sql), /append-only/, sql);
    await backend().raw(url, `DELETE FROM decision_bloom_slice WHERE "slice" > 5`);
    const wanted = RECORDS.filter((record) => holds(record, { patient: "é|seldom" })).map(({ id }) => id);
    const found = async () => (await allDecisions(storage, { patient: "é|seldom" })).map(({ id }) => id).reverse();
    assert.deepEqual(await found(), wanted);
    // Slices of before that would hide everything in the newest blocks.
    const { bits, bitsOfSlice } = bloomShape(SIZE);
    const nothing = backend().name === "postgres" ? "decode(repeat('00', 16), 'hex')" : "zeroblob(16)";
    await backend().raw(
      url,
      `INSERT INTO decision_bloom_slice ("slice", "batch", "masks")
        SELECT "seq" - 1, 2, ${nothing} FROM decision_index WHERE "seq" <= ${bits / bitsOfSlice}`,
    );
    assert.equal((await may(url, ["patient", "often"]))[0], 15, "they hide it");
    await storage.rebuildIndex();
    assert.equal((await may(url, ["patient", "often"]))[0], 23);
    assert.deepEqual(await slices(), before);
    assert.deepEqual(await found(), wanted);
    await requireTrueSets(backend(), url, SIZE);
  });

  test("have no bit of what is erased once they are read, and not yet written", async () => {
    const url = await backend().fresh();
    const storage = await open(url, following({ idle: () => false }));
    await storage.journal.append(RECORDS.slice(0, 2 * SIZE));
    await storage.journalSpan();
    let erased = 0;
    const slow = betweenPlanAndWrite(createDecisionBlocks(SIZE), async ({ until }) => {
      if (until % SIZE === 0) erased += await eraseBefore(storage, RECORDS[until - 20]?.decidedAt ?? 0);
    });
    const sealing = await open(url, following({ consumers: [[slow]] }));
    await eventually("both are sealed", async () => (await count(url, "decision_block")) === 2);
    await sealing.close();
    assert.ok(erased > SIZE, String(erased));
    await requireTrueSets(backend(), url, SIZE);
  });

  test("are in no slice that was read before something of them was erased", async () => {
    const url = await backend().fresh();
    const storage = await open(url, following({ idle: () => false }));
    const { blocks } = bloomShape(SIZE);
    for (let at = 0; at < 9 * SIZE; at += SIZE) await storage.journal.append(RECORDS.slice(at, at + SIZE));
    await storage.journalSpan();
    const slow = betweenPlanAndWrite(createDecisionBlocks(SIZE), async ({ after }) => {
      if (after === blocks * SIZE) await eraseBefore(storage, RECORDS[SIZE]?.decidedAt ?? 0);
    });
    const sealing = await open(url, following({ consumers: [[slow]] }));
    await eventually("all are sealed", async () => (await count(url, "decision_block")) === 9);
    await sealing.close();
    assert.equal(await count(url, "decision_bloom_slice"), 0);
    await requireTrueSets(backend(), url, SIZE);
  });

  test("forget whose decisions are erased: the blocks of their batch are looked into again", async () => {
    const { storage, url } = await sealed();
    await storage.journalSpan();
    const batches = async () =>
      (await backend().raw(url, 'SELECT DISTINCT "batch" FROM decision_bloom_slice ORDER BY 1')).map(({ batch }) =>
        Number(batch),
      );
    assert.deepEqual(await batches(), [0, 1]);
    await eraseBefore(storage, RECORDS[2 * SIZE]?.decidedAt ?? 0);
    assert.deepEqual(await batches(), [1]);
    assert.equal((await may(url, ["patient", "nobody"])).filter((block) => block < 8).length, 8);
    await requireTrueSets(backend(), url, SIZE);
    const left = RECORDS.slice(2 * SIZE).filter((record) => holds(record, { patient: "often" }));
    assert.deepEqual(
      (await allDecisions(storage, { patient: "often" })).map(({ id }) => id).reverse(),
      left.map(({ id }) => id),
    );
  });
});
