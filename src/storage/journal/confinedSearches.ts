import { confinedTo } from "../../domain/monitoring/explanations/accessesOf.ts";
import type { Obligation } from "../../domain/policy/types.ts";
import { wholeRecord } from "../../domain/record/personal.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import type { FollowerBatch } from "./follower.ts";
import { type AlikeRow, areAccesses } from "./indexedAlike.ts";

/** Searches that come at once: between two of these the loop is free. */
const PART = 250;

/** The obligations of a record, and whom they name. What a request brings is as long as its caller likes, and stays in the database. */
const PARTS: { readonly [Name in Dialect["name"]]: { readonly obligations: string; readonly named: string } } = {
  sqlite: {
    obligations: `"record"->'$.obligations'`,
    named: `SELECT json_group_object(p."key", p."value") FROM json_each("personal") AS p`,
  },
  postgres: {
    obligations: `("record"::json->'obligations')::text`,
    named: `SELECT json_object_agg(p."key", p."value")::text FROM json_each("personal"::json) AS p`,
  },
};

/**
 * Accesses that name nobody, with a condition which names a patient. As the record has the condition without the patient, and in a text
 * of a caller's the quotes are escaped, nothing that a request brings is taken for one.
 */
const candidates = ({ contains, name }: Dialect): string =>
  `SELECT "seq", ${PARTS[name].obligations} AS "obligations",
    (${PARTS[name].named} WHERE p."key" LIKE 'obligations.%.patient') AS "named"
  FROM journal JOIN decision_index AS i USING ("seq")
  WHERE "seq" > ? AND "seq" <= ? AND i."kind" = 'ACCESS' AND i."patient" IS NULL AND NOT i."erased" AND journal."kind" = 'DECISION'
    AND ${contains('"record"', `'{"type":"patient"}'`)} ORDER BY "seq" LIMIT ${PART}`;

/**
 * Adds to `decision_patient` those to whom a filter confines searches that name nobody: so such a search is found as an access to
 * each of them. Of decisions that are in the index.
 */
export async function indexConfined(
  { after, change, dialect, select, until }: FollowerBatch,
  alike: readonly AlikeRow[],
): Promise<void> {
  if (!alike.some((row) => areAccesses(row) && Number(row.unnamed) > 0)) return;
  const { integer, rows: given, text } = jsonRows(dialect);
  const find = withParameters(dialect, candidates(dialect));
  const insert = withParameters(
    dialect,
    `INSERT INTO decision_patient ("of_patient", "seq") SELECT ${text(0)}, ${integer(1)} FROM ${given} WHERE TRUE`,
  );
  for (let last: number | null = after; last !== null; ) {
    const rows = await select(find, [last, until]);
    const found = rows.flatMap(({ named, obligations, seq }) => {
      const record = wholeRecord(`{"obligations":${obligations ?? "[]"}}`, String(named ?? "{}"));
      const patients = confinedTo((record as { readonly obligations: readonly Obligation[] }).obligations);
      return patients.map((patient) => [patient, Number(seq)] as const);
    });
    if (found.length > 0) await change(insert, [JSON.stringify(found)]);
    last = rows.length < PART ? null : Number(rows.at(-1)?.seq);
  }
}
