import type { ReplayJob, ReplayJobStore } from "../domain/simulation/replay/jobs.ts";
import { type Column, columnList, columnsOf, fromRow, quoted, toDatabase } from "./database/columns.ts";
import type { RawRow, RunSql } from "./database/connection.ts";
import { type Dialect, withParameters } from "./database/dialect.ts";
import { asUnavailable } from "./database/faults.ts";
import { isStorable } from "./database/text.ts";
import type { Writer } from "./database/writer.ts";

export const replayJobColumns = columnsOf<ReplayJob>({
  id: "key",
  owner: "text",
  state: "text",
  progress: "integer",
  read: "integer",
  baseRevision: "integer",
  inputSha256: "text",
  createdAt: "integer",
  startedAt: "integer",
  endedAt: "integer",
  seenAt: "integer",
  reason: "text",
  replay: "json",
});

/** Progress is kept as a whole number of this much. */
const WHOLE = 1000;

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "Replays can't be read or written.", error));

const bound = (job: Partial<ReplayJob>, column: Column): unknown =>
  toDatabase(
    column.property === "progress" ? Math.floor((job.progress ?? 0) * WHOLE) : job[column.property as keyof ReplayJob],
    column,
  );

/** Replays by id, in a table that may change: what they tell is derived from the record. Reads use the readers' connections. */
export function createReplayJobStore(deps: {
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
}): ReplayJobStore {
  const { dialect, read, writer } = deps;
  const change = (run: RunSql, sql: string, parameters: readonly unknown[]) =>
    run(withParameters(dialect, sql), parameters);

  return {
    isAlone: dialect.file !== null,
    add: (job, keepSince) =>
      writer
        .write(async ({ run }) => {
          await change(run, 'DELETE FROM replay_job WHERE "ended_at" IS NOT NULL AND "ended_at" < ?', [keepSince]);
          const marks = replayJobColumns.map(() => "?").join(", ");
          await change(
            run,
            `INSERT INTO replay_job (${columnList(replayJobColumns)}) VALUES (${marks}) ON CONFLICT DO NOTHING`,
            replayJobColumns.map((column) => bound(job, column)),
          );
        })
        .catch(fail),
    async find(id) {
      if (!isStorable(id)) return null;
      const sql = `SELECT ${columnList(replayJobColumns)} FROM replay_job WHERE "id" = ?`;
      const [row] = await read(withParameters(dialect, sql), [id]).catch(fail);
      if (row === undefined) return null;
      const job = fromRow(replayJobColumns, row) as unknown as ReplayJob;
      return { ...job, progress: job.progress / WHOLE };
    },
    change(id, changed) {
      const columns = replayJobColumns.filter(({ property }) => Object.hasOwn(changed, property));
      const set = columns.map(({ name }) => `${quoted(name)} = ?`).join(", ");
      const sql = `UPDATE replay_job SET ${set} WHERE "id" = ? AND "ended_at" IS NULL`;
      const values = columns.map((column) => bound(changed, column));
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
      const sql = `UPDATE replay_job SET "seen_at" = ? WHERE "id" IN (${marks}) AND "ended_at" IS NULL`;
      await writer.write(({ run }) => change(run, sql, [at, ...ids])).catch(fail);
    },
    async failAbandoned({ at, reason, seenBefore }) {
      const sql = `UPDATE replay_job SET "state" = 'FAILED', "ended_at" = ?, "reason" = ?
        WHERE "ended_at" IS NULL AND "seen_at" < ?`;
      await writer.write(({ run }) => change(run, sql, [at, reason, seenBefore])).catch(fail);
    },
  };
}
