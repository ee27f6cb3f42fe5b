import { NOUNS, type RowChange } from "../../domain/policy/types.ts";
import { quoted } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { isOfValue } from "../database/faults.ts";
import { changesDigest } from "./changesHash.ts";
import { policyRow, policyTables, ROW_KEY, SINCE, UNTIL } from "./policyTables.ts";

const REVISIONS_AT_ONCE = 100;

export interface Reading {
  readonly run: RunSql;
  readonly dialect: Dialect;
}

/** What a revision changed, by the rows that begin and end with it. @throws for a row that can't be read */
export async function changesOf({ run, dialect }: Reading, revision: number): Promise<readonly RowChange[]> {
  const changes = new Map<string, RowChange>();
  for (const noun of NOUNS) {
    const bound = (by: string): string =>
      withParameters(dialect, `SELECT * FROM ${quoted(policyTables[noun].name)} WHERE ${quoted(by)} = ?`);
    const take = (row: RawRow, side: "before" | "after"): void => {
      const key = String(row[ROW_KEY.name]);
      const known = changes.get(`${noun} ${key}`) ?? { noun, key, before: null, after: null };
      changes.set(`${noun} ${key}`, { ...known, [side]: policyRow(noun, row) } as RowChange);
    };
    for (const row of (await run(bound(UNTIL.name), [revision])).rows) take(row, "before");
    for (const row of (await run(bound(SINCE.name), [revision])).rows) take(row, "after");
  }
  return [...changes.values()];
}

/** A noun that has rows of a revision which the history does not have, nor is to have when it is written, or null. */
async function strayNoun({ run }: Pick<Reading, "run">): Promise<string | null> {
  const head = `(SELECT COALESCE(MAX("revision"), 0) FROM policy_revision)`;
  const last = `(SELECT COALESCE(MAX("revision"), ${head}) FROM policy_unfinished WHERE "revision" = ${head} + 1)`;
  for (const noun of NOUNS) {
    const stray = `SELECT 1 FROM ${quoted(policyTables[noun].name)} WHERE "since" < 1 OR "since" > ${last} OR "until" > ${last} LIMIT 1`;
    if ((await run(stray)).rows.length > 0) return noun;
  }
  return null;
}

/**
 * Whether the rows that decisions are made from are what was committed: those that begin and end with a revision have the
 * hash that was kept with it, so a byte that differs is found, where a page may be in order all the same. Null: they
 * are. `late`: the time was over first.
 */
export async function policyProblem(reading: Reading, isLate: () => boolean): Promise<string | "late" | null> {
  const { run, dialect } = reading;
  const history = withParameters(
    dialect,
    `SELECT "revision", "changes_sha256" FROM policy_revision WHERE "revision" > ? ORDER BY "revision" LIMIT ?`,
  );
  let last = 0;
  for (let more = true; more; ) {
    const { rows } = await run(history, [last, REVISIONS_AT_ONCE]);
    more = rows.length === REVISIONS_AT_ONCE;
    for (const { revision, changes_sha256: kept } of rows) {
      if (isLate()) return "late";
      if (Number(revision) !== ++last) return `revision ${last} of the policy is missing`;
      try {
        if ((await changesDigest(await changesOf(reading, last))).sha256 === kept) continue;
      } catch (error) {
        if (!isOfValue(error)) throw error;
      }
      return `revision ${last} of the policy is not what was committed`;
    }
  }
  const stray = await strayNoun(reading);
  return stray === null ? null : `a ${stray} of the policy is of no revision`;
}
