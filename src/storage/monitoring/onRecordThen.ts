import type { KeptAccessRequest } from "../../domain/consent/accessRequests/accessRequest.ts";
import { accessRequestKind } from "../../domain/consent/accessRequests/accessRequestKind.ts";
import type { KeptBreakGlass } from "../../domain/consent/breakGlass/breakGlass.ts";
import { breakGlassKind } from "../../domain/consent/breakGlass/breakGlassKind.ts";
import type { Consent, ConsentRef } from "../../domain/consent/types.ts";
import { groupBy } from "../../domain/kernel/groupBy.ts";
import type { PatientAccess } from "../../domain/monitoring/explanations/patientAccess.ts";
import { caseColumns, caseRow } from "../cases/caseTable.ts";
import { consentColumns, consentOf } from "../consent/consentTables.ts";
import type { Column } from "../database/columns.ts";
import type { RawRow, SelectRows } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";

/** An access that no relation explains, and the versions of consents that its record names. */
export interface Unexplained {
  readonly access: PatientAccess;
  readonly consents: readonly ConsentRef[];
}

/** What is on record of accesses that no relation explains. Emergencies and requests have times of their own. */
export interface OnRecordThen {
  readonly breakGlasses: (patient: string) => readonly KeptBreakGlass[];
  readonly accessRequests: (person: PatientAccess["person"]) => readonly KeptAccessRequest[];
  /** Those that are there. */
  readonly consents: (refs: readonly ConsentRef[]) => readonly Consent[];
}

const columnsOf = (columns: readonly Column[]): string => columns.map(({ name }) => `x."${name}"`).join(", ");

const keyOf = (...parts: readonly unknown[]): string => JSON.stringify(parts);

export async function onRecordThen(
  { select, dialect }: { readonly select: SelectRows; readonly dialect: Dialect },
  unexplained: readonly Unexplained[],
): Promise<OnRecordThen> {
  const { integer, rows, text } = jsonRows(dialect);
  const times = unexplained.map(({ access: { at } }) => at);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const ask = async (sql: string, wanted: ReadonlyMap<string, readonly unknown[]>, ...more: readonly unknown[]) =>
    wanted.size === 0
      ? ([] as readonly RawRow[])
      : select(withParameters(dialect, sql), [JSON.stringify([...wanted.values()]), ...more]);

  const patients = new Map(unexplained.map(({ access: { patient } }) => [patient, [patient]]));
  const glasses = await ask(
    `SELECT ${columnsOf(caseColumns)} FROM ${rows} JOIN case_file AS x ON x."patient" = ${text(0)} AND x."kind" = 'BREAK_GLASS'
      WHERE x."opened_at" <= ? AND x."ends_at" > ? ORDER BY x."id"`,
    patients,
    last,
    first,
  );
  const people = new Map(
    unexplained.map(({ access: { person } }) => [keyOf(person.type, person.id), [person.type, person.id]]),
  );
  const requests = await ask(
    `SELECT ${columnsOf(caseColumns)} FROM ${rows} JOIN case_file AS x ON x."subject_id" = ${text(1)} AND x."subject_type" = ${text(0)}
      WHERE x."kind" = 'ACCESS_REQUEST' AND x."state" IN ('APPROVED', 'RETURNED') AND x."decided_at" <= ? AND x."ends_at" > ? ORDER BY x."id"`,
    people,
    last,
    first,
  );
  const refs = new Map(
    unexplained.flatMap(({ consents }) =>
      consents.map(({ id, version }) => [keyOf(id, version), [id, version]] as const),
    ),
  );
  const consents = await ask(
    `SELECT ${columnsOf(consentColumns)} FROM ${rows} JOIN consent AS x ON x."id" = ${text(0)} AND x."version" = ${integer(1)}`,
    refs,
  );
  const glassesOf = groupBy(
    glasses.map((row) => breakGlassKind.caseOf(caseRow(row))),
    ({ patient }) => patient,
  );
  const requestsOf = groupBy(
    requests.map((row) => accessRequestKind.caseOf(caseRow(row))),
    ({ subject }) => keyOf(subject?.type, subject?.id),
  );
  const consentsOf = groupBy(consents.map(consentOf), ({ id, version }) => keyOf(id, version));
  return {
    breakGlasses: (patient) => glassesOf.get(patient) ?? [],
    accessRequests: ({ id, type }) => requestsOf.get(keyOf(type, id)) ?? [],
    consents: (wanted) => wanted.flatMap(({ id, version }) => consentsOf.get(keyOf(id, version)) ?? []),
  };
}
