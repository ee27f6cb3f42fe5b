import type { EntitySchema } from "typeorm";
import { withAtoms } from "../../domain/policy/derivedAtoms.ts";
import { membersOf, type ValueType } from "../../domain/policy/members.ts";
import type { PolicyRevision, PolicyRevisionAct } from "../../domain/policy/store.ts";
import { NOUNS, type Noun, type PolicyRows, type ScopeVersion } from "../../domain/policy/types.ts";
import { type Column, type ColumnType, column, columnsOf, fromRow, fromValues } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { entity } from "../database/entity.ts";

/** Which row of the noun it is, and the revisions at which it began and ended; `until` null: it is current. */
export const ROW_KEY = column("rowKey", "key");
export const SINCE = column("since", "integer");
export const UNTIL = column("until", "integer");

export interface PolicyTable {
  readonly name: string;
  /** The columns that hold the row itself. */
  readonly columns: readonly Column[];
}

const COLUMN_TYPES: Readonly<Record<ValueType, ColumnType>> = {
  name: "key",
  text: "text",
  time: "integer",
  whole: "integer",
  flag: "boolean",
  json: "json",
};

const tableOf = (noun: Noun): PolicyTable => ({
  name: `policy_${noun}`,
  columns: membersOf(noun)
    .filter(({ role }) => role !== "derived")
    .map(({ name, type }) => column(name, COLUMN_TYPES[type])),
});

const eachNoun = <Value>(make: (noun: Noun) => Value) =>
  Object.fromEntries(NOUNS.map((noun) => [noun, make(noun)])) as { readonly [N in Noun]: Value };

export const policyTables = eachNoun(tableOf);

/** Every column of a noun's table, in the order in which rows are written. */
export const storedColumns = eachNoun((noun): readonly Column[] => [
  ROW_KEY,
  SINCE,
  UNTIL,
  ...policyTables[noun].columns,
]);

/** What of a row is stored, as JSON: all but what is derived. */
export function storedJson(noun: Noun, row: PolicyRows[Noun] | null): Readonly<Record<string, unknown>> | null {
  const values = row as Readonly<Record<string, unknown>> | null;
  if (values === null) return null;
  return Object.fromEntries(policyTables[noun].columns.map(({ property }) => [property, values[property] ?? null]));
}

const complete = <N extends Noun>(noun: N, stored: unknown): PolicyRows[N] =>
  (noun === "scope" ? withAtoms(stored as Omit<ScopeVersion, "atoms">) : stored) as PolicyRows[N];

/** A policy row from a row of its noun's table. */
export const policyRow = <N extends Noun>(noun: N, row: RawRow): PolicyRows[N] =>
  complete(noun, fromRow(policyTables[noun].columns, row));

/** A policy row from the values of its noun's columns, in their order. */
export const policyRowOf = <N extends Noun>(noun: N, values: readonly unknown[]): PolicyRows[N] =>
  complete(noun, fromValues(policyTables[noun].columns, values));

/** A revision as it is stored: what it changed are the rows that begin or end with it. */
export const revisionColumns = columnsOf<PolicyRevision & Pick<PolicyRevisionAct, "changesSha256">>({
  revision: "integer",
  author: "text",
  reason: "text",
  committedAt: "integer",
  changeCount: "integer",
  changesSha256: "text",
});

export const policyEntities = Object.fromEntries(
  NOUNS.map((noun) => [noun, entity(policyTables[noun].name, storedColumns[noun], ["rowKey", "since"])]),
) as { readonly [N in Noun]: EntitySchema };
export const revisionEntity = entity("policy_revision", revisionColumns, ["revision"]);
