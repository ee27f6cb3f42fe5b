import type { DecisionFilter } from "../../domain/decisions/types.ts";
import { type Column, quoted } from "../database/columns.ts";
import type { RawRow, RunSql, Statement } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { type Condition, newestOf, type Span } from "./decisionConditions.ts";
import { type Blocks, within } from "./facetSets.ts";
import { indexColumns } from "./journalTables.ts";
import { forgetBlooms, type SoughtKey } from "./keyBlooms.ts";

/** What nearly every decision has another of, so that sets would be as many as positions; and whose decisions are read one by one. */
export const KEYS = {
  patient: indexColumns.patient,
  resourceId: indexColumns.resourceId,
  subjectId: indexColumns.subjectId,
} as const satisfies Readonly<Record<string, Column>>;
export type KeyName = keyof typeof KEYS;

const ALL = Object.entries<Column>(KEYS);
/** Their columns of the index. */
export const KEY_COLUMNS: string = ALL.map(([, { name }]) => quoted(name)).join(", ");

/** Writes the keys of decisions, of each name those after a position, up to and with another. */
export const writeKeys = (dialect: Dialect, blockSize: number): string =>
  withParameters(
    dialect,
    `INSERT INTO decision_key ("block", "name", "value", "seq") ${ALL.map(
      ([key, { name }]) => `SELECT ("seq" - 1) / ${blockSize}, '${key}', ${quoted(name)}, "seq" FROM decision_index
        WHERE "seq" > ? AND "seq" <= ? AND ${quoted(name)} IS NOT NULL`,
    ).join(" UNION ALL ")} ORDER BY 2, 3, 4`,
  );
export const keysBetween = (after: number, until: number): readonly number[] => ALL.flatMap(() => [after, until]);

/**
 * Where positions stand that have a value, which is the parameter, in sealed blocks: `block` and `seq`, a block at a time in the table's own
 * order. `blocks` is a condition on the blocks, `b`; CROSS has SQLite take them first.
 */
export const keyed = (name: KeyName, blocks: string): string =>
  `SELECT b."block", k."seq" FROM decision_block AS b CROSS JOIN decision_key AS k
    WHERE ${blocks} AND k."block" = b."block" AND k."name" = '${name}' AND k."value" = ?`;

/** By which key the decisions of a filter are found; null: it asks for none. */
export function soughtKey({ patient, resourceId }: DecisionFilter): SoughtKey | null {
  if (resourceId !== undefined) return ["resourceId", resourceId];
  return patient === undefined ? null : ["patient", patient];
}

/**
 * What gives the statements for the newest positions of a span of sealed blocks that have a key, the filter's own, under the further
 * conditions of the filter: one for each place where a decision may stand, as `newestOf` has them.
 */
export function newestOfOne(
  [name, value]: SoughtKey,
  filter: DecisionFilter,
  conditionsOf: (filter: DecisionFilter) => readonly Condition[],
): (span: Span, blocks: Blocks, most: number) => readonly Statement[] {
  const { [name]: _, ...others } = filter;
  const [further, all] = [conditionsOf(others), conditionsOf(filter)];
  const joined = further.length === 0 ? "" : 'JOIN decision_index USING ("seq")';
  const where = ['s."seq" > ?', 's."seq" <= ?', ...further.map(({ sql }) => sql)].join(" AND ");
  const newest = (blocks: string): string => `SELECT s."seq" AS "seq" FROM (${keyed(name, blocks)}) AS s ${joined}
    WHERE ${where} ORDER BY s."block" DESC, s."seq" DESC LIMIT ?`;
  return (span, blocks, most) => {
    const [, ...beside] = newestOf(all, span, most);
    if (blocks.among?.length === 0) return beside;
    const [sql, parameters] = within("b", blocks);
    const values = [...parameters, value, span.after, span.until, ...further.flatMap(({ parameters }) => parameters)];
    return [[newest(sql), [...values, most]], ...beside];
  };
}

/**
 * All positions of the index that have one of some values, as a SELECT whose parameters are a time and twice the values: of blocks that end
 * before that time none, of others those that are sealed by their keys, and what is not sealed by the index itself.
 */
export function positionsOfAny(name: KeyName, marks: string, blockSize: number): string {
  const sealed = `COALESCE((SELECT (MAX("block") + 1) * ${blockSize} FROM decision_block), 0)`;
  return `SELECT k."seq" FROM decision_block AS b CROSS JOIN decision_key AS k
      WHERE b."last_at" >= ? AND k."block" = b."block" AND k."name" = '${name}' AND k."value" IN (${marks})
    UNION ALL SELECT u."seq" FROM decision_index AS u WHERE u."seq" > ${sealed} AND u.${quoted(KEYS[name].name)} IN (${marks})`;
}

/**
 * Takes decisions out of the keys by which they are found, and the filters of their blocks with them. `rows` are as the index had them, with `seq` and `KEY_COLUMNS`. Whoever seals a
 * block meanwhile must be kept waiting.
 */
export async function leaveKeys(
  on: { readonly run: RunSql; readonly dialect: Dialect; readonly blockSize: number },
  rows: readonly RawRow[],
): Promise<void> {
  const { blockSize, dialect, run } = on;
  const leaving = rows.flatMap((row) =>
    ALL.flatMap(([key, { name }]) =>
      typeof row[name] === "string"
        ? [[Math.floor((Number(row.seq) - 1) / blockSize), key, row[name], Number(row.seq)] as const]
        : [],
    ),
  );
  if (leaving.length === 0) return;
  const { integer, rows: given, text } = jsonRows(dialect);
  const remove = `DELETE FROM decision_key WHERE ("block", "name", "value", "seq") IN
    (SELECT ${integer(0)}, ${text(1)}, ${text(2)}, ${integer(3)} FROM ${given})`;
  await run(withParameters(dialect, remove), [JSON.stringify(leaving)]);
  await forgetBlooms(on, leaving);
}
