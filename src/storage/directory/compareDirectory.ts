import { quoted } from "../database/columns.ts";
import type { Dialect } from "../database/dialect.ts";
import { isOfValue } from "../database/faults.ts";
import { type ReadThen, readingThen } from "../journal/derived/atOneMoment.ts";
import { compareHistory, type HistoryComparison } from "../journal/derived/compareHistory.ts";
import { changesSha256 } from "./directoryCommit.ts";
import { changesOf } from "./directoryProblem.ts";
import { ENTITIES, REVISIONS, revisionColumns } from "./directoryTables.ts";

/** Whether what decisions take from the directory is what the acts of its revisions say. Entities are not named: they may be patients. */
export function compareDirectory(read: ReadThen, dialect: Dialect): Promise<HistoryComparison> {
  const reading = readingThen(read, dialect);
  return compareHistory(read, {
    history: "directory",
    kind: "DIRECTORY",
    prefix: "directory:",
    table: REVISIONS,
    columns: revisionColumns,
    async changed(revision) {
      try {
        const changes = await changesOf(reading, revision);
        const found = `the entities that begin or end with it, ${changes.length} in the table, are not what was put on record`;
        return { sha256: changesSha256(changes), differing: () => [found] };
      } catch (error) {
        if (isOfValue(error)) return null;
        throw error;
      }
    },
    async strays(last) {
      const stray = `SELECT COUNT(*) AS "n" FROM ${quoted(ENTITIES)} WHERE "since" < 1 OR "since" > ? OR "until" > ?`;
      const [row] = await read(stray, [last, last]);
      return Number(row?.n) === 0 ? [] : [`${Number(row?.n)} entities begin or end with no revision`];
    },
  });
}
