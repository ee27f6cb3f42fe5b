import { conflict } from "../../domain/kernel/errors.ts";
import { sampleKind } from "../../domain/monitoring/samples/sampleKind.ts";
import type { SampleStore } from "../../domain/monitoring/samples/store.ts";
import { drawnAct, judgedAct, type SampledAccess } from "../../domain/monitoring/samples/weeklySample.ts";
import { sampleAct } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import type { RawRow } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { createStepWriter } from "../journal/stepWriter.ts";
import { createCaseSql } from "./caseSql.ts";
import { type CaseDeps, createCaseStore } from "./caseStore.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Weekly samples can't be read or written.", error));

const SAMPLE = `SELECT "week", "drawn_at", "drawn_by", "population" FROM weekly_sample WHERE "week" = ?`;

function lastAct(access: SampledAccess) {
  if (access.judged === null) throw new Error(`Nobody has judged access ${access.id}.`);
  return sampleAct(judgedAct(access, access.judged), access.id);
}

/** Weekly samples: a week that was drawn is a row, and each of its accesses a case. */
export function createSampleStore(
  deps: CaseDeps & {
    /** Ends when all that is on record was watched; rejects with JOURNAL_UNAVAILABLE when it can't be. */
    readonly untilWatched: () => Promise<void>;
  },
): SampleStore {
  const { source, lists, dialect, untilWatched } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const step = createStepWriter(deps);
  const cases = createCaseStore(deps, sampleKind, { actOf: lastAct });
  const { insert } = createCaseSql(dialect, sampleKind);
  const ADD = sql(
    `INSERT INTO weekly_sample ("week", "drawn_at", "drawn_by", "population") VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );

  return {
    ...cases,
    findAccess: cases.find,
    async find(from) {
      const rows = () => source.query<RawRow[]>(sql(SAMPLE), [from]);
      const [row] = await answerWithin(LOOKUP_MS, rows).catch(fail);
      if (row === undefined) return null;
      const drawing = {
        from,
        drawnAt: Number(row.drawn_at),
        drawnBy: String(row.drawn_by),
        population: Number(row.population),
      };
      // Their ids are alike but for the number at their end.
      return {
        ...drawing,
        accesses: await cases.look([['"parent" = ?', String(from)]], 'ORDER BY LENGTH("id"), "id"'),
      };
    },

    draw(sample) {
      const { accesses, drawnAt, drawnBy, from, population } = sample;
      const act = sampleAct(drawnAct(sample));
      return step({
        ...{ author: drawnBy, actId: act.id },
        async work(run) {
          if ((await run(ADD, [from, drawnAt, drawnBy, population])).affected !== 1)
            throw conflict("The sample of this week is drawn already. Nothing was changed.");
          await insert(run, ...accesses);
          return act;
        },
      }).catch(fail);
    },

    judge: (id, judged) =>
      cases.step(id, {
        ...{ event: "JUDGED", author: judged.by.callerId, at: judged.at, from: ["OPEN"] },
        change: (access) => ({ ...access, judged }),
      }),

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
}
