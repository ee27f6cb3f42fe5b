import { type Explanation, RELATION_KINDS } from "../../domain/monitoring/explanations/explanation.ts";
import type { ExplainedAccess } from "../../domain/monitoring/explanations/seenBefore.ts";
import { columnList, columnsOf, fromRow } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";

type Row = Omit<ExplainedAccess, "person" | "explanation"> & {
  readonly personType: string;
  readonly personId: string;
  readonly kind: Explanation["kind"] | null;
  readonly reference: string | null;
  readonly since: number | null;
};
const columns = columnsOf<Row>({
  position: "integer",
  patient: "text",
  decisionId: "text",
  at: "integer",
  personType: "text",
  personId: "text",
  clientId: "text",
  role: "text",
  unit: "text",
  organization: "text",
  kind: "text",
  reference: "text",
  since: "integer",
});
export const WATCHED_COLUMNS = columns.map(({ name }) => `w."${name}"`).join(", ");

const rowOf = (access: ExplainedAccess): Row => ({
  position: access.position,
  patient: access.patient,
  decisionId: access.decisionId,
  at: access.at,
  personType: access.person.type,
  personId: access.person.id,
  clientId: access.clientId,
  role: access.role,
  unit: access.unit,
  organization: access.organization,
  kind: access.explanation?.kind ?? null,
  reference: access.explanation?.reference ?? null,
  since: access.explanation?.since ?? null,
});

export function watchedAccessOf(raw: RawRow): ExplainedAccess {
  const { kind, personId, personType, reference, since, ...rest } = fromRow(columns, raw) as unknown as Row;
  const explanation = kind === null || since === null ? null : { kind, reference, since };
  return { ...rest, person: { type: personType, id: personId }, explanation };
}

/** The values of accesses for `insert`: one parameter. */
export const watchedValues = (accesses: readonly ExplainedAccess[]): string =>
  JSON.stringify(
    accesses.map((access) => {
      const row = rowOf(access) as unknown as Readonly<Record<string, unknown>>;
      return columns.map(({ property }) => row[property]);
    }),
  );

const RELATIONS = RELATION_KINDS.map((kind) => `'${kind}'`).join(", ");
/** As the partial index says it. */
const OF_UNIT = 'w."kind" IS NOT NULL AND w."unit" IS NOT NULL';

/** What the follower asks of `watched_access`; each takes a JSON array of rows. */
export function watchedSql(dialect: Dialect) {
  const { integer, rows, text } = jsonRows(dialect);
  const values = columns.map(({ type }, i) => (type === "integer" ? integer(i) : text(i))).join(", ");
  const sql = (statement: string): string => withParameters(dialect, statement);
  return {
    insert: sql(`INSERT INTO watched_access (${columnList(columns)}) SELECT ${values} FROM ${rows} WHERE TRUE`),
    /** Of [patient, unit, role, type and id of the person, from]: the newest that a relation explains, of somebody else. */
    colleagues:
      sql(`SELECT ${WATCHED_COLUMNS} FROM (SELECT DISTINCT ${text(0)} AS "patient", (SELECT w."position" FROM watched_access AS w
        WHERE w."patient" = ${text(0)} AND w."unit" = ${text(1)} AND w."role" = ${text(2)} AND w."at" >= ${integer(5)} AND ${OF_UNIT}
          AND w."kind" IN (${RELATIONS}) AND (w."person_id" <> ${text(4)} OR w."person_type" <> ${text(3)})
        ORDER BY w."at" DESC, w."position" DESC LIMIT 1) AS "position" FROM ${rows}) AS f
      JOIN watched_access AS w ON w."position" = f."position" AND w."patient" = f."patient"`),
    /** Of [patient, unit]: when the unit has seen the patient last. */
    units: sql(`SELECT ${text(0)} AS "patient", ${text(1)} AS "unit", (SELECT MAX(w."at") FROM watched_access AS w
        WHERE w."patient" = ${text(0)} AND w."unit" = ${text(1)} AND ${OF_UNIT}) AS "at" FROM ${rows}`),
  };
}
