import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { NOUNS, type Noun, type RowChange } from "../../domain/policy/types.ts";
import { columnList, quoted, toDatabase } from "../database/columns.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { policyTables, ROW_KEY, SINCE, storedColumns, UNTIL } from "./policyTables.ts";

interface On {
  readonly run: RunSql;
  readonly dialect: Dialect;
}

/** Changes that are written together. */
export type Part = readonly RowChange[];

/**
 * Changes of one part: a decision waits for the transaction of one, and the event loop for its values. Both databases take the
 * parameters of so many rows in a statement.
 */
const CHANGES_OF_PART = 250;

/** In the order in which they come: by key, which is near what was written before. */
export const partsOf = (changes: readonly RowChange[]): readonly Part[] =>
  Array.from({ length: Math.ceil(changes.length / CHANGES_OF_PART) }, (_, i) =>
    changes.slice(i * CHANGES_OF_PART, (i + 1) * CHANGES_OF_PART),
  );

const repeated = (what: string, times: number): string => Array.from({ length: times }, () => what).join(", ");

interface OfNoun {
  readonly noun: Noun;
  readonly changes: Part;
}

async function endRows({ run, dialect }: On, { noun, changes }: OfNoun, revision: number): Promise<void> {
  if (changes.length === 0) return;
  const sql = `UPDATE ${quoted(policyTables[noun].name)} SET ${quoted(UNTIL.name)} = ?
    WHERE ${quoted(UNTIL.name)} IS NULL AND ${quoted(ROW_KEY.name)} IN (${repeated("?", changes.length)})`;
  const { affected } = await run(withParameters(dialect, sql), [revision, ...changes.map(({ key }) => key)]);
  if (affected !== changes.length)
    throw new ScopewardenError("CONFLICT", `Revision ${revision} ends a ${noun} that is not there.`);
}

async function beginRows({ run, dialect }: On, { noun, changes }: OfNoun, since: number): Promise<void> {
  if (changes.length === 0) return;
  const columns = storedColumns[noun];
  const sql = `INSERT INTO ${quoted(policyTables[noun].name)} (${columnList(columns)})
    VALUES ${repeated(`(${repeated("?", columns.length)})`, changes.length)}`;
  const values = changes.flatMap(({ key, after }) => {
    const row = { ...after, rowKey: key, since, until: null } as Readonly<Record<string, unknown>>;
    return columns.map((c) => toDatabase(row[c.property], c));
  });
  await run(withParameters(dialect, sql), values);
}

/** Ends the rows that a part of a revision takes away or replaces, and begins those that it brings. */
export async function writePart(on: On, part: Part, revision: number): Promise<void> {
  for (const noun of NOUNS) {
    const own = part.filter((change) => change.noun === noun);
    await endRows(on, { noun, changes: own.filter(({ before }) => before !== null) }, revision);
    await beginRows(on, { noun, changes: own.filter(({ after }) => after !== null) }, revision);
  }
}

/** Takes back some of what was written of a revision that never came to be; says whether there was anything. */
export async function takeBackPart({ run, dialect }: On, revision: number): Promise<boolean> {
  const [key, since, until] = [quoted(ROW_KEY.name), quoted(SINCE.name), quoted(UNTIL.name)];
  for (const noun of NOUNS) {
    const table = quoted(policyTables[noun].name);
    const some = (bound: string): string =>
      `WHERE ${bound} = ? AND ${key} IN (SELECT ${key} FROM ${table} WHERE ${bound} = ? LIMIT ${CHANGES_OF_PART})`;
    // What has begun first: two rows of one key can't both be current.
    for (const sql of [`DELETE FROM ${table} ${some(since)}`, `UPDATE ${table} SET ${until} = NULL ${some(until)}`]) {
      const { affected } = await run(withParameters(dialect, sql), [revision, revision]);
      if (affected > 0) return true;
    }
  }
  return false;
}
