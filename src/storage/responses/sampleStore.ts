import type { DataSource } from "typeorm";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { SampleStore } from "../../domain/monitoring/samples/store.ts";
import {
  drawnAct,
  judgedAct,
  type SampledAccess,
  type SampleVerdict,
  type WeeklySample,
} from "../../domain/monitoring/samples/weeklySample.ts";
import { sampleAct } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { toDatabase } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { isStorable } from "../database/text.ts";
import { createStepWriter, type StepDeps } from "../monitoring/stepWriter.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Weekly samples can't be read or written.", error));
const text = (value: string): unknown => toDatabase(value, { property: "text", name: "text", type: "text" });
const orNull = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));

function accessOf(row: RawRow): SampledAccess {
  const id = String(row.id);
  const decisionId = String(row.decision_id);
  if (row.judged_at === null) return { id, decisionId, judged: null };
  const subjectId = orNull(row.judge_subject_id);
  const subject =
    subjectId === null
      ? null
      : { id: subjectId, type: orNull(row.judge_subject_type), issuer: orNull(row.judge_issuer) };
  return {
    id,
    decisionId,
    judged: {
      at: Number(row.judged_at),
      by: { callerId: String(row.judged_by), subject },
      verdict: String(row.verdict) as SampleVerdict,
      text: String(row.judge_text),
    },
  };
}

const ACCESS = `SELECT * FROM sampled_access`;
const SAMPLE = `SELECT * FROM weekly_sample WHERE "week" = ?`;

/** Weekly samples. Each write is one transaction, with its act on record, and may be run again without harm. */
export function createSampleStore(
  deps: StepDeps & {
    readonly source: DataSource;
    /** For lists, which may take long. */
    readonly lists: DataSource;
    /** Ends when all that is on record was watched; rejects with JOURNAL_UNAVAILABLE when it can't be. */
    readonly untilWatched: () => Promise<void>;
  },
): SampleStore {
  const { source, lists, dialect, untilWatched } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const step = createStepWriter(deps);
  const { integer, rows: given, text: textAt } = jsonRows(dialect);
  const look = (statement: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    answerWithin(LOOKUP_MS, () => source.query<RawRow[]>(sql(statement), [...parameters])).catch(fail);

  return {
    async find(from) {
      const [row] = await look(SAMPLE, [from]);
      if (row === undefined) return null;
      const accesses = await look(`${ACCESS} WHERE "week" = ? ORDER BY "number"`, [from]);
      const { drawn_at, drawn_by, population } = row;
      return {
        from,
        drawnAt: Number(drawn_at),
        drawnBy: String(drawn_by),
        population: Number(population),
        accesses: accesses.map(accessOf),
      };
    },

    async findAccess(id) {
      if (!isStorable(id)) return null;
      const [row] = await look(`${ACCESS} WHERE "id" = ?`, [id]);
      return row === undefined ? null : { from: Number(row.week), access: accessOf(row) };
    },

    draw: (sample) =>
      step({
        author: sample.drawnBy,
        actId: sampleAct(drawnAct(sample)).id,
        async work(run) {
          await insertSample(run, sample);
          return sampleAct(drawnAct(sample));
        },
      }).catch(fail),

    judge: (id, judged) =>
      step({
        author: judged.by.callerId,
        actId: `sample:${id}:judged`,
        async work(run) {
          const { at, by, verdict } = judged;
          const { id: subjectId = null, issuer = null, type = null } = by.subject ?? {};
          const { affected } = await run(
            sql(`UPDATE sampled_access SET "judged_at" = ?, "judged_by" = ?, "judge_subject_id" = ?, "judge_subject_type" = ?,
              "judge_issuer" = ?, "verdict" = ?, "judge_text" = ? WHERE "id" = ? AND "judged_at" IS NULL`),
            [at, by.callerId, subjectId, type, issuer, verdict, text(judged.text), id],
          );
          if (affected !== 1)
            throw new ScopewardenError("CONFLICT", `Access ${id} is judged already. Nothing was changed.`);
          const [row] = (await run(sql(`${ACCESS} WHERE "id" = ?`), [id])).rows;
          const week = Number(row?.week);
          const [sample] = (await run(sql(SAMPLE), [week])).rows;
          const access = { id, decisionId: String(row?.decision_id), judged };
          return sampleAct(judgedAct({ from: week, population: Number(sample?.population) }, access), id);
        },
      }).catch(fail),

    async unexplained({ after, first, from, to }) {
      await untilWatched();
      const further = after === null ? "" : ` AND (w."at" > ? OR (w."at" = ? AND w."position" > ?))`;
      const rows = await lists
        .query<RawRow[]>(
          sql(`SELECT DISTINCT w."at", w."position", w."decision_id" FROM watched_access AS w WHERE w."kind" IS NULL
            AND w."at" >= ? AND w."at" < ?${further}
            AND NOT EXISTS (SELECT 1 FROM watch_finding AS f WHERE f."decision_id" = w."decision_id" AND NOT f."shadow" AND NOT f."suppressed"
              AND f."points" > 0)
            ORDER BY w."at", w."position" LIMIT ?`),
          [from, to, ...(after === null ? [] : [after.at, after.at, after.position]), first],
        )
        .catch(fail);
      return rows.map((row) => ({
        decisionId: String(row.decision_id),
        at: Number(row.at),
        position: Number(row.position),
      }));
    },
  };

  async function insertSample(
    run: RunSql,
    { accesses, drawnAt, drawnBy, from, population }: WeeklySample,
  ): Promise<void> {
    const { affected } = await run(
      sql(
        `INSERT INTO weekly_sample ("week", "drawn_at", "drawn_by", "population") VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      ),
      [from, drawnAt, drawnBy, population],
    );
    if (affected !== 1)
      throw new ScopewardenError("CONFLICT", "The sample of this week is drawn already. Nothing was changed.");
    const values = accesses.map(({ decisionId, id }, i) => [id, i + 1, decisionId]);
    await run(
      sql(`INSERT INTO sampled_access ("id", "week", "number", "decision_id")
        SELECT ${textAt(0)}, ${from}, ${integer(1)}, ${textAt(2)} FROM ${given} WHERE TRUE`),
      [JSON.stringify(values)],
    );
  }
}
