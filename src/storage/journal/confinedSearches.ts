import { patientsOfDecision } from "../../domain/monitoring/explanations/accessesOf.ts";
import { withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { decodeDecision } from "./decisionRow.ts";
import type { FollowerBatch } from "./follower.ts";
import { type AlikeRow, areAccesses } from "./indexedAlike.ts";

/** Accesses that name nobody, with an obligation that names somebody: few are. */
const CANDIDATES = `SELECT "seq", "record", "personal" FROM journal JOIN decision_index AS i USING ("seq")
  WHERE "seq" > ? AND "seq" <= ? AND journal."kind" = 'DECISION' AND i."kind" = 'ACCESS' AND i."patient" IS NULL
    AND "personal" LIKE '%"obligations.%' ORDER BY "seq"`;

/**
 * Adds to `decision_patient` those to whom a filter confines searches that name nobody: so such a search is found as an access to
 * each of them. Of decisions that are in the index.
 */
export async function indexConfined(
  { after, change, dialect, select, until }: FollowerBatch,
  alike: readonly AlikeRow[],
): Promise<void> {
  if (!alike.some((row) => areAccesses(row) && Number(row.unnamed) > 0)) return;
  const rows = await select(withParameters(dialect, CANDIDATES), [after, until]);
  const found = rows.flatMap((row) =>
    patientsOfDecision(decodeDecision(row)).map((patient) => [patient, Number(row.seq)] as const),
  );
  if (found.length === 0) return;
  const { integer, rows: given, text } = jsonRows(dialect);
  const sql = `INSERT INTO decision_patient ("of_patient", "seq") SELECT ${text(0)}, ${integer(1)} FROM ${given} WHERE TRUE`;
  await change(withParameters(dialect, sql), [JSON.stringify(found)]);
}
