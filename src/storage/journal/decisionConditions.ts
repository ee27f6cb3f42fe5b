import type { DecisionFilter } from "../../domain/decisions/types.ts";
import { column, quoted } from "../database/columns.ts";
import type { Statement } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { fromNetwork } from "./decisionAddresses.ts";

export interface Condition {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What a row of `decision_index` must say, all of it. */
export function conditionsOf(
  filter: DecisionFilter,
  dialect: Dialect,
  { hasMany = false }: { readonly hasMany?: boolean } = {},
): readonly Condition[] {
  const { network, reason, ruleId, from, to, ...equal } = filter;
  const conditions: Condition[] = Object.entries(equal).map(([property, value]) => ({
    sql: `${quoted(column(property, "text").name)} = ?`,
    parameters: [value],
  }));
  if (from !== undefined) conditions.push({ sql: '"decided_at" >= ?', parameters: [from] });
  if (to !== undefined) conditions.push({ sql: '"decided_at" < ?', parameters: [to] });
  if (reason !== undefined)
    conditions.push({ sql: dialect.contains('"reason_codes"', "?"), parameters: [`|${reason}|`] });
  if (ruleId !== undefined)
    conditions.push({ sql: dialect.contains('"rule_ids"', "?"), parameters: [JSON.stringify(ruleId)] });
  if (network !== undefined) conditions.push(fromNetwork(network, { hasMany }));
  return conditions;
}

/** Positions after one up to and with another. */
export interface Span {
  readonly after: number;
  readonly until: number;
}

const PATIENT = `${quoted("patient")} = ?`;
const amongPatients = (condition: Condition): Condition =>
  condition.sql === PATIENT ? { ...condition, sql: '"of_patient" = ?' } : condition;

/** The statement for the newest positions of a span in a table under conditions. */
function newestIn(table: string, conditions: readonly Condition[], { after, until }: Span, most: number): Statement {
  const where = ['"seq" > ?', '"seq" <= ?', ...conditions.map(({ sql }) => sql)].join(" AND ");
  const sql = `SELECT "seq" FROM ${table} WHERE ${where} ORDER BY "seq" DESC LIMIT ?`;
  return [sql, [after, until, ...conditions.flatMap(({ parameters }) => parameters), most]];
}

/**
 * The statements for the newest positions of a span under conditions, one for each place where a decision may stand. Most name one
 * patient, who stands in the index itself; others stand beside it.
 */
export function newestOf(conditions: readonly Condition[], span: Span, most: number): readonly Statement[] {
  const ofIndex = newestIn("decision_index", conditions, span, most);
  if (!conditions.some(({ sql }) => sql === PATIENT)) return [ofIndex];
  const beside = 'decision_patient JOIN decision_index USING ("seq")';
  return [ofIndex, newestIn(beside, conditions.map(amongPatients), span, most)];
}
