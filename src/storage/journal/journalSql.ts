import { FORMATS } from "../../domain/record/acts.ts";
import { type Column, columnList, quoted } from "../database/columns.ts";
import type { Changed } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { JOURNAL_LOCK } from "../database/postgres.ts";
import type { DecisionRow } from "./decisionRow.ts";
import { journalColumns, SEQ, toIndexColumns } from "./journalTables.ts";

interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What the journal asks of the two databases in words of their own. */
export interface JournalSql {
  /** One INSERT of decisions; rows that are there already, by id or by caller, request id and turn, are skipped. */
  insertDecisions(rows: readonly DecisionRow[]): Statement;
  /** The position of the first of so many rows, the others following without a gap; null when some were skipped. */
  firstPosition(inserted: Changed, rows: number): number | null;
  /** Waits for the journal's turn, inside a transaction, and keeps it until that is durable; null: it has it already. */
  readonly takeTurn: string | null;
  /**
   * What the index gets of the decisions after a position, up to and with another, which are the first parameters: a JSON array each, in
   * the order of `toIndexColumns`. Of those alone in which so many texts stand, the further parameters, as JSON writes them.
   */
  decisionsToIndex(texts?: number): string;
  /** Milliseconds since 1970, by the database's clock: those of instances may differ. */
  readonly now: string;
  /** Ends a SELECT: locks the row until the transaction ends, and finds none where another transaction has it locked. */
  readonly lockUnlessLocked: string;
}

const { kind, format, id, callerId, requestId, requestTurn, salt, record, personal } = journalColumns;
const DECISION = `'DECISION', ${FORMATS.DECISION}`;

/** Salt and `personal`, which come as one text: to bind one more costs the caller more than it takes to part them. */
const PARTED = "substr(column1, 1, instr(column1, '{') - 1), substr(column1, instr(column1, '{'))";

/**
 * A function that gives the statement for so many rows or, with parameters that are not bound and so null, for fewer: a
 * dozen prepared statements serve every size. Texts bound as they are cost both threads less than a JSON text that
 * carries them.
 */
function insertInto(columns: readonly Column[]): (rows: number) => string {
  const inserts = new Map<number, string>();
  const row = `(${Array(columns.length + 1)
    .fill("?")
    .join(", ")})`;
  const bound = columns.map((_, i) => `column${i + 2}`).join(", ");
  return (rows) => {
    const size = 2 ** Math.ceil(Math.log2(rows));
    const known = inserts.get(size);
    if (known !== undefined) return known;
    const sql = `INSERT INTO journal (${columnList([kind, format, salt, personal, ...columns])})
      SELECT ${DECISION}, ${PARTED}, ${bound}
      FROM (VALUES ${Array(size).fill(row).join(", ")}) WHERE column1 IS NOT NULL ON CONFLICT DO NOTHING`;
    inserts.set(size, sql);
    return sql;
  };
}

const insert = insertInto([id, record, callerId, requestId, requestTurn]);
const insertAskedOnce = insertInto([id, record]);

/** How one of the two databases reads the parts of a record. */
interface RecordSql {
  open(path: string): string;
  personal(path: string): string;
  /** Of a resource that names several patients, the first; and all, as a JSON array. */
  readonly firstPatient: string;
  readonly patients: string;
  /** Whether a condition of an obligation names a patient; the obligations, and whom they name, as texts. */
  readonly confines: string;
  readonly obligations: string;
  readonly named: string;
  /** The reasons, a row each, and a member of the one at hand. */
  readonly reasons: string;
  /** How many they are, and a member of the first. */
  readonly count: string;
  first(member: string): string;
  ofReason(member: string): string;
  joined(text: string, separator: string): string;
  /** An aggregate: the texts as one JSON array. */
  jsonArray(text: string): string;
  /** All of these as one JSON array. */
  arrayOf(values: string): string;
  /** The rows between two positions that say some texts, of `personal` what is not erased, and a condition that others can follow. */
  from(texts: number): string;
  readonly erased: string;
}

/**
 * `|CODE|CODE|`, so that one code is found exactly, as `|CODE|`, or nothing where there is none; and ` a b `, the scopes on which an answer rests
 * besides `scope` (domain/decisions/scopesUsed.ts), no scope having a space.
 */
function selectToIndex({
  open,
  personal,
  firstPatient,
  patients,
  confines,
  obligations,
  named,
  arrayOf,
  reasons,
  count,
  first,
  ofReason,
  joined,
  jsonArray,
  from,
  erased,
}: RecordSql): (texts?: number) => string {
  const [scope, code, other] = [open("scope"), ofReason("code"), ofReason("scope")];
  const ofAccess = (access: string, grant: string) =>
    `CASE ${open("kind")} WHEN 'ACCESS' THEN ${access} ELSE ${grant} END`;
  const patient = `COALESCE(${personal("request.resource.patient")}, ${firstPatient})`;
  // As a record has the condition without the patient, and in a text of a caller's the quotes are escaped, nothing that a request
  // brings is taken for one.
  const confined = (value: string) =>
    `CASE WHEN ${open("kind")} = 'ACCESS' AND NOT ${erased} AND ${patient} IS NULL AND ${confines} THEN ${value} END`;
  const values: Readonly<Record<keyof typeof toIndexColumns, string>> = {
    seq: '"seq"',
    decidedAt: open("decidedAt"),
    kind: open("kind"),
    callerId: open("callerId"),
    clientId: open("request.clientId"),
    subjectId: personal("request.subject.id"),
    subjectType: open("request.subject.type"),
    patient: ofAccess(patient, personal("request.context.patient")),
    action: ofAccess(open("request.action"), "'grant'"),
    resourceType: ofAccess(open("request.resource.type"), "'scope'"),
    resourceId: personal("request.resource.id"),
    purposeOfUse: open("request.purposeOfUse"),
    outcome: open("outcome"),
    scope,
    // Most answers rest on one scope, and say so in one reason.
    moreScopes: `CASE WHEN ${open("kind")} = 'ACCESS' AND ${open("outcome")} = 'ALLOW'
      AND NOT (${count} = 1 AND ${first("scope")} = ${scope}) THEN (SELECT ' ' || ${joined("s", " ")} || ' '
      FROM (SELECT DISTINCT ${other} AS s FROM ${reasons} AS x WHERE ${code} = 'ALLOWED_BY_RULE' AND ${other} <> ${scope}) AS y) END`,
    reasonCodes: `CASE WHEN ${count} = 1 THEN '|' || ${first("code")} || '|' ELSE
      COALESCE((SELECT '|' || ${joined("c", "|")} || '|' FROM (SELECT DISTINCT ${code} AS c FROM ${reasons} AS x) AS y), '') END`,
    organization: open("request.resource.organization"),
    ipAddress: personal("request.context.ipAddress"),
    ruleIds: `CASE WHEN ${count} > 1 OR ${first("ruleId")} IS NOT NULL THEN
      (SELECT ${jsonArray("i")} FROM (SELECT DISTINCT ${ofReason("ruleId")} AS i FROM ${reasons} AS x) AS y WHERE i IS NOT NULL) END`,
    erased,
    patients,
    obligations: confined(obligations),
    named: confined(named),
  };
  const items = Object.keys(toIndexColumns).map((name) => values[name as keyof typeof values]);
  return (texts = 0) =>
    `SELECT ${arrayOf(items.join(", "))} AS "decision" FROM ${from(texts)} AND "kind" = 'DECISION' ORDER BY "seq"`;
}

/** A condition for each of some texts, that one of the two parts of a record has it. */
const saying = (texts: number, has: (column: "record" | "personal", text: number) => string): string =>
  Array.from({ length: texts }, (_, i) => ` AND (${has("record", i)} OR ${has("personal", i)})`).join("");

const CONFINING = `'{"type":"patient"}'`;
const OF_OBLIGATION = `k."key" LIKE 'obligations.%.patient'`;

/** Whose the resource is, where it is said of several, or by the directory alone. */
const sqlitePatients = `COALESCE("personal"->'$."request.resource.patients"', "personal"->'$."patients"')`;

const sqliteRecord: RecordSql = {
  open: (path) => `"record"->>'$.${path}'`,
  personal: (path) => `"personal"->>'$."${path}"'`,
  firstPatient: `${sqlitePatients}->>'$[0]'`,
  patients: `json(${sqlitePatients})`,
  confines: `instr("record", ${CONFINING}) > 0`,
  obligations: `("record"->'$.obligations') || ''`,
  named: `(SELECT json_group_object(k."key", k."value") FROM json_each("personal") AS k WHERE ${OF_OBLIGATION}) || ''`,
  reasons: `json_each("record"->'$.reasons')`,
  count: `json_array_length("record", '$.reasons')`,
  first: (member) => `("record"->>'$.reasons[0].${member}')`,
  ofReason: (member) => `"value"->>'${member}'`,
  joined: (text, separator) => `group_concat(${text}, '${separator}')`,
  // Of no rows it makes an empty array. A text, not a part of the array that it comes to stand in.
  jsonArray: (text) => `NULLIF(json_group_array(${text}), '[]') || ''`,
  arrayOf: (values) => `json_array(${values})`,
  from: (texts) => `(SELECT "seq", "kind", "record", "salt" IS NULL AS "has_erased", CASE WHEN "salt" IS NULL THEN
      (SELECT json_group_object(k."key", json(k."value"->'$.value')) FROM json_each("personal") AS k WHERE k."value"->'$.value' IS NOT NULL)
      ELSE "personal" END AS "personal" FROM "journal" WHERE "seq" > ?1 AND "seq" <= ?2${saying(
        texts,
        (column, i) => `instr("${column}", ?${i + 3}) > 0`,
      )}) AS j WHERE TRUE`,
  erased: '"has_erased"',
};

const sqlite: JournalSql = {
  // To bind a null costs the caller more than to bind a long text: where no row has a request id, none is bound.
  insertDecisions(rows) {
    const parameters: (string | number | null)[] = [];
    const askedOnce = rows.every((row) => row.requestId === null);
    for (const row of rows) {
      parameters.push(row.salt + row.personal, row.id, row.record);
      if (!askedOnce) parameters.push(row.callerId, row.requestId, row.requestTurn);
    }
    return { sql: (askedOnce ? insertAskedOnce : insert)(rows.length), parameters };
  },
  // One statement has the file for itself, and each row gets the greatest position plus 1.
  firstPosition: ({ affected, lastRowId }, rows) => (affected === rows ? lastRowId - rows + 1 : null),
  // BEGIN IMMEDIATE has the whole database.
  takeTurn: null,
  decisionsToIndex: selectToIndex(sqliteRecord),
  now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  lockUnlessLocked: "",
};

const written = [id, callerId, requestId, requestTurn, salt, record, personal];
const typeOf = ({ type }: Column): string => (type === "integer" ? "BIGINT" : "TEXT");

const postgresPatients = "COALESCE(p->'request.resource.patients', p->'patients')";

const postgresRecord: RecordSql = {
  open: (path) => (path === "decidedAt" ? `(r->>'${path}')::BIGINT` : `r#>>'{${path.replaceAll(".", ",")}}'`),
  personal: (path) => `p->>'${path}'`,
  firstPatient: `${postgresPatients}->>0`,
  patients: postgresPatients,
  confines: `strpos("record", ${CONFINING}) > 0`,
  obligations: "(r->'obligations')::text",
  named: `(SELECT jsonb_object_agg(k."key", k."value")::text FROM jsonb_each(p) AS k WHERE ${OF_OBLIGATION})`,
  reasons: "jsonb_array_elements(r->'reasons')",
  count: "jsonb_array_length(r->'reasons')",
  first: (member) => `(r#>>'{reasons,0,${member}}')`,
  ofReason: (member) => `"value"->>'${member}'`,
  joined: (text, separator) => `string_agg(${text}, '${separator}')`,
  jsonArray: (text) => `jsonb_agg(${text})::text`,
  arrayOf: (values) => `json_build_array(${values})::text`,
  // OFFSET 0 has each record parsed once, and not once for each of its parts.
  from: (
    texts,
  ) => `(SELECT "seq", "kind", "record", "record"::jsonb AS r, "salt" IS NULL AS "has_erased", CASE WHEN "salt" IS NULL THEN
      (SELECT COALESCE(jsonb_object_agg(k."key", k."value"->'value'), '{}') FROM jsonb_each("personal"::jsonb) AS k
        WHERE k."value"->'value' IS NOT NULL)
      ELSE "personal"::jsonb END AS p FROM "journal" WHERE "seq" > $1 AND "seq" <= $2${saying(
        texts,
        (column, i) => `strpos("${column}", $${i + 3}) > 0`,
      )} OFFSET 0) AS j
      WHERE TRUE`,
  erased: '"has_erased"',
};

const postgres: JournalSql = {
  /**
   * One parameter for all rows: the statement has the same text for every batch. The lock makes instances append one
   * after the other, so that rows become visible in the order of `seq` and a reader who has seen a position has seen
   * all before it. It is held until after the commit. Skipped rows leave gaps in `seq`.
   */
  insertDecisions: (rows) => ({
    sql: `WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(${JOURNAL_LOCK})),
      written AS (INSERT INTO journal (${columnList([SEQ, kind, format, ...written])})
        SELECT nextval('journal_seq'), ${DECISION}, ${written.map((c) => `r.${quoted(c.property)}`).join(", ")}
        FROM turn, ROWS FROM (json_to_recordset($1::json) AS (${written.map((c) => `${quoted(c.property)} ${typeOf(c)}`).join(", ")})) WITH ORDINALITY AS r
        ORDER BY r.ordinality
        ON CONFLICT DO NOTHING RETURNING "seq")
      SELECT MIN("seq") AS "first", COUNT(*) AS "rows" FROM written`,
    parameters: [JSON.stringify(rows)],
  }),
  // While the lock is held nobody else takes a number.
  firstPosition: ({ rows: [found] }, rows) => (Number(found?.rows) === rows ? Number(found?.first) : null),
  takeTurn: `SELECT pg_advisory_xact_lock(${JOURNAL_LOCK})`,
  decisionsToIndex: selectToIndex(postgresRecord),
  now: "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
  lockUnlessLocked: "FOR UPDATE SKIP LOCKED",
};

const engines: { readonly [Name in Dialect["name"]]: JournalSql } = { sqlite, postgres };
export const journalSql = ({ name }: Pick<Dialect, "name">): JournalSql => engines[name];
