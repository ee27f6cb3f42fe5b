import {
  type CountDimension,
  type CountedRow,
  type CountQuery,
  type DecisionCounter,
  HOUR_MS,
} from "../../domain/audit/decisionStats.ts";
import { DAY_MS } from "../../domain/policy/use.ts";
import { column, columnList } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { isStorable } from "../database/text.ts";
import type { FollowerBatch } from "./follower.ts";

/** By what decisions are counted together: the columns of `decision_count_key` but its id. */
const keyColumns = {
  outcome: column("outcome", "text"),
  callerId: column("callerId", "text"),
  clientId: column("clientId", "text"),
  scope: column("scope", "text"),
  resourceType: column("resourceType", "text"),
  purposeOfUse: column("purposeOfUse", "text"),
  organization: column("organization", "text"),
  reason: column("reason", "text"),
  ruleId: column("ruleId", "text"),
} as const;
const KEYS = Object.values(keyColumns);
const PLAIN = KEYS.slice(0, -2);

/** How one of the two databases makes rows of a JSON array of arrays, and reads an item of the one at hand. */
interface RowsSql {
  readonly rows: string;
  text(i: number): string;
  integer(i: number): string;
}
const engines: { readonly [Name in Dialect["name"]]: RowsSql } = {
  sqlite: { rows: "json_each(?) AS j", text: (i) => `j."value"->>${i}`, integer: (i) => `j."value"->>${i}` },
  postgres: {
    rows: `jsonb_array_elements(?::jsonb) AS j("value")`,
    text: (i) => `(j."value"->>${i}) COLLATE "C"`,
    integer: (i) => `(j."value"->>${i})::BIGINT`,
  },
};

const GRAINS = { HOUR: HOUR_MS, DAY: DAY_MS } as const;
const keyTexts = (key: readonly string[]): string => JSON.stringify(key);

/** The accesses after a position up to and with another that are alike in what they are counted by, and how many they are. */
const ALIKE = `SELECT "decided_at" - "decided_at" % ${HOUR_MS} AS "hour", ${columnList(PLAIN)}, "reason_codes", "rule_ids", COUNT(*) AS "n"
  FROM decision_index WHERE "seq" > ? AND "seq" <= ? AND "kind" = 'ACCESS'
  GROUP BY "hour", ${columnList(PLAIN)}, "reason_codes", "rule_ids"`;

const textOf = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

/**
 * Under what a decision counts: by what all have, by each of its reasons, by each rule, and by each two of them; so that to
 * count by any of these is to add up rows.
 */
function keysOf(row: RawRow): readonly (readonly string[])[] {
  const plain = PLAIN.map(({ name }) => textOf(row[name]));
  const codes = String(row.reason_codes).split("|").slice(1, -1);
  const rules = row.rule_ids === null ? [] : (JSON.parse(String(row.rule_ids)) as readonly string[]);
  return ["", ...codes].flatMap((code) => ["", ...rules].map((rule) => [...plain, code, rule]));
}

/** Ids that are committed, of one database; a key whose row may yet be taken back is in none. */
const knownIds = new WeakMap<Dialect, Map<string, number>>();
const MOST_KNOWN = 20_000;

function idsOf(dialect: Dialect): Map<string, number> {
  const known = knownIds.get(dialect);
  if (known !== undefined && known.size < MOST_KNOWN) return known;
  const empty = new Map<string, number>();
  knownIds.set(dialect, empty);
  return empty;
}

const statementsOf = (dialect: Dialect) => {
  const { integer, rows, text } = engines[dialect.name];
  const keys = KEYS.map((_, i) => text(i));
  const same = KEYS.map(({ name }, i) => `k."${name}" = ${keys[i]}`).join(" AND ");
  const sql = (statement: string): string => withParameters(dialect, statement);
  return {
    alike: sql(ALIKE),
    find: sql(`SELECT k.* FROM ${rows} JOIN decision_count_key AS k ON ${same}`),
    // SQLite takes ON after a plain FROM for the condition of a join.
    addKeys: sql(`INSERT INTO decision_count_key (${columnList(KEYS)}) SELECT ${keys.join(", ")} FROM ${rows} WHERE TRUE
      ON CONFLICT DO NOTHING`),
    add: sql(`INSERT INTO decision_count ("grain", "start", "key", "n")
      SELECT ${text(0)}, ${integer(1)}, ${integer(2)}, ${integer(3)} FROM ${rows} WHERE TRUE
      ON CONFLICT ("grain", "start", "key") DO UPDATE SET "n" = decision_count."n" + excluded."n"`),
  };
};

/** Counts what the index has after a position up to and with another, in the transaction in which it got that. */
export async function countDecisions({ after, until, run, change, dialect }: FollowerBatch): Promise<void> {
  const sql = statementsOf(dialect);
  const { rows } = await run(sql.alike, [after, until]);
  const counts = new Map<string, { readonly grain: string; readonly start: number; readonly key: string; n: number }>();
  const keys = new Map<string, readonly string[]>();
  for (const row of rows)
    for (const values of keysOf(row)) {
      const key = keyTexts(values);
      keys.set(key, values);
      for (const [grain, ms] of Object.entries(GRAINS)) {
        const start = Number(row.hour) - (Number(row.hour) % ms);
        const at = `${grain} ${start} ${key}`;
        const count = counts.get(at) ?? { grain, start, key, n: 0 };
        count.n += Number(row.n);
        counts.set(at, count);
      }
    }
  if (counts.size === 0) return;

  const known = idsOf(dialect);
  const ids = new Map<string, number>();
  const unknown = [...keys].filter(([key]) => !known.has(key));
  const find = async (wanted: readonly (readonly [string, readonly string[]])[]) =>
    (await run(sql.find, [JSON.stringify(wanted.map(([, values]) => values))])).rows.map(
      (row) => [keyTexts(KEYS.map(({ name }) => textOf(row[name]))), Number(row.id)] as const,
    );
  if (unknown.length > 0) for (const [key, id] of await find(unknown)) known.set(key, id);
  const fresh = unknown.filter(([key]) => !known.has(key));
  if (fresh.length > 0) {
    await change(sql.addKeys, [JSON.stringify(fresh.map(([, values]) => values))]);
    for (const [key, id] of await find(fresh)) ids.set(key, id);
  }
  const added = [...counts.values()].map(({ grain, start, key, n }) => [
    grain,
    start,
    ids.get(key) ?? known.get(key),
    n,
  ]);
  await change(sql.add, [JSON.stringify(added)]);
}

const COLUMN_OF = {
  OUTCOME: keyColumns.outcome,
  CLIENT: keyColumns.clientId,
  SCOPE: keyColumns.scope,
  REASON: keyColumns.reason,
  RULE: keyColumns.ruleId,
  RESOURCE_TYPE: keyColumns.resourceType,
  PURPOSE: keyColumns.purposeOfUse,
  ORGANIZATION: keyColumns.organization,
  CALLER: keyColumns.callerId,
} as const satisfies Record<CountDimension, unknown>;

interface Part {
  readonly grain: keyof typeof GRAINS;
  readonly from: number;
  readonly to: number;
}

/** A window as whole days and the hours beside them; by the hour as hours alone. */
function partsOf({ from, to, time }: Pick<CountQuery, "from" | "to" | "time">): readonly Part[] {
  const [first, last] = [Math.ceil(from / DAY_MS) * DAY_MS, Math.floor(to / DAY_MS) * DAY_MS];
  const parts: readonly Part[] =
    time === "HOUR" || first >= last
      ? [{ grain: "HOUR", from, to }]
      : [
          { grain: "HOUR", from, to: first },
          { grain: "DAY", from: first, to: last },
          { grain: "HOUR", from: last, to },
        ];
  return parts.filter((part) => part.from < part.to);
}

/** Counts as they are kept, one statement a question: what is in a window and, under the same keys, in the one before. */
export function createDecisionCounter(deps: {
  readonly rows: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly dialect: Dialect;
  /** Ends when all that is on record is counted. */
  readonly untilIndexed: () => Promise<void>;
}): DecisionCounter {
  const fail = (error: unknown) =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The counts of decisions can't be read.", error));
  return {
    async count({ dimensions, filter, first, before, ...window }) {
      const narrowed = Object.entries(filter) as readonly (readonly [CountDimension, string])[];
      if (!narrowed.every(([, value]) => isStorable(value))) return [];
      await deps.untilIndexed();
      const parameters: unknown[] = [];
      const { time } = window;
      const at = (shift: number) => (time === null ? "0" : `"start" - "start" % ${GRAINS[time]} + ${shift}`);
      const windows = before === null ? [0] : [0, before];
      const parts = windows.flatMap((shift) =>
        partsOf({ ...window, from: window.from - shift, to: window.to - shift }).map(({ grain, from, to }) => {
          parameters.push(from, to);
          return `SELECT ${at(shift)} AS "at", ${shift} AS "shift", "key", "n" FROM decision_count
            WHERE "grain" = '${grain}' AND "start" >= ? AND "start" < ?`;
        }),
      );
      const names = dimensions.map((each) => `k."${COLUMN_OF[each].name}"`);
      // What is counted by reasons or rules stands in rows of its own.
      const isBy = (dimension: CountDimension) => dimensions.includes(dimension) || filter[dimension] !== undefined;
      const conditions = [
        `k."reason" ${isBy("REASON") ? "<>" : "="} ''`,
        `k."rule_id" ${isBy("RULE") ? "<>" : "="} ''`,
        ...narrowed.map(([dimension, value]) => {
          parameters.push(value);
          return `k."${COLUMN_OF[dimension].name}" = ?`;
        }),
      ];
      parameters.push(first);
      const now = `CASE WHEN s."shift" = 0 THEN s."n" ELSE 0 END`;
      const columns = ['s."at"', ...names];
      const sql = `SELECT ${columns.map((c, i) => `${c} AS "c${i}"`).join(", ")}, SUM(${now}) AS "count",
          SUM(CASE WHEN k."outcome" = 'ALLOW' THEN ${now} ELSE 0 END) AS "allowed", SUM(s."n" - ${now}) AS "previous"
        FROM (SELECT "at", "shift", "key", SUM("n") AS "n" FROM (${parts.join(" UNION ALL ")}) AS p GROUP BY 1, 2, 3) AS s
          JOIN decision_count_key AS k ON k."id" = s."key" WHERE ${conditions.join(" AND ")}
        GROUP BY ${columns.join(", ")} ORDER BY "count" DESC, "previous" DESC, "c0"${names.map((_, i) => `, "c${i + 1}"`).join("")} LIMIT ?`;
      const found = await deps.rows(withParameters(deps.dialect, sql), parameters).catch(fail);
      return found.map(
        (row): CountedRow => ({
          time: time === null ? null : Number(row.c0),
          key: names.map((_, i) => (row[`c${i + 1}`] === "" ? null : String(row[`c${i + 1}`]))),
          count: Number(row.count),
          allowed: Number(row.allowed),
          previous: Number(row.previous),
        }),
      );
    },
  };
}
