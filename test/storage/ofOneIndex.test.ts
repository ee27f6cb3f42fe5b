import assert from "node:assert/strict";
import { test } from "node:test";
import { DataSource } from "typeorm";
import type { RawRow } from "../../src/storage/database/connection.ts";
import type { PreparedReads } from "../../src/storage/database/dialect.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import { createOfOneIndex } from "../../src/storage/journal/ofOneIndex.ts";
import { createWatching } from "../../src/storage/monitoring/watching.ts";
import { openStorageOn, type Storage } from "../../src/storage/storage.ts";
import { UNHURRIED } from "../support/unhurried.ts";
import { accessOf, DAY, NOON } from "../support/watchedAccess.ts";
import { onEveryBackend } from "./suite.ts";

const FIRST_MONTH = /^SELECT MIN\("id"\)/;
const DERIVED = /\b(search_\d+|search_mark|decision_index|rollup|watched_access)\b/;

test("an answer is asked again until nothing was emptied meanwhile, and refused in the end", async () => {
  const generations = [1, 2, 3, 3];
  const { again, once } = createOfOneIndex(
    async () => [{ first: generations.shift() ?? Math.random() }],
    async () => undefined,
  );
  let asked = 0;
  assert.equal(await again(async () => ++asked), 3);
  const refused = { code: "JOURNAL_UNAVAILABLE", message: /made anew meanwhile. Ask again/ };
  await assert.rejects(
    again(async () => ++asked),
    refused,
  );
  assert.equal(asked, 8);
  await assert.rejects(
    once(async () => ++asked),
    refused,
  );
  assert.equal(asked, 9);
});

onEveryBackend("an index that is made anew in the midst of an answer", ({ backend }) => {
  const TODAY = { from: NOON - (NOON % DAY), to: NOON - (NOON % DAY) + DAY };
  const ADA = { ...TODAY, patient: "ada", outcome: "ALLOW" } as const;
  const person = { subjectId: "nina", subjectType: "user", clientId: null };
  /** Every answer that rests on what is derived from decisions. */
  const ASKED: { readonly [name: string]: (storage: Storage) => Promise<unknown> } = {
    "what is counted": ({ counter }) =>
      counter.count({ ...TODAY, dimensions: ["OUTCOME"], filter: {}, first: 10, before: null, time: null }),
    "the use of a scope": ({ usage }) => usage.ofScope("view_notes", NOON),
    "the use by clients": ({ usage }) => usage.ofClients(["ehr"], NOON),
    "accesses that were allowed": ({ usage }) =>
      usage.allowed({ clientId: "ehr", scope: "view_notes", since: NOON, first: 9 }),
    "the accesses of a patient": ({ patientAccesses }) => patientAccesses.count(ADA),
    "the newest of them": ({ patientAccesses }) =>
      patientAccesses.newest({ ...ADA, without: [], after: null, first: 9 }),
    "evidence of use": ({ evidence }) => evidence.usesOfHolders({ holders: [person], since: NOON, from: NOON }),
    "what requests leave out": ({ blindSpots }) => blindSpots.counts(TODAY),
    "what nothing explains": ({ blindSpots }) => blindSpots.unexplained(TODAY),
    "how much is explained": ({ watched }) => watched.counts({ ...TODAY, by: null }),
    "what explains a decision": ({ watched }) => watched.ofDecision("a1"),
    "accesses to draw from": ({ samples }) => samples.unexplained({ ...TODAY, after: null, first: 9 }),
    "how far the journal goes": ({ journalSpan }) => journalSpan(),
  };

  test("makes it begin again: nothing is told by halves", async (t) => {
    let looks = 0;
    let emptied = 0;
    const falsified = (sql: string, read: () => Promise<readonly RawRow[]>): Promise<readonly RawRow[]> => {
      if (looks === 0) return read();
      // Before the first attempt 1, from then on 2.
      if (FIRST_MONTH.test(sql)) return Promise.resolve([{ first: Math.min(looks++, 2) }]);
      if (looks > 2 || !DERIVED.test(sql)) return read();
      emptied++;
      return Promise.resolve([]);
    };
    const dialect = dialectOf(await backend().fresh());
    const preparingReads = (source: DataSource): PreparedReads => {
      const reads = dialect.preparingReads(source);
      // Of PostgreSQL they are questions of the source, below.
      return dialect.file === null
        ? reads
        : { ...reads, rows: (sql, values) => falsified(sql, () => reads.rows(sql, values)) };
    };
    const storage = await openStorageOn({
      dialect: { ...dialect, preparingReads },
      clock: () => NOON + DAY,
      beside: true,
      following: { ...UNHURRIED, consumers: [[decisionIndex], [createWatching()]] },
    });
    await storage.journal.append([accessOf("a1"), accessOf("a2"), accessOf("a3", { patient: "ben", outcome: "DENY" })]);
    // Each waits for what it rests on, so that nothing follows any more when what followers read, too, is falsified.
    await storage.untilFollowed();
    for (const ask of Object.values(ASKED)) await ask(storage);
    assert.equal((await storage.samples.unexplained({ ...TODAY, after: null, first: 9 })).length, 2);
    const query = DataSource.prototype.query;
    t.mock.method(DataSource.prototype, "query", function (this: DataSource, sql: string, values?: unknown[]) {
      return falsified(sql, () => query.call(this, sql, values) as Promise<RawRow[]>);
    });
    for (const [name, ask] of Object.entries(ASKED)) {
      looks = 0;
      const whole = await ask(storage);
      [looks, emptied] = [1, 0];
      assert.deepEqual(await ask(storage), whole, name);
      assert.deepEqual([emptied > 0, looks], [true, 4], name);
    }
    // What is handed on while it is read can't begin again.
    looks = 1;
    const alike = storage.patientAccesses.alike(ADA, () => {});
    await assert.rejects(alike, { code: "JOURNAL_UNAVAILABLE" });
    t.mock.restoreAll();
    looks = 0;
    await storage.close();
  });
});
