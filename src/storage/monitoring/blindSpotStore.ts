import type { DataSource } from "typeorm";
import { PATIENT_TYPE } from "../../domain/kernel/patientId.ts";
import type { BlindCounts, BlindSpotStore } from "../../domain/monitoring/blindSpots/store.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { jsonRows } from "../database/jsonRows.ts";

const known = (type: string, id: string): string =>
  `EXISTS (SELECT 1 FROM directory_entity AS e WHERE e."type" = ${type} AND e."id" = ${id} AND e."until" IS NULL)`;

/** Reads what is counted, explained and learnt beside the journal. */
export function createBlindSpotStore(deps: {
  readonly lists: DataSource;
  readonly dialect: Dialect;
  readonly untilIndexed: () => Promise<void>;
  readonly untilWatched: () => Promise<void>;
}): BlindSpotStore {
  const { dialect, lists, untilIndexed, untilWatched } = deps;
  const fail = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "What watching can't see can't be counted.", error));
  const rows = (statement: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    lists.query<RawRow[]>(withParameters(dialect, statement), [...parameters]).catch(fail);

  const { rows: given, text } = jsonRows(dialect);
  const sum = (name: string): string => `COALESCE(SUM("${name}"), 0) AS "${name}"`;
  const SUMS = ["accesses", "without_address", "of_patients", "without_patient", "without_purpose"].map(sum).join(", ");
  async function counted(condition: string, parameters: readonly unknown[]): Promise<BlindCounts> {
    const [row] = await rows(`SELECT ${SUMS} FROM blind_count ${condition}`, parameters);
    return {
      accesses: Number(row?.accesses),
      withoutAddress: Number(row?.without_address),
      ofPatients: Number(row?.of_patients),
      withoutPatient: Number(row?.without_patient),
      withoutPurpose: Number(row?.without_purpose),
    };
  }

  return {
    async counts({ from, to }) {
      await untilIndexed().catch(fail);
      return counted('WHERE "day" >= ? AND "day" < ?', [from, to]);
    },

    totals: () => counted("", []),

    async unexplained({ from, to }) {
      await untilWatched().catch(fail);
      const isKnown = `${known('w."person_type"', 'w."person_id"')} AND ${known(`'${PATIENT_TYPE}'`, 'w."patient"')}`;
      const [row] = await rows(
        `SELECT COUNT(*) AS "n", SUM(CASE WHEN ${isKnown} THEN 0 ELSE 1 END) AS "unknown"
          FROM watched_access AS w WHERE w."kind" IS NULL AND w."at" >= ? AND w."at" < ?`,
        [from, to],
      );
      return { accesses: Number(row?.n), unknown: Number(row?.unknown ?? 0) };
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
