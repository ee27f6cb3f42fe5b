import assert from "node:assert/strict";
import { test } from "node:test";
import type { DecisionFilter } from "../../src/domain/decisions/types.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { offsetsByText } from "../../src/storage/journal/decisionBlocks.ts";
import { conditionsOf, newestOf, type Statement } from "../../src/storage/journal/decisionConditions.ts";
import { facetConditions } from "../../src/storage/journal/facetSets.ts";
import { FACETS } from "../../src/storage/journal/facets.ts";
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
    const following = { blockSize: BLOCK, idle: () => true, lookAtOthersEveryMs: 20 };
    const storage = await open(url, { following });
    for (let n = 0; n < COUNT; n += 500)
      await storage.journal.append(Array.from({ length: 500 }, (_, i) => made(n + i)));
    const blocks = Math.floor(COUNT / BLOCK);
    await eventually("all blocks are sealed", async () => {
      const [row] = await backend().raw(url, `SELECT COUNT(*) AS "n" FROM decision_block`);
      return Number(row?.n) === blocks;
    });
    const isPostgres = backend().name === "postgres";
    if (isPostgres) await backend().raw(url, "ANALYZE");
    const plan = (statement: Statement) => planOf(backend(), url, statement);
    const tellsOf = async (what: string, statement: Statement, sqlite: RegExp, postgres: RegExp) => {
      const told = await plan(statement);
      assert.match(told, isPostgres ? postgres : sqlite, what);
      assert.doesNotMatch(told, isPostgres ? /Seq Scan/ : /SCAN (?!a\b)|TEMP B-TREE FOR ORDER/, what);
    };

    const byFacet = [/PRIMARY KEY \(facet=\? AND value=\? AND block/, /decision_facet_pkey/] as const;
    for (const filter of [{ clientId: "client-3" }, { outcome: "DENY" }, { scope: "rare" }] as const) {
      const [condition] = facetConditions(filter);
      assert.ok(condition?.newest);
      await tellsOf("newest block", condition.newest(blocks), ...byFacet);
      await tellsOf("sets", condition.sets({ lowest: blocks - 2, highest: blocks }), ...byFacet);
      await tellsOf("sets of some", condition.sets({ lowest: 1, highest: blocks, among: [3, 14] }), ...byFacet);
    }
    const [network] = facetConditions({ network: "10.1.2.0/30" });
    assert.ok(network);
    const ofNetwork = network.sets({ lowest: blocks - 2, highest: blocks });
    const told = await plan(ofNetwork);
    assert.match(told, isPostgres ? /decision_facet_pkey/ : byFacet[0]);
    if (!isPostgres) assert.match(told, /decision_address_key/);

    const dialect = dialectOf(url);
    const newest = (filter: DecisionFilter, after: number, until: number) =>
      newestOf(conditionsOf(filter, dialect), { after, until }, 50);
    const [byRow] = newest({ outcome: "DENY", from: 5 }, 4_000, 4_512);
    assert.ok(byRow);
    await tellsOf("looked through", byRow, /INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/, /decision_index_pkey/);
    const [ofIndex, beside] = newest({ patient: "patient-7" }, 0, COUNT);
    assert.ok(ofIndex && beside);
    await tellsOf(
      "by patient",
      ofIndex,
      /decision_index_patient \(patient=\? AND seq>\? AND seq<\?\)/,
      /decision_index_patient/,
    );
    assert.match(await plan(beside), isPostgres ? /decision_patient_pkey/ : /of_patient=\?/);
    const [byResource] = newest({ resourceId: "obs-9" }, 0, COUNT);
    assert.ok(byResource);
    await tellsOf("by resource", byResource, /decision_index_resource/, /decision_index_resource/);
    for (const facet of Object.values(FACETS))
      assert.match(
        await plan([offsetsByText(dialect, facet), [1, 4_096, 4_352]]),
        isPostgres ? /decision_index_pkey/ : /INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/,
        facet.column.name,
      );
  });
});
