import type { DataSource } from "typeorm";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { DetectorCode } from "../../domain/monitoring/detectors/detector.ts";
import type { DetectorStore } from "../../domain/monitoring/detectors/store.ts";
import { detectorAct } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { takingNew } from "../database/jsonRows.ts";
import type { CloseProposal } from "../journal/acts.ts";
import { createStepWriter, type StepDeps } from "../journal/stepWriter.ts";
import { settingColumns, settingOf, valuesOf } from "./watchTables.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Detectors can't be read or set.", error));

/** How detectors are set, in one row each. */
export function createDetectorStore(
  deps: StepDeps & {
    readonly source: DataSource;
    /** For counts, which may take long. */
    readonly lists: DataSource;
    readonly closeProposal: CloseProposal;
  },
): DetectorStore {
  const { closeProposal, source, lists, dialect } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const step = createStepWriter(deps);
  const SELECT = `SELECT ${columnList(settingColumns)} FROM watch_detector`;
  const SET = sql(`INSERT INTO watch_detector (${columnList(settingColumns)})
    VALUES (${settingColumns.map(() => "?").join(", ")})
    ON CONFLICT ("detector") DO UPDATE SET ${takingNew(settingColumns.slice(1))}
      WHERE watch_detector."version" = excluded."version" - 1`);
  const IS_THERE = sql('SELECT "version" FROM watch_detector WHERE "detector" = ?');

  return {
    async settings() {
      const rows = await answerWithin(LOOKUP_MS, () => source.query<RawRow[]>(SELECT)).catch(fail);
      return rows.map(settingOf);
    },

    change(setting, record, carriedOut) {
      const { changedBy, detector, version } = setting;
      const values = valuesOf(settingColumns, setting);
      const act = detectorAct(record);
      const moved = () =>
        new ScopewardenError(
          "CONFLICT",
          `Detector ${detector} was set by somebody else meanwhile. Nothing was changed: look at it, and set it anew.`,
        );
      return step({
        author: changedBy,
        actId: act.id,
        async work(run) {
          const [standing] = (await run(IS_THERE, [detector])).rows;
          if (Number(standing?.version ?? 0) !== version - 1) throw moved();
          const { affected } = await run(SET, values);
          if (affected !== 1) throw moved();
          if (carriedOut !== undefined) await closeProposal(run, carriedOut, null);
          return act;
        },
      }).catch(fail);
    },

    async countsSince(from) {
      const rows = await lists
        .query<RawRow[]>(
          sql(`SELECT f."detector", COUNT(*) AS "findings", COUNT(DISTINCT CASE WHEN s."opened_at" >= ? THEN s."id" END) AS "alerts"
            FROM watch_finding AS f LEFT JOIN watch_story AS s ON s."id" = f."story_id" WHERE f."at" >= ? GROUP BY f."detector"`),
          [from, from],
        )
        .catch(fail);
      return new Map(
        rows.map((row) => [
          row.detector as DetectorCode,
          { findings: Number(row.findings), alerts: Number(row.alerts) },
        ]),
      );
    },
  };
}
