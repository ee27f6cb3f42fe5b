import { DAY_MS } from "../../domain/policy/use.ts";
import { sharedTypes } from "../../domain/scopes/sharedTypes.ts";
import { withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import type { FollowerBatch } from "./follower.ts";

const COLUMNS = `"day", "accesses", "without_address", "of_patients", "without_patient", "without_purpose"`;
const OF_PATIENTS = `"resource_type" NOT IN (${sharedTypes.map((type) => `'${type}'`).join(", ")})`;
/** The patient of a resource of type Patient is its id. */
const NOBODY = `"patient" IS NULL AND NOT ("resource_type" = 'Patient' AND "resource_id" IS NOT NULL)`;
const count = (condition: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;

const BY_DAY = `SELECT "decided_at" - "decided_at" % ${DAY_MS} AS "day", COUNT(*) AS "n", ${count('"ip_address" IS NULL')} AS "address",
  ${count(OF_PATIENTS)} AS "patients", ${count(`${OF_PATIENTS} AND ${NOBODY}`)} AS "nobody", ${count('"purpose_of_use" IS NULL')} AS "purpose"
  FROM decision_index WHERE "seq" > ? AND "seq" <= ? AND "kind" = 'ACCESS' GROUP BY 1`;

/** Counts by the day what requests left out, of what the index has after a position up to and with another, in its transaction. */
export async function countBlind({ after, change, dialect, run, until }: FollowerBatch): Promise<void> {
  const { rows } = await run(withParameters(dialect, BY_DAY), [after, until]);
  if (rows.length === 0) return;
  const { integer, rows: given } = jsonRows(dialect);
  const added = ["accesses", "without_address", "of_patients", "without_patient", "without_purpose"];
  const sql = `INSERT INTO blind_count (${COLUMNS}) SELECT ${[0, 1, 2, 3, 4, 5].map(integer).join(", ")} FROM ${given} WHERE TRUE
    ON CONFLICT ("day") DO UPDATE SET ${added.map((name) => `"${name}" = blind_count."${name}" + excluded."${name}"`).join(", ")}`;
  const values = rows.map((row) =>
    [row.day, row.n, row.address, row.patients, row.nobody, row.purpose].map((value) => Number(value)),
  );
  await change(withParameters(dialect, sql), [JSON.stringify(values)]);
}
