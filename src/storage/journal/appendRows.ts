import type { ChangeRows, RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { type DecisionRow, RECORD_COLUMNS } from "./decisionRow.ts";
import { journalSql } from "./journalSql.ts";

export interface Batch {
  readonly run: RunSql;
  readonly change: ChangeRows;
  readonly dialect: Dialect;
  /** Rows of one statement. */
  readonly maxRows: number;
  readonly rows: readonly DecisionRow[];
}

/** Where the journal holds a row, and what it holds in its place: null, that very row. */
export interface Held {
  readonly position: number;
  readonly other: RawRow | null;
}

const requestOf = (callerId: unknown, requestId: unknown, turn: unknown): string =>
  JSON.stringify([callerId, requestId, Number(turn)]);

/**
 * What the journal holds for each row, when some were there before: the row itself, if it was written now or by an
 * earlier attempt of which nobody knew the outcome; else that of the same caller, request id and turn.
 */
async function lookUp({ run, dialect, rows }: Batch): Promise<readonly Held[]> {
  const select = async (columns: string, condition: string, parameters: readonly unknown[]) => {
    const sql = `SELECT ${columns}, "seq", ${RECORD_COLUMNS} FROM journal WHERE ${condition}`;
    return (await run(withParameters(dialect, sql), parameters)).rows;
  };
  const ids = rows.map(({ id }) => id);
  const own = await select('"id"', `"id" IN (${ids.map(() => "?").join(", ")})`, ids);
  const byId = new Map(own.map((row) => [row.id, row]));
  const others = rows.filter(({ id }) => !byId.has(id));
  const same = others.map(() => '("caller_id" = ? AND "request_id" = ? AND "request_turn" = ?)').join(" OR ");
  const which = others.flatMap((row) => [row.callerId, row.requestId, row.requestTurn]);
  const earlier = others.length === 0 ? [] : await select('"caller_id", "request_id", "request_turn"', same, which);
  const byRequest = new Map(earlier.map((row) => [requestOf(row.caller_id, row.request_id, row.request_turn), row]));
  return rows.map(({ id, callerId, requestId, requestTurn, record, personal }) => {
    const found = byId.get(id) ?? byRequest.get(requestOf(callerId, requestId, requestTurn));
    if (found === undefined) throw new Error("a decision was neither written nor found");
    const same = found.record === record && found.personal === personal;
    return { position: Number(found.seq), other: same ? null : found };
  });
}

async function appendPart(batch: Batch): Promise<readonly Held[]> {
  const { change, dialect, rows } = batch;
  const { insertDecisions, firstPosition } = journalSql(dialect);
  const { sql, parameters } = insertDecisions(rows);
  const first = firstPosition(await change(sql, parameters), rows.length);
  return first === null ? lookUp(batch) : rows.map((_, i) => ({ position: first + i, other: null }));
}

/**
 * Writes rows durably, in one INSERT where they fit. Answers, in order, with what the journal now holds. May be run
 * again after an attempt without a known outcome.
 */
export async function appendRows(batch: Batch): Promise<readonly Held[]> {
  const { rows, maxRows } = batch;
  if (rows.length <= maxRows) return appendPart(batch);
  const answers: Held[] = [];
  for (let at = 0; at < rows.length; at += maxRows)
    answers.push(...(await appendPart({ ...batch, rows: rows.slice(at, at + maxRows) })));
  return answers;
}
