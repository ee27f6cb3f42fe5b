import { confinedTo } from "../../domain/monitoring/explanations/accessesOf.ts";
import type { Obligation } from "../../domain/policy/types.ts";
import { wholeRecord } from "../../domain/record/personal.ts";
import { columnsOf } from "../database/columns.ts";
import type { RawRow, Statement } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { insertRows } from "../database/jsonRows.ts";
import type { ReadBatch } from "../follow/consumer.ts";
import { journalSql } from "./journalSql.ts";
import { indexColumns, SEQ, toIndexColumns } from "./journalTables.ts";

/** A decision as the index gets it. */
export interface IndexedDecision {
  readonly seq: number;
  readonly decidedAt: number;
  readonly kind: string;
  readonly callerId: string;
  readonly clientId: string;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly patient: string | null;
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly purposeOfUse: string | null;
  readonly outcome: string;
  readonly scope: string | null;
  readonly moreScopes: string | null;
  readonly reasonCodes: string | null;
  readonly organization: string | null;
  readonly ipAddress: string | null;
  readonly ruleIds: string | null;
  /** SQLite has no booleans. */
  readonly erased: boolean | 0 | 1;
  readonly patients: readonly string[] | null;
  readonly obligations: string | null;
  readonly named: string | null;
}

/** What the index gets of a batch, each as the JSON of its rows; null: nothing. */
export interface ToIndex {
  readonly decisions: string | null;
  readonly patients: string | null;
}

const NAMES = Object.keys(toIndexColumns);
const patientColumns = columnsOf<{ readonly ofPatient: string; readonly seq: number }>({
  ofPatient: "key",
  seq: "integer",
});

/**
 * Those whose data a decision is about, beside the one whom the index has: the others of a resource that has several, each of which a
 * decision has once, and those to whom a filter confines a search that names nobody, so that it is found as an access to each of them.
 */
export function morePatients({ kind, named, obligations, patient, patients }: IndexedDecision): readonly string[] {
  // A list that is empty names nobody.
  if (patients?.length) return patients.filter((each) => each !== (kind === "ACCESS" ? patient : patients[0]));
  if (obligations === null) return [];
  const record = wholeRecord(`{"obligations":${obligations}}`, named ?? "{}");
  return confinedTo((record as { readonly obligations: readonly Obligation[] }).obligations);
}

/** The decisions whose JSON arrays some rows have, in the order of `toIndexColumns`. */
export const decisionsOf = (text: string): readonly IndexedDecision[] =>
  (JSON.parse(text) as readonly (readonly unknown[])[]).map(
    (values) => Object.fromEntries(NAMES.map((name, i) => [name, values[i]])) as unknown as IndexedDecision,
  );
export const arrayOf = (rows: readonly RawRow[]): string => `[${rows.map(({ decision }) => decision).join(",")}]`;

/**
 * Reads the decisions of a batch, each parsed once by the database. Of what a request brings, which is as long as its caller likes, only
 * what they are searched by leaves it. The same text is then written: nobody makes it twice.
 */
export async function readToIndex({
  after,
  dialect,
  select,
  until,
}: ReadBatch): Promise<{ readonly decisions: readonly IndexedDecision[]; readonly toIndex: ToIndex }> {
  const text = arrayOf(await select(journalSql(dialect).decisionsToIndex(), [after, until]));
  const decisions = decisionsOf(text);
  const patients = decisions.flatMap((decision) =>
    morePatients(decision).map((patient) => [patient, decision.seq] as const),
  );
  return {
    decisions,
    toIndex: {
      decisions: decisions.length === 0 ? null : text,
      patients: patients.length === 0 ? null : JSON.stringify(patients),
    },
  };
}

export function writeToIndex(dialect: Dialect, { decisions, patients }: ToIndex): readonly Statement[] {
  const columns = [SEQ, ...Object.values(indexColumns)];
  return [
    [insertRows(dialect, { table: "decision_index", columns }), decisions] as const,
    [insertRows(dialect, { table: "decision_patient", columns: patientColumns }), patients] as const,
  ].flatMap(([sql, rows]): readonly Statement[] => (rows === null ? [] : [[sql, [rows]]]));
}
