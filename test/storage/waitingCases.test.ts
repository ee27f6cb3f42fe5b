import assert from "node:assert/strict";
import { test } from "node:test";
import type { CaseReader } from "../../src/domain/cases/caseDesk.ts";
import type { CaseRow } from "../../src/domain/cases/caseKind.ts";
import { byUrgency, type Urgency } from "../../src/domain/cases/waitingLine.ts";
import { restrictionKind } from "../../src/domain/decisions/restrictions/restrictionKind.ts";
import { alertKind } from "../../src/domain/monitoring/alerts/whoMay.ts";
import { sampleKind } from "../../src/domain/monitoring/samples/sampleKind.ts";
import { RANKS } from "../../src/domain/monitoring/watch/rank.ts";
import { createCaseSql } from "../../src/storage/cases/caseSql.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { OPEN_PLACE } from "../../src/storage/monitoring/alertStore.ts";
import { keptRestriction } from "../support/restrictions.ts";
import { onEveryBackend } from "./suite.ts";

const MANY = 40;
const PART = 7;
const NOW = 2_000_000;
const numbers = Array.from({ length: MANY }, (_, n) => n);
/** The same times and severities come again and again, in no order of the ids. */
const mixed = (n: number, most: number): number => (n * 7_919) % most;

onEveryBackend("cases that wait", ({ backend, open }) => {
  /** All that waits, read in parts of seven, and how it is put in order. */
  async function inParts<Case extends { readonly id: string }, State extends string>(
    reader: CaseReader<Case, State>,
    {
      now = NOW,
      rowOf,
      states,
    }: { readonly rowOf: (of: Case) => CaseRow; readonly states: readonly State[]; readonly now?: number },
  ): Promise<readonly Urgency[]> {
    const found: Urgency[] = [];
    for (let after: Case | null = null; ; ) {
      const part: readonly Case[] = await reader.waiting({ states, now, of: {}, first: PART, after });
      for (const each of part) {
        const { dueAt, endsAt, id, openedAt } = rowOf(each);
        const { severity = null } = each as { readonly severity?: Urgency["severity"] };
        found.push({ id, since: openedAt, due: dueAt ?? endsAt, severity });
      }
      after = part.at(-1) ?? null;
      if (part.length < PART) break;
    }
    assert.equal(await reader.count({ states, now, of: {}, first: 1_000 }), found.length);
    return found;
  }
  function requireInOrder(found: readonly Urgency[], length: number): void {
    assert.equal(new Set(found.map(({ id }) => id)).size, length);
    assert.equal(found.length, length);
    assert.deepEqual(found, [...found].sort(byUrgency));
  }

  test("are read in parts by how urgent they are, each once: those that end, those that have time, and alerts", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const raw = (sql: string) => backend().raw(url, sql);
    for (const n of numbers)
      await storage.restrictions.impose(
        keptRestriction(`r${mixed(n, 1_000)}`, {
          ...{ alertId: null, holder: { kind: "CLIENT", id: `client-${n}` } },
          ...{ imposedAt: NOW - 1 - mixed(n, 3), endsAt: NOW + mixed(n, 5) },
        }),
      );
    const samples = numbers.map(
      (n) =>
        `('s${mixed(n, 1_000)}', 'SAMPLE', '${n === 0 ? "JUDGED" : "OPEN"}', '0', ${mixed(n, 6)}, 'key:a', FALSE, 1, '{"decisionId":"d","population":9}')`,
    );
    await raw(
      `INSERT INTO case_file (id, kind, state, parent, opened_at, opened_by, is_over, version, body) VALUES ${samples.join(", ")}`,
    );
    const alerts = numbers.map(
      (n) =>
        `('a${mixed(n, 1_000)}', 'SUBJECT', 'user/${n}', 1, 1, ${mixed(n, 7)}, 1, '${["HIGH", "LOW", "INFO", "MEDIUM"][mixed(n, 4)]}', '${RANKS[mixed(n, 3)]}', '[]', 'd', ${mixed(n, 4)}, ${n % 5 === 0 ? "'Patient/p1'" : "NULL"})`,
    );
    const ofPatient = `('of-p1', 'PATIENT', 'p1', 1, 1, 3, 1, 'LOW', 'UNUSUAL', '[]', 'd', 1, NULL)`;
    await raw(
      `INSERT INTO watch_story (id, entity_kind, entity_id, first_at, last_at, points, count, severity, rank, detectors, last_decision_id, opened_at, matter) VALUES ${ofPatient}, ${alerts.join(", ")}`,
    );
    const ending = await inParts(storage.restrictions, { rowOf: restrictionKind.rowOf, states: ["IN_FORCE"] });
    // Eight of them are over at that time.
    requireInOrder(ending, MANY - 8);
    requireInOrder(await inParts(storage.samples, { rowOf: sampleKind.rowOf, states: ["OPEN"] }), MANY - 1);
    const waiting = await inParts(storage.alerts, { rowOf: alertKind.rowOf, states: ["OPEN", "ACKNOWLEDGED"] });
    const { items } = await storage.alerts.page({ filter: {}, page: { first: 200, after: null } });
    const listed = items.map(({ node }) => node);
    // The inbox and the list have one order: HIGH, rank, points, and last what is part of another.
    assert.deepEqual(
      waiting.map(({ id }) => id),
      listed.map(({ id }) => id),
    );
    assert.equal(waiting.length, MANY + 1);
    const places = listed.map(({ partOfId, points, rank, severity }) => [
      ...[partOfId === null, severity === "HIGH", RANKS.indexOf(rank), points].map(Number),
    ]);
    const isBefore = (a: readonly number[], b: readonly number[]): number =>
      b.map((each, i) => each - (a[i] ?? 0)).find((each) => each !== 0) ?? 0;
    assert.deepEqual(places, [...places].sort(isBefore));
    const parts = listed.filter(({ partOfId }) => partOfId === "of-p1");
    assert.ok(parts.length > 3 && parts.every(({ severity }) => severity !== "HIGH"));
  });

  test("are read by an index, so that what stands behind a page costs nothing", async () => {
    const url = await backend().fresh();
    await open(url);
    for (const [table, index] of [
      ["case_file", "case_waiting"],
      ["watch_story", "watch_story_waiting"],
    ] as const) {
      const plan = await planOf(url, table);
      assert.match(plan, new RegExp(index), plan);
      assert.doesNotMatch(plan, /TEMP B-TREE|\bSort\b/, plan);
    }
  });

  /** How the first statement of an inbox is carried out. */
  async function planOf(url: string, table: "case_file" | "watch_story"): Promise<string> {
    const dialect = dialectOf(url);
    const { select, urgent } = createCaseSql(dialect, sampleKind);
    const statement =
      table === "case_file"
        ? `${select} AND "decided_at" IS NULL ORDER BY ${urgent}`
        : `SELECT * FROM watch_story WHERE "opened_at" IS NOT NULL AND "closed_at" IS NULL ORDER BY ${OPEN_PLACE} DESC, "id" DESC`;
    const explain = dialect.name === "postgres" ? "EXPLAIN" : "EXPLAIN QUERY PLAN";
    return JSON.stringify(await backend().raw(url, `${explain} ${statement} LIMIT 25`));
  }
});
