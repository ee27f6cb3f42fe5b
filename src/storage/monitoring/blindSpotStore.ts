import type { DataSource } from "typeorm";
import { PATIENT_TYPE } from "../../domain/kernel/patientId.ts";
import type { BlindCounts, BlindSpotStore } from "../../domain/monitoring/blindSpots/store.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { jsonRows } from "../database/jsonRows.ts";
import type { AsOf } from "../journal/asOf.ts";
import { BLIND_PLACES } from "../journal/rollup/dimensions.ts";
import { countsIn, daysOf, EVER, type Part } from "../journal/rollup/rollupSums.ts";

const known = (type: string, id: string): string =>
  `EXISTS (SELECT 1 FROM directory_entity AS e WHERE e."type" = ${type} AND e."id" = ${id} AND e."until" IS NULL)`;

/** Reads what is counted, explained and learnt beside the journal. */
export function createBlindSpotStore(deps: {
  readonly lists: DataSource;
  readonly dialect: Dialect;
  /** Up to when decisions are counted, and up to when accesses are explained. */
  readonly asOf: { readonly counted: AsOf; readonly watched: AsOf };
}): BlindSpotStore {
  const { asOf, dialect, lists } = deps;
  const fail = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "What watching can't see can't be counted.", error));
  const rows = (statement: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    lists.query<RawRow[]>(withParameters(dialect, statement), [...parameters]).catch(fail);

  const { member, rows: given, text } = jsonRows(dialect);
  async function counted(part: Part): Promise<BlindCounts> {
    const places = Object.entries(BLIND_PLACES);
    const sums = places.map(
      ([name, place]) => `SUM(CASE WHEN ${member('k."key"', place)} IS NULL THEN 0 ELSE s."n" END) AS "${name}"`,
    );
    const [row] = await rows(`SELECT SUM(s."n") AS "n", ${sums.join(", ")} FROM ${countsIn("BLIND", part)}`, []);
    return {
      accesses: Number(row?.n),
      withoutAddress: Number(row?.NO_ADDRESS),
      ofPatients: Number(row?.OF_PATIENTS),
      withoutPatient: Number(row?.NO_PATIENT),
      withoutPurpose: Number(row?.NO_PURPOSE),
    };
  }

  return {
    async counts({ from, to }) {
      const countedTo = await asOf.counted().catch(fail);
      return { asOf: countedTo, ...(await counted(daysOf({ from, to }))) };
    },

    totals: () => counted(EVER),

    async unexplained({ from, to }) {
      const watchedTo = await asOf.watched().catch(fail);
      const isKnown = `${known('w."person_type"', 'w."person_id"')} AND ${known(`'${PATIENT_TYPE}'`, 'w."patient"')}`;
      const [row] = await rows(
        `SELECT COUNT(*) AS "n", SUM(CASE WHEN ${isKnown} THEN 0 ELSE 1 END) AS "unknown"
          FROM watched_access AS w WHERE w."kind" IS NULL AND w."at" >= ? AND w."at" < ?`,
        [from, to],
      );
      return { asOf: watchedTo, accesses: Number(row?.n), unknown: Number(row?.unknown ?? 0) };
    },

    async withoutBaseline({ detectors, ids, kind }) {
      if (ids.length === 0) return [];
      const among = detectors.map(() => "?").join(", ");
      const found = await rows(
        `SELECT ${text(0)} AS "id" FROM ${given} WHERE NOT EXISTS (SELECT 1 FROM watch_baseline AS b
          WHERE b."detector" IN (${detectors.length === 0 ? "NULL" : among}) AND b."kind" = ? AND b."entity" = ${text(0)})`,
        [JSON.stringify(ids.map((id) => [id])), ...detectors, kind],
      );
      return found.map(({ id }) => String(id));
    },
  };
}
