import {
  type CountDimension,
  type CountedRow,
  type CountQuery,
  type DecisionCounter,
  HOUR_MS,
} from "../../domain/audit/decisionStats.ts";
import { DAY_MS } from "../../domain/policy/use.ts";
import { column, columnList } from "../database/columns.ts";
import type { ChangeRows, RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { isStorable } from "../database/text.ts";
import type { UntilIndexed } from "./decisionIndex.ts";

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

/** How one of the two databases makes a row of each item: reason codes stand in `|A|B|`, rules in a JSON array. */
interface ItemsSql {
  readonly codes: string;
  readonly rules: string;
}
const items: { readonly [Name in Dialect["name"]]: ItemsSql } = {
  sqlite: {
    codes: `json_each('["' || replace(trim(d."reason_codes", '|'), '|', '","') || '"]') AS c`,
    rules: `json_each(d."rule_ids") AS r`,
  },
  postgres: {
    codes: `LATERAL unnest(string_to_array(trim(both '|' from d."reason_codes"), '|')) AS c("value")`,
    rules: `LATERAL jsonb_array_elements_text(d."rule_ids"::jsonb) AS r("value")`,
  },
};

/**
 * The accesses after a position up to and with another, each once by what all have, once for each of its reasons, once for each
 * rule, and once for each two of them: so that to count by any of these is to add up rows.
 */
function counted({ name }: Dialect): string {
  const { codes, rules } = items[name];
  const plain = PLAIN.map((c) => `COALESCE("${c.name}", '') AS "${c.name}"`).join(", ");
  const each = `"decided_at", ${columnList(PLAIN)}`;
  const ruled = `(SELECT * FROM d WHERE "rule_ids" IS NOT NULL) AS d`;
  return `WITH d AS (SELECT "decided_at", ${plain}, "reason_codes", "rule_ids" FROM decision_index
      WHERE "seq" > ? AND "seq" <= ? AND "kind" = 'ACCESS'),
    f AS (SELECT ${each}, '' AS "reason", '' AS "rule_id" FROM d
      UNION ALL SELECT ${each}, c."value", '' FROM d CROSS JOIN ${codes}
      UNION ALL SELECT ${each}, '', r."value" FROM ${ruled} CROSS JOIN ${rules}
      UNION ALL SELECT ${each}, c."value", r."value" FROM ${ruled} CROSS JOIN ${codes} CROSS JOIN ${rules})`;
}

const GRAINS = { HOUR: HOUR_MS, DAY: DAY_MS } as const;

/** Counts what the index has after a position up to and with another, in the transaction in which it got that. */
export async function countDecisions(
  { change, dialect }: { readonly change: ChangeRows; readonly dialect: Dialect },
  after: number,
  until: number,
): Promise<void> {
  const from = counted(dialect);
  const add = (statement: string) => change(withParameters(dialect, `${from} ${statement}`), [after, until]);
  const keys = columnList(KEYS);
  // SQLite takes ON after a plain FROM for the condition of a join.
  await add(
    `INSERT INTO decision_count_key (${keys}) SELECT DISTINCT ${keys} FROM f WHERE TRUE ON CONFLICT DO NOTHING`,
  );
  const same = KEYS.map(({ name }) => `k."${name}" = f."${name}"`).join(" AND ");
  for (const [grain, ms] of Object.entries(GRAINS))
    await add(`INSERT INTO decision_count ("grain", "start", "key", "n")
      SELECT '${grain}', f."decided_at" - f."decided_at" % ${ms}, k."id", COUNT(*)
      FROM f JOIN decision_count_key AS k ON ${same} WHERE TRUE GROUP BY 2, 3
      ON CONFLICT ("grain", "start", "key") DO UPDATE SET "n" = decision_count."n" + excluded."n"`);
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
  readonly untilIndexed: UntilIndexed;
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
