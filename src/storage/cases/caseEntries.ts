import type { DataSource } from "typeorm";
import type { Person } from "../../domain/callers/types.ts";
import type { Json } from "../../domain/kernel/canonical.ts";
import { columnTypes } from "../database/baseline/columnTypes.ts";
import { columnList, columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { peopleColumn, storedPerson } from "../database/storedPerson.ts";

/** What somebody said of a case, beside its steps. `at`: milliseconds since 1970. */
export interface CaseEntry {
  readonly id: string;
  readonly caseId: string;
  readonly kind: "APPROVAL" | "COMMENT";
  readonly at: number;
  readonly by: Person;
  readonly body: Json;
}

/** Persons in columns of their own: the database compares them itself. */
type StoredEntry = Omit<CaseEntry, "by"> & {
  readonly by: string;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly issuer: string | null;
  readonly people: readonly string[] | null;
};
export const entryColumns = columnsOf<StoredEntry>({
  id: "key",
  caseId: "key",
  kind: "key",
  at: "integer",
  by: "text",
  subjectId: "text",
  subjectType: "text",
  issuer: "text",
  people: "json",
  body: "json",
});

const marks = (values: readonly unknown[]): string => values.map(() => "?").join(", ");

function entryOf(row: RawRow): CaseEntry {
  const { by, issuer, people, subjectId, subjectType, ...rest } = fromRow(entryColumns, row) as unknown as StoredEntry;
  return { ...rest, by: storedPerson(by, { id: subjectId, type: subjectType, issuer, people }) };
}

/** How entries are read and written; they never change. */
export function createCaseEntries(dialect: Dialect) {
  const sql = (statement: string): string => withParameters(dialect, statement);
  const INSERT = sql(`INSERT INTO case_entry (${columnList(entryColumns)}) VALUES (${marks(entryColumns)})`);
  const COUNT = sql('SELECT COUNT(*) AS "n" FROM case_entry WHERE "case_id" = ? AND "kind" = ?');
  const SELECT = `SELECT ${columnList(entryColumns)} FROM case_entry WHERE "case_id"`;

  const APPROVALS = sql(
    `${SELECT} = ? AND "kind" = 'APPROVAL' AND ${columnTypes[dialect.name].member('"body"', "digest")} = ?`,
  );

  return {
    async insert(run: RunSql, { by, ...rest }: CaseEntry): Promise<void> {
      const { id: subjectId = null, issuer = null, type: subjectType = null } = by.subject ?? {};
      const stored: StoredEntry = {
        ...rest,
        by: by.callerId,
        subjectId,
        subjectType,
        issuer,
        people: peopleColumn(by),
      };
      const values = entryColumns.map((c) => toDatabase(stored[c.property as keyof StoredEntry], c));
      await run(INSERT, values);
    },
    async count(run: RunSql, caseId: string, kind: CaseEntry["kind"]): Promise<number> {
      return Number((await run(COUNT, [caseId, kind])).rows[0]?.n);
    },
    /** Who approved a case under this digest. */
    async approvers(run: RunSql, caseId: string, digest: string): Promise<readonly Person[]> {
      return (await run(APPROVALS, [caseId, digest])).rows.map((row) => entryOf(row).by);
    },
    /** Those of these cases, in their order. */
    async of(source: DataSource, caseIds: readonly string[]): Promise<readonly CaseEntry[]> {
      if (caseIds.length === 0) return [];
      const statement = sql(`${SELECT} IN (${marks(caseIds)}) ORDER BY "at", "id"`);
      return (await source.query<RawRow[]>(statement, [...caseIds])).map(entryOf);
    },
  };
}
