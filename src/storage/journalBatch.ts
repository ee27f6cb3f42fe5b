import type { DecisionRecord } from "../domain/decisions/types.ts";
import { columnList } from "./columns.ts";
import type { RunSql } from "./connection.ts";
import { decisionRecord, recordColumns } from "./decisionTable.ts";
import { type Dialect, withParameters } from "./dialect.ts";

export interface Batch {
  readonly run: RunSql;
  readonly dialect: Dialect;
  /** Rows of one statement. */
  readonly maxRows: number;
  readonly records: readonly DecisionRecord[];
  /** The values of each record, in the order of `decisionColumns`. */
  readonly rows: readonly (readonly unknown[])[];
}

const requestOf = (record: DecisionRecord): string => JSON.stringify([record.callerId, record.request.requestId]);

async function select(
  { run, dialect }: Batch,
  condition: string,
  parameters: readonly unknown[],
): Promise<readonly DecisionRecord[]> {
  const sql = `SELECT ${columnList(recordColumns)} FROM decision WHERE ${condition}`;
  return (await run(withParameters(dialect, sql), parameters)).rows.map(decisionRecord);
}

/**
 * What the journal holds for each record, when some were there before: the record itself, if it was written now or
 * by an earlier attempt of which nobody knew the outcome; else that of the same caller and request id.
 */
async function lookUp(batch: Batch): Promise<readonly DecisionRecord[]> {
  const ids = batch.records.map((r) => r.id);
  const own = await select(batch, `"id" IN (${ids.map(() => "?").join(", ")})`, ids);
  const byId = new Map(own.map((record) => [record.id, record]));
  const others = batch.records.filter((record) => !byId.has(record.id));
  const same = others.map(() => '("caller_id" = ? AND "request_id" = ?)').join(" OR ");
  const pairs = others.flatMap((r) => [r.callerId, r.request.requestId]);
  const earlier = others.length === 0 ? [] : await select(batch, same, pairs);
  const byRequest = new Map(earlier.map((record) => [requestOf(record), record]));
  return batch.records.map((record) => {
    const found = byId.get(record.id) ?? byRequest.get(requestOf(record));
    if (found === undefined) throw new Error("a decision was neither written nor found");
    return found;
  });
}

async function writePart(batch: Batch): Promise<readonly DecisionRecord[]> {
  const { sql, parameters } = batch.dialect.insertDecisions(batch.rows);
  const { affected } = await batch.run(sql, parameters);
  return affected === batch.records.length ? batch.records : lookUp(batch);
}

/** Writes records durably, in one INSERT where they fit. Answers, in order, with what the journal now holds. */
export async function writeBatch(batch: Batch): Promise<readonly DecisionRecord[]> {
  const { records, rows, maxRows } = batch;
  if (records.length <= maxRows) return writePart(batch);
  const answers: DecisionRecord[] = [];
  for (let at = 0; at < records.length; at += maxRows) {
    answers.push(
      ...(await writePart({ ...batch, records: records.slice(at, at + maxRows), rows: rows.slice(at, at + maxRows) })),
    );
  }
  return answers;
}
