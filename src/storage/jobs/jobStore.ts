import type { Job, JobStore } from "../../domain/simulation/jobs/job.ts";
import { type Column, columnList, columnsOf, fromRow, quoted, toDatabase } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { isStorable } from "../database/text.ts";
import type { Writer } from "../database/writer.ts";

export const jobColumns = columnsOf<Job>({
  id: "key",
  kind: "text",
  owner: "text",
  state: "text",
  progress: "integer",
  read: "integer",
  inputSha256: "text",
  baseRevision: "integer",
  detector: "text",
  from: "integer",
  to: "integer",
  createdAt: "integer",
  startedAt: "integer",
  endedAt: "integer",
  seenAt: "integer",
  reason: "text",
  result: "json",
});
const columns = jobColumns;

/** Progress is kept as a whole number of this much. */
const WHOLE = 1000;

const bound = (job: Partial<Job>, column: Column): unknown =>
  toDatabase(
    column.property === "progress" ? Math.floor((job.progress ?? 0) * WHOLE) : job[column.property as keyof Job],
    column,
  );

/** Jobs by id, in a table that may change: what they tell is derived from the record. Reads use the readers' connections. */
export function createJobStore(deps: {
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
}): JobStore {
  const { dialect, read, writer } = deps;
  const fail = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "Jobs can't be read or written.", error));
  const change = (run: RunSql, sql: string, parameters: readonly unknown[]) =>
    run(withParameters(dialect, sql), parameters);

  return {
    isAlone: dialect.file !== null,
    add: (job, keepSince) =>
      writer
        .write(async ({ run }) => {
          await change(run, `DELETE FROM job WHERE "ended_at" IS NOT NULL AND "ended_at" < ?`, [keepSince]);
          const marks = columns.map(() => "?").join(", ");
          await change(
            run,
            `INSERT INTO job (${columnList(columns)}) VALUES (${marks}) ON CONFLICT DO NOTHING`,
            columns.map((column) => bound(job, column)),
          );
        })
        .catch(fail),
    async find(id) {
      if (!isStorable(id)) return null;
      const sql = `SELECT ${columnList(columns)} FROM job WHERE "id" = ?`;
      const [row] = await read(withParameters(dialect, sql), [id]).catch(fail);
      if (row === undefined) return null;
      const job = fromRow(columns, row) as unknown as Job;
      return { ...job, progress: job.progress / WHOLE };
    },
    change(id, changed) {
      const differing = columns.filter(({ property }) => Object.hasOwn(changed, property));
      const set = differing.map((each) => `${quoted(each.name)} = ?`).join(", ");
      const sql = `UPDATE job SET ${set} WHERE "id" = ? AND "ended_at" IS NULL`;
      const values = differing.map((column) => bound(changed as Partial<Job>, column));
      return writer
        .write(async ({ run, retry }) => {
          const { affected } = await change(run, sql, [...values, id]);
          // What an attempt without a known outcome had written.
          return affected > 0 || (retry && "endedAt" in changed);
        })
        .catch(fail);
    },
    async seen(ids, at) {
      if (ids.length === 0) return;
      const marks = ids.map(() => "?").join(", ");
      const sql = `UPDATE job SET "seen_at" = ? WHERE "id" IN (${marks}) AND "ended_at" IS NULL`;
      await writer.write(({ run }) => change(run, sql, [at, ...ids])).catch(fail);
    },
    async failAbandoned({ at, reason, seenBefore }) {
      const sql = `UPDATE job SET "state" = 'FAILED', "ended_at" = ?, "reason" = ?
        WHERE "ended_at" IS NULL AND "seen_at" < ?`;
      await writer.write(({ run }) => change(run, sql, [at, reason, seenBefore])).catch(fail);
    },
  };
}
