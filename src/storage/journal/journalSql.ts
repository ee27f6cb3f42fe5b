import { KINDS } from "../../domain/record/kinds.ts";
import { type Column, columnList, quoted } from "../database/columns.ts";
import type { Changed } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { JOURNAL_LOCK } from "../database/postgres.ts";
import type { DecisionRow } from "./decisionRow.ts";
import { journalColumns, SEQ } from "./journalTables.ts";

interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What the journal asks of the two databases in words of their own. */
export interface JournalSql {
  /** One INSERT of decisions; rows that are there already, by id or by caller, request id and turn, are skipped. */
  insertDecisions(rows: readonly DecisionRow[]): Statement;
  /** The position of the first of so many rows, the others following without a gap; null when some were skipped. */
  firstPosition(inserted: Changed, rows: number): number | null;
  /** Waits for the journal's turn, inside a transaction, and keeps it until that is durable; null: it has it already. */
  readonly takeTurn: string | null;
  /** Milliseconds since 1970, by the database's clock: those of instances may differ. */
  readonly now: string;
  /** Ends a SELECT: locks the row until the transaction ends, and finds none where another transaction has it locked. */
  readonly lockUnlessLocked: string;
  /** Ends a SELECT: waits for rows that another transaction has locked, and locks them until the transaction ends. */
  readonly lock: string;
}

const { kind, format, id, callerId, requestId, requestTurn, salt, record, personal } = journalColumns;
const DECISION = `'DECISION', ${KINDS.DECISION.format}`;

/** Salt and `personal`, which come as one text: to bind one more costs the caller more than it takes to part them. */
const PARTED = "substr(column1, 1, instr(column1, '{') - 1), substr(column1, instr(column1, '{'))";

/**
 * A function that gives the statement for so many rows or, with parameters that are not bound and so null, for fewer: a
 * dozen prepared statements serve every size. Texts bound as they are cost both threads less than a JSON text that
 * carries them.
 */
function insertInto(columns: readonly Column[]): (rows: number) => string {
  const inserts = new Map<number, string>();
  const row = `(${Array(columns.length + 1)
    .fill("?")
    .join(", ")})`;
  const bound = columns.map((_, i) => `column${i + 2}`).join(", ");
  return (rows) => {
    const size = 2 ** Math.ceil(Math.log2(rows));
    const known = inserts.get(size);
    if (known !== undefined) return known;
    const sql = `INSERT INTO journal (${columnList([kind, format, salt, personal, ...columns])})
      SELECT ${DECISION}, ${PARTED}, ${bound}
      FROM (VALUES ${Array(size).fill(row).join(", ")}) WHERE column1 IS NOT NULL ON CONFLICT DO NOTHING`;
    inserts.set(size, sql);
    return sql;
  };
}

const insert = insertInto([id, record, callerId, requestId, requestTurn]);
const insertAskedOnce = insertInto([id, record]);

const sqlite: JournalSql = {
  // To bind a null costs the caller more than to bind a long text: where no row has a request id, none is bound.
  insertDecisions(rows) {
    const parameters: (string | number | null)[] = [];
    const askedOnce = rows.every((row) => row.requestId === null);
    for (const row of rows) {
      parameters.push(row.salt + row.personal, row.id, row.record);
      if (!askedOnce) parameters.push(row.callerId, row.requestId, row.requestTurn);
    }
    return { sql: (askedOnce ? insertAskedOnce : insert)(rows.length), parameters };
  },
  // One statement has the file for itself, and each row gets the greatest position plus 1.
  firstPosition: ({ affected, lastRowId }, rows) => (affected === rows ? lastRowId - rows + 1 : null),
  // BEGIN IMMEDIATE has the whole database.
  takeTurn: null,
  now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  lockUnlessLocked: "",
  lock: "",
};

const written = [id, callerId, requestId, requestTurn, salt, record, personal];
const typeOf = ({ type }: Column): string => (type === "integer" ? "BIGINT" : "TEXT");

const postgres: JournalSql = {
  /**
   * One parameter for all rows: the statement has the same text for every batch. The lock makes instances append one
   * after the other, so that rows become visible in the order of `seq` and a reader who has seen a position has seen
   * all before it. It is held until after the commit. Skipped rows leave gaps in `seq`.
   */
  insertDecisions: (rows) => ({
    sql: `WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(${JOURNAL_LOCK})),
      written AS (INSERT INTO journal (${columnList([SEQ, kind, format, ...written])})
        SELECT nextval('journal_seq'), ${DECISION}, ${written.map((c) => `r.${quoted(c.property)}`).join(", ")}
        FROM turn, ROWS FROM (json_to_recordset($1::json) AS (${written.map((c) => `${quoted(c.property)} ${typeOf(c)}`).join(", ")})) WITH ORDINALITY AS r
        ORDER BY r.ordinality
        ON CONFLICT DO NOTHING RETURNING "seq")
      SELECT MIN("seq") AS "first", COUNT(*) AS "rows" FROM written`,
    parameters: [JSON.stringify(rows)],
  }),
  // While the lock is held nobody else takes a number.
  firstPosition: ({ rows: [found] }, rows) => (Number(found?.rows) === rows ? Number(found?.first) : null),
  takeTurn: `SELECT pg_advisory_xact_lock(${JOURNAL_LOCK})`,
  now: "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
  lockUnlessLocked: "FOR UPDATE SKIP LOCKED",
  lock: "FOR UPDATE",
};

const engines: { readonly [Name in Dialect["name"]]: JournalSql } = { sqlite, postgres };
export const journalSql = ({ name }: Pick<Dialect, "name">): JournalSql => engines[name];
