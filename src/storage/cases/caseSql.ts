import type { DataSource } from "typeorm";
import { type CaseCode, type CaseKind, type KeptState, stateAt } from "../../domain/cases/caseKind.ts";
import type { CaseOrder } from "../../domain/cases/casePages.ts";
import type { Account } from "../../domain/directory/accounts.ts";
import { badInput, conflict } from "../../domain/kernel/errors.ts";
import { columnList } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { isStorable } from "../database/text.ts";
import { caseColumns, caseRow, caseValues, changingColumns } from "./caseTable.ts";

/** Who opened, decided or said something of a case with an account of an issuer; programs are no people. */
const SIGNED_IN = [
  ["case_file", "opener_issuer", "opener_subject_id", "opener_subject_type"],
  ["case_file", "decider_issuer", "decider_subject_id", "decider_subject_type"],
  ["case_entry", "issuer", "subject_id", "subject_type"],
]
  .map(
    ([table, issuer, id, type]) =>
      `SELECT "${issuer}" AS "issuer", "${id}" AS "id" FROM ${table} WHERE "${issuer}" IS NOT NULL AND "${type}" IS NULL`,
  )
  .join(" UNION ");

/** Accounts of people who took part in a case, each once, by issuer and id. It goes through all cases. */
export async function readSignedIn(lists: DataSource): Promise<readonly Account[]> {
  const rows = await lists
    .query<RawRow[]>(`${SIGNED_IN} ORDER BY 1, 2`)
    .catch((error) => Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Cases can't be read.", error)));
  return rows.map(({ id, issuer }) => ({ id: String(id), issuer: String(issuer) }));
}

/** A condition on columns of `case_file`, with what is bound in it. */
export type Condition = readonly [sql: string, ...parameters: readonly unknown[]];

/** That a column is this value; nothing where none is given. */
export const is = (column: string, value: string | number | undefined): readonly Condition[] =>
  value === undefined ? [] : [[`"${column}" = ?`, value]];

/** That an expression is one of these texts: one statement for however many, so that it is prepared once. */
export const among = (dialect: Dialect, expression: string, texts: readonly string[]): Condition => [
  dialect.amongTexts(expression, "?"),
  dialect.texts(texts),
];

/** A step of a case that stands: `change` is what it comes to, if it is in one of these states at `at`. */
export interface CaseChange<Case, State extends string> {
  readonly at: number;
  readonly from: readonly State[];
  /** Of the row as it is locked; `run` is of its transaction. */
  change(of: Case, run: RunSql): Case | Promise<Case>;
  /** Writes what belongs to it, before it is as it comes to be. */
  beside?(run: RunSql): Promise<void>;
}

/** Of what has time: it comes last. */
const NEVER = 9_000_000_000_000_000;
const DUE = `COALESCE("due_at", "ends_at", ${NEVER})`;

export const and = (conditions: readonly Condition[]): string =>
  conditions.map(([condition]) => ` AND ${condition}`).join("");
export const boundIn = (conditions: readonly Condition[]): readonly unknown[] =>
  conditions.flatMap(([, ...parameters]) => parameters);

/** Cases that one statement writes. */
const PART = 100;

/** A SELECT of the cases of a kind that came to their end, or were due, before anybody decided, each a `due`; its one parameter is the time. */
export const endedUndecided = (
  { code }: { readonly code: CaseCode },
  column: "ends_at" | "due_at" = "ends_at",
): string =>
  `SELECT ${columnList(caseColumns)} FROM case_file AS due WHERE "kind" = '${code}' AND "decided_at" IS NULL AND "${column}" <= ?`;

/** How cases of one kind are read and written in a transaction that is under way, or in a statement of one's own. */
export function createCaseSql<Case extends { readonly id: string }, State extends string>(
  dialect: Dialect,
  kind: CaseKind<Case, State>,
) {
  const { code, noun, states } = kind;
  const sql = (statement: string): string => withParameters(dialect, statement);
  // The kind is a literal, so that partial indexes serve.
  const of = `"kind" = '${code}'`;
  const select = `SELECT ${columnList(caseColumns)} FROM case_file WHERE ${of}`;
  const LOCKED = sql(`${select} AND "id" = ?${dialect.name === "postgres" ? " FOR UPDATE" : ""}`);
  const PLACES = `(${caseColumns.map(() => "?").join(", ")})`;
  const UPDATE = sql(
    `UPDATE case_file SET "version" = "version" + 1, ${changingColumns.map(({ name }) => `"${name}" = ?`).join(", ")} WHERE "id" = ? AND "version" = ?`,
  );
  const LAPSE = sql(
    `UPDATE case_file SET "is_over" = TRUE, "version" = "version" + 1 WHERE ${of} AND NOT "is_over" AND "ends_at" <= ?`,
  );
  const caseOf = (raw: RawRow): Case => kind.caseOf(caseRow(raw));
  const isKept = ({ end, kept }: KeptState, now: number): Condition => {
    const within = `"state" IN (${kept.map((each) => `'${each}'`).join(", ")})`;
    if (end === undefined) return [within];
    return end === "AFTER"
      ? [`(${within} AND "ends_at" <= ?)`, now]
      : [`(${within} AND ("ends_at" IS NULL OR "ends_at" > ?))`, now];
  };

  /** A member of what was opened, as SQL. */
  const member = (name: string): string =>
    dialect.name === "postgres" ? `("body"::jsonb->>'${name}')` : `("body"->>'${name}')`;

  return {
    of,
    select,
    caseOf,
    member,
    /** That a member of what was opened is this value; nothing where none is given. SQLite has numbers for `true` and `false`. */
    inBody(name: string, value: string | boolean | undefined): readonly Condition[] {
      if (value === undefined) return [];
      return [
        [`${member(name)} = ?`, dialect.name === "postgres" || value === String(value) ? String(value) : Number(value)],
      ];
    },
    /** That it is in one of these states now. */
    inStates(sought: readonly State[], now: number): Condition {
      if (sought.length === 0) return ["1 = 0"];
      const conditions = sought.flatMap((state) => [states[state]].flat().map((way) => isKept(way, now)));
      return [`(${conditions.map(([condition]) => condition).join(" OR ")})`, ...boundIn(conditions)];
    },
    order: (by: CaseOrder): string => (by === "DUE" ? `${DUE}, "id"` : `"id" ${by === "NEWEST" ? "DESC" : "ASC"}`),
    /** What is due first, then what is old. */
    urgent: `${DUE}, "opened_at", "id"`,
    /** That it stands behind a case in that order. */
    lessUrgentThan(of: Case): Condition {
      const { dueAt, endsAt, id, openedAt } = kind.rowOf(of);
      const due = dueAt ?? endsAt ?? NEVER;
      // The first comparison is what the index is entered by.
      return [
        `${DUE} >= ? AND (${DUE} > ? OR "opened_at" > ? OR ("opened_at" = ? AND "id" > ?))`,
        ...[due, due, openedAt, openedAt, id],
      ];
    },
    /** The place of a row in that order, for `after`. */
    keyOf: (raw: RawRow, by: CaseOrder): string =>
      by !== "DUE" ? String(raw.id) : `${Number(raw.due_at ?? raw.ends_at ?? NEVER)}|${raw.id}`,
    /** @throws ScopewardenError BAD_USER_INPUT for what is no place in that order */
    after(key: string, by: CaseOrder): Condition {
      if (by !== "DUE") return [`"id" ${by === "NEWEST" ? "<" : ">"} ?`, key];
      const [, due, id] = /^(\d{1,16})\|(.*)$/s.exec(key) ?? [];
      if (id === undefined) throw badInput([{ path: "after", message: "must be a cursor of the same order" }]);
      return [`(${DUE} > ? OR (${DUE} = ? AND "id" > ?))`, Number(due), Number(due), id];
    },
    /** Sets those over that have come to their end, so that their slots are free. */
    async lapse(run: RunSql, now: number): Promise<void> {
      await run(LAPSE, [now]);
    },
    async rows(run: RunSql, where: readonly Condition[], more = ""): Promise<readonly Case[]> {
      return (await run(sql(`${select}${and(where)} ${more}`), boundIn(where))).rows.map(caseOf);
    },
    async count(run: RunSql, where: readonly Condition[]): Promise<number> {
      const { rows } = await run(sql(`SELECT COUNT(*) AS "n" FROM case_file WHERE ${of}${and(where)}`), boundIn(where));
      return Number(rows[0]?.n);
    },
    async insert(run: RunSql, ...opened: readonly Case[]): Promise<void> {
      for (let at = 0; at < opened.length; at += PART) {
        const part = opened.slice(at, at + PART).map((each) => caseValues(code, kind.rowOf(each))(caseColumns));
        const values = part.map(() => PLACES).join(", ");
        await run(sql(`INSERT INTO case_file (${columnList(caseColumns)}) VALUES ${values}`), part.flat());
      }
    },
    /** What it comes to. @throws ScopewardenError CONFLICT where it is in another state by now */
    async take(run: RunSql, id: string, { at, beside, change, from }: CaseChange<Case, State>): Promise<Case> {
      const asRead = conflict(`${noun} ${id} is not as it was read: somebody else was first, or its time is over.`);
      const [raw] = isStorable(id) ? (await run(LOCKED, [id])).rows : [];
      if (raw === undefined) throw asRead;
      const row = caseRow(raw);
      if (!from.includes(stateAt(kind, row, at))) throw asRead;
      const next = await change(kind.caseOf(row), run);
      await beside?.(run);
      const values = caseValues(code, kind.rowOf(next))(changingColumns);
      const { affected } = await run(UPDATE, [...values, id, row.version]);
      if (affected !== 1) throw asRead;
      return next;
    },
  };
}
