import type { DataSource } from "typeorm";
import type { QuestionStore } from "../../domain/audit/questionsAsked.ts";
import { wholeRecord } from "../../domain/record/personal.ts";
import type { SimulationAct } from "../../domain/record/simulationAct.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { RECORD_COLUMNS } from "./decisionRow.ts";

/** Lists the questions about changes that are not made from the journal itself, by an index of its own. */
export const createQuestionStore = ({
  dialect,
  source,
}: {
  readonly source: DataSource;
  readonly dialect: Dialect;
}): QuestionStore => ({
  async page({ after, first }) {
    const before = after === null ? "" : 'AND "seq" < ?';
    const sql = `SELECT "seq", ${RECORD_COLUMNS} FROM journal WHERE "kind" = 'SIMULATION' ${before} ORDER BY "seq" DESC LIMIT ?`;
    const rows = await source
      .query<RawRow[]>(withParameters(dialect, sql), [...(after === null ? [] : [after]), first + 1])
      .catch((error: unknown) =>
        Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error)),
      );
    const items = rows.slice(0, first).map((row) => ({
      node: wholeRecord(String(row.record), String(row.personal), Boolean(row.has_erased)) as SimulationAct,
      key: Number(row.seq),
    }));
    return { items, hasNextPage: rows.length > first };
  },
});
