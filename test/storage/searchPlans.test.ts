import assert from "node:assert/strict";
import { test } from "node:test";
import type { DecisionFilter } from "../../src/domain/decisions/types.ts";
import type { Statement } from "../../src/storage/database/connection.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { offsetsByText } from "../../src/storage/journal/decisionBlocks.ts";
import { conditionsOf, newestOf } from "../../src/storage/journal/decisionConditions.ts";
import { newestOfOne, positionsOfAny, soughtKey } from "../../src/storage/journal/decisionKeys.ts";
import { type Blocks, facetConditions, setsOfNetwork, setsOfValues } from "../../src/storage/journal/facetSets.ts";
import { FACETS } from "../../src/storage/journal/facets.ts";
import { masksOf } from "../../src/storage/journal/keyBlooms.ts";
import { eventually } from "../support/eventually.ts";
import { planOf } from "./planOf.ts";
import { decision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const COUNT = 6_000;
const BLOCK = 256;

/** Every second one is about several patients. */
function made(n: number) {
  const { request, ...rest } = decision(n);
  const several = { ...request.resource, patient: null, patients: [`patient-${n % 301}`, `patient-${n % 299}x`] };
  return { ...rest, request: n % 2 === 0 ? request : { ...request, resource: several } };
}

onEveryBackend("the plans by which decisions are searched", ({ open, backend }) => {
  test("name the index that is made for each statement", { timeout: 120_000 }, async () => {
    const url = await backend().fresh();
    const following = { blockSize: BLOCK };
    const storage = await open(url, { following });
    for (let n = 0; n < COUNT; n += 500)
      await storage.journal.append(Array.from({ length: 500 }, (_, i) => made(n + i)));
    const blocks = Math.floor(COUNT / BLOCK);
    await eventually("all blocks are sealed", async () => {
      const [row] = await backend().raw(url, `SELECT COUNT(*) AS "n" FROM decision_block`);
      return Number(row?.n) === blocks;
    });
    const isPostgres = backend().name === "postgres";
    // As many slices as some batches have, which are of more blocks than are worth sealing here.
    await backend().raw(
      url,
      `INSERT INTO decision_bloom_slice ("slice", "batch", "masks") SELECT i."seq" - 1, b."seq" - 1, f."positions"
        FROM decision_index AS i, decision_index AS b, (SELECT "positions" FROM decision_facet LIMIT 1) AS f
        WHERE i."seq" <= 512 AND b."seq" <= 4`,
    );
    if (isPostgres) await backend().raw(url, "VACUUM ANALYZE");
    const plan = (statement: Statement) => planOf(backend(), url, statement);
    const tellsOf = async (what: string, statement: Statement, sqlite: RegExp, postgres: RegExp) => {
      const told = await plan(statement);
      assert.match(told, isPostgres ? postgres : sqlite, what);
      assert.doesNotMatch(
        told,
        isPostgres ? /Seq Scan|Join Filter|Hash|Sort/ : /SCAN (?!a\b)|TEMP B-TREE FOR ORDER/,
        what,
      );
    };

    const dialect = dialectOf(url);
    const byFacet = [
      /PRIMARY KEY \(facet=\? AND value=\? AND block/,
      /Index Only Scan( Backward)? using decision_facet_pkey/,
    ] as const;
    for (const filter of [
      { clientId: "client-3" },
      { scope: "rare" },
      { outcome: "DENY", clientId: "client-3" },
      { clientId: "client-3", scope: "rare", outcome: "DENY" },
    ] as const) {
      const { values } = facetConditions(filter);
      const sets = (blocks: Blocks) => setsOfValues(values, { blocks, dialect, most: 5 });
      assert.notEqual(values[0]?.[0], "outcome", "what is in nearly all blocks is not gone through for the others");
      await tellsOf("sets", sets({ lowest: 0, highest: blocks }), ...byFacet);
      // That a value is nowhere is found out once, not for each block of another.
      if (values.length > 1) assert.match(await plan(sets({ lowest: 0, highest: blocks })), /InitPlan|SCALAR SUBQUERY/);
      await tellsOf("sets of some", sets({ lowest: 1, highest: blocks, among: [3, 14] }), ...byFacet);
    }
    const ofNetwork = setsOfNetwork("10.1.2.0/30", { lowest: blocks - 2, highest: blocks });
    const told = await plan(ofNetwork);
    assert.match(told, isPostgres ? /decision_facet_pkey/ : byFacet[0]);
    if (!isPostgres) assert.match(told, /decision_address_key/);

    const newest = (filter: DecisionFilter, after: number, until: number) =>
      newestOf(conditionsOf(filter, dialect), { after, until }, 50);
    const [byRow] = newest({ outcome: "DENY", from: 5 }, 4_000, 4_512);
    assert.ok(byRow);
    await tellsOf("looked through", byRow, /INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/, /decision_index_pkey/);
    const span = { after: 5 * BLOCK, until: COUNT };
    const ofOne = (filter: DecisionFilter, among?: readonly number[]) => {
      const found = { lowest: 5, highest: blocks - 1, ...(among && { among }) };
      const key = soughtKey(filter) ?? assert.fail();
      return newestOfOne(key, filter, (those) => conditionsOf(those, dialect))(span, found, 50);
    };
    // Block by block from the newest, so that it ends where it has enough.
    const [ofPatient, beside] = ofOne({ patient: "patient-7" });
    assert.ok(ofPatient && beside);
    const byKey = [
      /PRIMARY KEY \(block=\? AND name=\? AND value=\? AND seq>\? AND seq<\?\)/,
      /Index Only Scan( Backward)? using decision_key_pkey/,
    ] as const;
    const keyed = async (what: string, statement: Statement) => {
      const told = await plan(statement);
      assert.match(told, isPostgres ? byKey[1] : byKey[0], what);
      assert.doesNotMatch(told, isPostgres ? /Seq Scan on decision_(key|index)/ : /SCAN |TEMP B-TREE/, what);
    };
    await keyed("by patient", ofPatient);
    assert.match(await plan(beside), isPostgres ? /decision_patient_pkey/ : /of_patient=\?/);
    for (const filter of [
      { resourceId: "obs-9" },
      { resourceId: "obs-9", patient: "patient-7" },
      { patient: "patient-7", from: 5 },
    ]) {
      const [statement] = ofOne(filter);
      assert.ok(statement);
      await keyed(JSON.stringify(filter), statement);
    }
    for (const filter of [{ patient: "patient-7" }, { resourceId: "obs-9", from: 5 }]) {
      const [statement] = ofOne(filter, [6, 9, 14]);
      assert.ok(statement);
      await keyed(`of some blocks: ${JSON.stringify(filter)}`, statement);
    }
    const ofKey = await plan(masksOf(dialect, ["patient", "patient-7"], { from: 0, to: 3, size: BLOCK }));
    assert.match(
      ofKey,
      isPostgres ? /decision_bloom_slice_pkey/ : /SEARCH s USING PRIMARY KEY \(batch=\? AND slice=\?\)/,
    );
    assert.doesNotMatch(ofKey, /Seq Scan/);
    const among = positionsOfAny("subjectId", "?, ?", BLOCK);
    const two = ["subject-1", "subject-2"];
    const ofAny = await plan([
      `SELECT COUNT(*) AS "n" FROM decision_index WHERE "seq" IN (${among})`,
      [5, ...two, ...two],
    ]);
    assert.match(ofAny, isPostgres ? /decision_key_pkey/ : /PRIMARY KEY \(block=\? AND name=\? AND value=\?/);
    assert.doesNotMatch(ofAny, isPostgres ? /Seq Scan on decision_(key|index)/ : /SCAN (?!b\b)/);
    for (const facet of Object.values(FACETS))
      assert.match(
        await plan([offsetsByText(dialect, facet), [1, 4_096, 4_352]]),
        isPostgres ? /decision_index_pkey/ : /INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/,
        facet.column.name,
      );
  });
});
