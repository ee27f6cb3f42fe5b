import type { DataSource } from "typeorm";
import type { DecisionFilter, DecisionReader, DecisionRecord } from "../../domain/decisions/types.ts";
import type { Answered } from "../../domain/kernel/journal.ts";
import type { Breathe } from "../../domain/kernel/ports.ts";
import { column, quoted } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageBudget } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { fromNetwork } from "./decisionAddresses.ts";
import type { UntilIndexed } from "./decisionIndex.ts";
import { decodeDecision, RECORD_COLUMNS } from "./decisionRow.ts";
import { recordsAt } from "./recordsAt.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));

/** As the partial index says it, to the letter: else it would not serve. */
const EXCEPTION = `("outcome" = 'DENY' OR "reason_codes" <> '|ALLOWED_BY_RULE|')`;

const DECISION = `"kind" = 'DECISION'`;

interface Condition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

function conditionsOf(filter: DecisionFilter, dialect: Dialect): Condition[] {
  const { network, reason, ruleId, from, to, ...equal } = filter;
  const conditions: Condition[] = Object.entries(equal).map(([property, value]) => ({
    sql: `${quoted(column(property, "text").name)} = ?`,
    parameters: [value],
  }));
  if (from !== undefined) conditions.push({ sql: '"decided_at" >= ?', parameters: [from] });
  if (to !== undefined) conditions.push({ sql: '"decided_at" < ?', parameters: [to] });
  if (reason !== undefined)
    conditions.push({ sql: dialect.contains('"reason_codes"', "?"), parameters: [`|${reason}|`] });
  if (ruleId !== undefined)
    conditions.push({ sql: dialect.contains('"rule_ids"', "?"), parameters: [JSON.stringify(ruleId)] });
  if (network !== undefined) conditions.push(fromNetwork(network));
  const exceptional = filter.outcome === "DENY" || (reason !== undefined && reason !== "ALLOWED_BY_RULE");
  return exceptional ? [...conditions, { sql: EXCEPTION, parameters: [] }] : conditions;
}

const PATIENT = `${quoted("patient")} = ?`;
/** The index by the patients of a decision beside the one who stands in it. */
const BY_PATIENT = 'decision_patient JOIN decision_index USING ("seq")';
const amongPatients = (condition: Condition): Condition =>
  condition.sql === PATIENT ? { ...condition, sql: '"of_patient" = ?' } : condition;

/** The statement for the newest positions in a table under conditions, and its parameters. */
function newest(table: string, conditions: readonly Condition[], most: number): readonly [string, readonly unknown[]] {
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`;
  const sql = `SELECT "seq" FROM ${table} ${where} ORDER BY "seq" DESC LIMIT ?`;
  return [sql, [...conditions.flatMap((condition) => condition.parameters), most]];
}

export interface StoredDecisions extends DecisionReader {
  findByRequestId(callerId: string, requestId: string): Promise<Answered<DecisionRecord> | null>;
}

/**
 * Reads the journal. Lists may scan long, and have connections of their own: a lookup, on which a caller with a
 * request id waits, must not wait for them. What is searched for, the index finds, once it has all that the journal
 * has; a lookup or an unfiltered list needs no index.
 */
export function createDecisionReader({
  lookups,
  lists,
  dialect,
  untilIndexed,
  giveWay,
  part,
}: {
  readonly lookups: DataSource;
  readonly lists: DataSource;
  readonly dialect: Dialect;
  readonly untilIndexed: UntilIndexed;
  readonly giveWay: Breathe;
  /** Records of one statement; absent: few, as decisions wait for it. */
  readonly part?: number;
}): StoredDecisions {
  const rows = (source: DataSource, sql: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    source.query<RawRow[]>(withParameters(dialect, sql), [...parameters]).catch(fail);

  async function only(condition: string, texts: readonly string[]): Promise<Answered<DecisionRecord> | null> {
    if (!texts.every(isStorable)) return null;
    const sql = `SELECT ${RECORD_COLUMNS}, "request_turn" FROM journal WHERE ${condition}`;
    const [row] = await rows(lookups, sql, texts);
    return row === undefined ? null : { record: decodeDecision(row), turn: Number(row.request_turn) };
  }

  return {
    decision: async (id) => (await only(`${DECISION} AND "id" = ?`, [id]))?.record ?? null,
    findByRequestId: (callerId, requestId) =>
      only('"caller_id" = ? AND "request_id" = ? ORDER BY "request_turn" DESC LIMIT 1', [callerId, requestId]),
    async decisions({ filter, page }) {
      const given = Object.fromEntries(
        Object.entries(filter).filter(([, value]) => value !== undefined && value !== null),
      ) as DecisionFilter;
      if (!Object.values(given).every((value) => typeof value !== "string" || isStorable(value))) return noPage();
      const searched = Object.keys(given).length > 0;
      if (searched) await untilIndexed().catch(fail);
      const conditions = conditionsOf(given, dialect);
      if (page.after !== null) conditions.push({ sql: '"seq" < ?', parameters: [page.after] });
      if (!searched) conditions.push({ sql: DECISION, parameters: [] });
      const most = page.first + 1;
      const found = [await rows(lists, ...newest(searched ? "decision_index" : "journal", conditions, most))];
      // Most decisions name one patient, who stands in the index itself.
      if (given.patient !== undefined)
        found.push(await rows(lists, ...newest(BY_PATIENT, conditions.map(amongPatients), most)));
      const positions = found.flatMap((each) => each.map(({ seq }) => Number(seq)));
      if (found.length > 1) positions.sort((a, b) => b - a).splice(most);
      const items: { readonly node: DecisionRecord; readonly key: number }[] = [];
      const hasRoom = pageBudget();
      const read = (text: string, values: readonly unknown[]) => rows(lists, text, values);
      const parts = { rows: read, giveWay, ...(part !== undefined && { part }) };
      for await (const { position, row, record } of recordsAt(positions.slice(0, page.first), parts)) {
        items.push({ node: record, key: position });
        if (!hasRoom(row)) break;
      }
      return { items, hasNextPage: positions.length > items.length };
    },
  };
}
