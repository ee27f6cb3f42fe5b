import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import type { IndexRebuildAct, Rebuilt } from "../../src/domain/record/indexRebuildAct.ts";
import { openRecord } from "../../src/storage/record/recordSource.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { decisionAt, decisionOf, followed, recordMonths, tombstone } from "../support/archives.ts";
import { eventually } from "../support/eventually.ts";
import { allDecisions } from "./allDecisions.ts";
import { eraseBefore } from "./eraseBefore.ts";
import { onEveryBackend } from "./suite.ts";

const MONTHS = ["2024-03", "2024-04", "2024-05"];
const EACH = 150;
const HOUR_MS = 3_600_000;
const LATE_IN_MAY = Date.parse("2024-05-30T00:00:00Z");

onEveryBackend("months of the search index that are damaged", ({ backend, open }) => {
  let storage: Storage;
  let url: string;
  const time = { now: Date.now() };

  before(async () => {
    url = await backend().fresh();
    storage = await open(url, { clock: () => time.now, following: { searchClock: () => 0 } });
    await recordMonths(storage, MONTHS, EACH);
  });

  /** Has a table say of what is put in or taken away that it is damaged. */
  async function damage(id: number): Promise<void> {
    const sql =
      backend().name === "sqlite"
        ? [`UPDATE search_${id}_data SET block = x'' WHERE id > 10`]
        : [
            `CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''index is broken'' USING ERRCODE = ''XX002''; END'`,
            `CREATE TRIGGER broken BEFORE INSERT OR DELETE ON search_${id} FOR EACH STATEMENT EXECUTE FUNCTION broken()`,
          ];
    for (const statement of sql) await backend().raw(url, statement);
  }
  const idOf = async (month: string): Promise<number> =>
    Number(
      (await backend().raw(url, `SELECT "id" FROM search_month WHERE "month" = ${month.replace("-", "")}`))[0]?.id,
    );
  const rebuilds = async (): Promise<readonly Rebuilt[]> =>
    (await backend().raw(url, `SELECT "record" FROM journal WHERE "kind" = 'INDEX_REBUILD' ORDER BY "seq"`))
      .map(({ record }) => JSON.parse(String(record)) as IndexRebuildAct)
      .flatMap((act) => (act.event === "REBUILT" ? [act] : []));
  const names = (id: number) => (error: unknown) => {
    assert.ok(error instanceof ScopewardenError);
    assert.equal(error.code, "JOURNAL_UNAVAILABLE");
    assert.match(error.message, new RegExp(`search index search_${id}\\b.*damaged.*db rebuild-index`));
    return true;
  };
  /** What is refused, with the index by its name, until that is made again. */
  const untilDone = (id: number, work: () => Promise<unknown>) =>
    eventually("it is done", () =>
      work().then(
        () => true,
        (error: unknown) => !names(id)(error),
      ),
    );
  async function requireTrueIndex(): Promise<void> {
    await followed(storage);
    const record = await openRecord(url);
    assert.ok(record);
    const { behind: _, ...compared } = await record.compareIndex(() => undefined);
    assert.deepEqual(compared, { damaged: [], differences: [], derived: [] });
    await record.close();
  }
  const inMonth = (month: string) => {
    const from = Date.parse(`${month}-01T00:00:00Z`);
    return allDecisions(storage, { from, to: from + 31 * 24 * HOUR_MS, outcome: "ALLOW" });
  };
  /** Of which the newest month has enough. */
  const newest = () => storage.decisions.decisions({ filter: { outcome: "ALLOW" }, page: { first: 20, after: null } });

  test("an erasure that meets one waits for it to be made again, and is not hindered for ever", async () => {
    const id = await idOf("2024-03");
    await damage(id);
    await untilDone(id, () => eraseBefore(storage, Date.parse("2024-03-04T00:00:00Z")));
    await eventually("it is made again", async () => (await rebuilds()).length === 1);
    const [made] = await rebuilds();
    assert.deepEqual([made?.table, made?.months], [`search_${id}`, ["2024-03"]]);
    assert.ok(Number(made?.until) >= EACH);
    await requireTrueIndex();
  });

  test("a second time within a day it stays as it is: what needs it is refused by name, and all else goes on", async () => {
    const id = await idOf("2024-03");
    await damage(id);
    const later = () => eraseBefore(storage, Date.parse("2024-03-06T00:00:00Z"));
    await assert.rejects(later, names(id));
    await eventually("it is told", async () => storage.damagedIndex().length === 1);
    assert.deepEqual(
      storage.damagedIndex().map(({ id, month }) => ({ id, month })),
      [{ id, month: "2024-03" }],
    );
    await assert.rejects(inMonth("2024-03"), names(id));
    assert.equal((await newest()).items.length, 20);
    await storage.journal.append([decisionOf("2024-05", EACH)]);
    await followed(storage);
    assert.equal((await rebuilds()).length, 1);

    const record = await openRecord(url);
    assert.ok(record);
    const { damaged, differences } = await record.compareIndex(() => undefined);
    assert.deepEqual([damaged.map((each) => each.id), differences], [[id], []]);
    assert.equal((await record.unacknowledged()).length, 1);
    await record.close();

    time.now += 25 * HOUR_MS;
    await untilDone(id, later);
    await eventually("it is made again", async () => (await rebuilds()).length === 2);
    await requireTrueIndex();
    assert.ok((await inMonth("2024-03")).length > 0);
  });

  test("what follows meets it, and goes on; the open month gets what came meanwhile", async () => {
    const id = await idOf("2024-05");
    await damage(id);
    const before = (await rebuilds()).length;
    let more = 10 * EACH;
    // FTS5 looks at older parts when it merges them.
    await eventually("it is made again", async () => {
      await storage.journal.append([decisionAt(LATE_IN_MAY, more++)]);
      await newest().catch(names(id));
      return (await rebuilds()).length > before;
    });
    await requireTrueIndex();
  });

  test("an archive takes one that was made again, and is refused by name before", async () => {
    const id = await idOf("2024-03");
    const archive = await tombstone(storage, "2024-03");
    time.now += 25 * HOUR_MS;
    await damage(id);
    await assert.doesNotReject(untilDone(id, () => storage.archives.remove(archive, () => undefined)));
    await requireTrueIndex();
  });

  test("rebuild-index heals at once, whatever was made again before", async () => {
    const id = await idOf("2024-04");
    await damage(id);
    await backend().raw(url, `UPDATE search_month SET "damage" = 'said so', "damages" = 1 WHERE "id" = ${id}`);
    await storage.rebuildIndex("machine:ada@host");
    await requireTrueIndex();
    await eventually("nothing is told", async () => storage.damagedIndex().length === 0);
    const acts = (
      await backend().raw(url, `SELECT "record" FROM journal WHERE "kind" = 'INDEX_REBUILD' ORDER BY "seq"`)
    )
      .map(({ record }) => JSON.parse(String(record)) as IndexRebuildAct)
      .slice(-2);
    const [emptied, made] = acts;
    assert.ok(emptied?.event === "EMPTIED" && made?.event === "REBUILT");
    for (const act of [emptied, made]) {
      assert.deepEqual([act.by, act.table, act.finding], ["machine:ada@host", "decision_index", "2024-04: said so"]);
      assert.equal(act.rebuildId, emptied.rebuildId);
      assert.match(act.digestBefore ?? "", /^[0-9a-f]{64}$/);
    }
    assert.deepEqual(emptied.months.slice(-2), ["2024-04", "2024-05"]);
    assert.match(made.digestAfter ?? "", /^[0-9a-f]{64}$/);
    assert.deepEqual(made.months.slice(-2), ["2024-04", "2024-05"]);
    const record = await openRecord(url);
    assert.ok(record);
    assert.ok(
      (await record.unacknowledged()).some(({ by, rebuildId }) => by !== undefined && rebuildId === made.rebuildId),
    );
    await record.close();
  });
});
