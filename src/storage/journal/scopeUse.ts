import { createHash } from "node:crypto";
import { HOUR_MS } from "../../domain/audit/countedWindow.ts";
import { DAY_MS } from "../../domain/policy/use.ts";
import type { Statement } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { type AlikeDecisions, areAccesses } from "./alikeDecisions.ts";

/** UTF-8 bytes of a scope that stands in an index as it is: with the id of a client it is below what PostgreSQL takes. */
const LONGEST_KEY = 1_000;

/** By what a scope is found. No scope has a space, so none is taken for the hash of another. */
export const scopeKey = (scope: string): string =>
  scope.length * 3 <= LONGEST_KEY || Buffer.byteLength(scope) <= LONGEST_KEY
    ? scope
    : `sha256 ${createHash("sha256").update(scope, "utf8").digest("hex")}`;

/** The scopes in `more_scopes`. */
export const scopesIn = (more: unknown): readonly string[] => String(more).trim().split(" ");

/** Uses of one scope by one client, as a batch has them: by the hour, and the newest. */
interface BatchUse {
  readonly clientId: string;
  readonly scope: string;
  lastUsedAt: number;
  readonly byHour: Map<number, number>;
}

/** An answer uses the scope that it names, and those on which it rests beside that (domain/decisions/scopesUsed.ts). */
function usesOf(alike: readonly AlikeDecisions[]): readonly BatchUse[] {
  const uses = new Map<string, BatchUse>();
  for (const row of alike) {
    if (!areAccesses(row) || row.outcome !== "ALLOW") continue;
    const { clientId, hour, last, n } = row;
    const more = row.moreScopes === null ? [] : scopesIn(row.moreScopes);
    for (const scope of row.scope === null ? more : [row.scope, ...more]) {
      const key = JSON.stringify([clientId, scope]);
      const use = uses.get(key) ?? { clientId, scope, lastUsedAt: last, byHour: new Map<number, number>() };
      uses.set(key, use);
      use.lastUsedAt = Math.max(use.lastUsedAt, last);
      use.byHour.set(hour, (use.byHour.get(hour) ?? 0) + n);
    }
  }
  return [...uses.values()];
}

function statementsOf(dialect: Dialect) {
  const { integer, rows, text } = jsonRows(dialect);
  return {
    addUses: withParameters(
      dialect,
      `INSERT INTO scope_use ("client_id", "scope_key", "scope", "last_used_at")
        SELECT ${text(0)}, ${text(1)}, ${text(2)}, ${integer(3)} FROM ${rows} WHERE TRUE
        ON CONFLICT ("scope_key", "client_id") DO UPDATE SET "last_used_at" = excluded."last_used_at"
          WHERE excluded."last_used_at" > scope_use."last_used_at"`,
    ),
    addCounts: withParameters(
      dialect,
      `INSERT INTO scope_use_count ("grain", "start", "of_use", "n")
        SELECT ${text(0)}, ${integer(1)}, u."id", ${integer(4)} FROM ${rows} CROSS JOIN scope_use AS u
          WHERE u."client_id" = ${text(2)} AND u."scope_key" = ${text(3)}
        ON CONFLICT ("grain", "start", "of_use") DO UPDATE SET "n" = scope_use_count."n" + excluded."n"`,
    ),
  };
}

/**
 * Counts which client used which scope, by its exact text. By the hour and by the day in the order of time, so that what is written all the
 * time is near each other.
 */
export function countUses(dialect: Dialect, alike: readonly AlikeDecisions[]): readonly Statement[] {
  const uses = usesOf(alike);
  if (uses.length === 0) return [];
  const sql = statementsOf(dialect);
  const counts = uses.flatMap(({ byHour, clientId, scope }) => {
    const key = scopeKey(scope);
    const byDay = new Map<number, number>();
    for (const [hour, n] of byHour) {
      const day = hour - (hour % DAY_MS);
      byDay.set(day, (byDay.get(day) ?? 0) + n);
    }
    return [
      ...[...byHour].map(([start, n]) => ["HOUR", start, clientId, key, n] as const),
      ...[...byDay].map(([start, n]) => ["DAY", start, clientId, key, n] as const),
    ];
  });
  const rows = uses.map(({ clientId, lastUsedAt, scope }) => [clientId, scopeKey(scope), scope, lastUsedAt]);
  return [
    [sql.addUses, [JSON.stringify(rows)]],
    [sql.addCounts, [JSON.stringify(counts)]],
  ];
}

/** A window that is open at its end: what of it is counted by the hour and by the day, and what only the decisions tell. */
export interface UseWindow {
  /** Before this hour begins: of these the decisions are counted. */
  readonly edge: { readonly from: number; readonly to: number };
  readonly hours: { readonly from: number; readonly to: number };
  readonly days: { readonly from: number };
}

const up = (time: number, unit: number): number => Math.ceil(time / unit) * unit;

export function windowFrom(since: number): UseWindow {
  const hour = up(since, HOUR_MS);
  const day = up(hour, DAY_MS);
  return { edge: { from: since, to: hour }, hours: { from: hour, to: day }, days: { from: day } };
}

/** The hours and days of a window that have uses, one after the other by the index; `?`: from and to of the hours, from of the days. */
export const STARTS = `WITH RECURSIVE
    h("start") AS (
      SELECT MIN("start") FROM scope_use_count WHERE "grain" = 'HOUR' AND "start" >= ? AND "start" < ?
      UNION ALL
      SELECT (SELECT MIN("start") FROM scope_use_count WHERE "grain" = 'HOUR' AND "start" > h."start" AND "start" < ?)
        FROM h WHERE h."start" IS NOT NULL),
    d("start") AS (
      SELECT MIN("start") FROM scope_use_count WHERE "grain" = 'DAY' AND "start" >= ?
      UNION ALL
      SELECT (SELECT MIN("start") FROM scope_use_count WHERE "grain" = 'DAY' AND "start" > d."start")
        FROM d WHERE d."start" IS NOT NULL)
  SELECT 'HOUR' AS "grain", "start" FROM h WHERE "start" IS NOT NULL
  UNION ALL SELECT 'DAY', "start" FROM d WHERE "start" IS NOT NULL`;

/** How often some of the uses (`marks`) were made at starts, which are the first parameter, as JSON. */
export function countedAt(dialect: Dialect, marks: string): string {
  const { integer, rows, text } = jsonRows(dialect);
  return `SELECT c."of_use", SUM(c."n") AS "n" FROM ${rows} CROSS JOIN scope_use_count AS c
    WHERE c."grain" = ${text(0)} AND c."start" = ${integer(1)} AND c."of_use" IN (${marks}) GROUP BY c."of_use"`;
}
