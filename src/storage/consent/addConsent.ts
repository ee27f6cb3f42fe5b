import { CONSENTS_OF_PATIENT } from "../../domain/consent/store.ts";
import type { Consent } from "../../domain/consent/types.ts";
import { type Json, sameJson } from "../../domain/kernel/canonical.ts";
import { badInput, ScopewardenError } from "../../domain/kernel/errors.ts";
import { consentAct } from "../../domain/record/acts.ts";
import { type Column, columnList, quoted, toDatabase } from "../database/columns.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { inTransaction } from "../database/transaction.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import {
  CLIENTS,
  CONSENTS,
  clientColumns,
  clientRows,
  consentColumns,
  consentOf,
  consentRow,
} from "./consentTables.ts";

export interface Addition {
  readonly run: RunSql;
  readonly retry: boolean;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  /** Throws UNAUTHENTICATED where the key behind a caller id is no longer in force. */
  readonly requireCaller: (run: RunSql, callerId: string) => Promise<void>;
}

/** One row, or several of the same columns. */
async function insert(
  { run, dialect }: Addition,
  [table, columns]: readonly [string, readonly Column[]],
  rows: readonly object[],
): Promise<void> {
  if (rows.length === 0) return;
  const marks = `(${columns.map(() => "?").join(", ")})`;
  const sql = `INSERT INTO ${quoted(table)} (${columnList(columns)}) VALUES ${rows.map(() => marks).join(", ")}`;
  const values = (rows as readonly Readonly<Record<string, unknown>>[]).flatMap((row) =>
    columns.map((c) => toDatabase(row[c.property], c)),
  );
  await run(withParameters(dialect, sql), values);
}

async function versionOf({ run, dialect }: Addition, id: string, version: number): Promise<Consent | null> {
  const sql = `SELECT ${columnList(consentColumns)} FROM ${quoted(CONSENTS)} WHERE "id" = ? AND "version" = ?`;
  const [row] = (await run(withParameters(dialect, sql), [id, version])).rows;
  return row === undefined ? null : consentOf(row);
}

/** The version before is the newest no more. */
async function follow(addition: Addition, { id, patient, version }: Consent): Promise<void> {
  const { run, dialect } = addition;
  const sql = `UPDATE ${quoted(CONSENTS)} SET "until" = ?
    WHERE "id" = ? AND "version" = ? AND "patient" = ? AND "until" IS NULL`;
  const { affected } = await run(withParameters(dialect, sql), [version, id, version - 1, patient]);
  if (affected === 1) return;
  const before = await versionOf(addition, id, version - 1);
  if (before !== null && before.patient !== patient)
    throw badInput([{ path: "patient", message: "must be the patient of the versions before" }]);
  throw new ScopewardenError("CONFLICT", `Version ${version - 1} of consent ${id} is not the newest. Read it again.`);
}

/** In the journal's turn, which others wait for until the commit: so no two instances take a patient's last place. */
async function requireRoom({ run, dialect }: Addition, patient: string): Promise<void> {
  const sql = `SELECT COUNT(*) AS count FROM ${quoted(CONSENTS)} WHERE "patient" = ? AND "until" IS NULL`;
  const [row] = (await run(withParameters(dialect, sql), [patient])).rows;
  if (Number(row?.count) <= CONSENTS_OF_PATIENT) return;
  const message = `has ${CONSENTS_OF_PATIENT} consents, and may have no more; record a new version of one of them`;
  throw badInput([{ path: "patient", message }]);
}

/** Adds a version in the transaction that is open, and puts it on record: others wait from then on until the commit. */
export async function addVersion(addition: Addition, consent: Consent): Promise<void> {
  if (consent.version > 1) await follow(addition, consent);
  await insert(addition, [CONSENTS, consentColumns], [consentRow(consent)]);
  await insert(addition, [CLIENTS, clientColumns], clientRows(consent));
  await addition.putOnRecord(addition.run, consentAct(consent));
  if (consent.version === 1) await requireRoom(addition, consent.patient);
}

/** `ConsentStore.add`. Run again after an outcome that nobody knows, it finds its version and is content. */
export async function addConsent(addition: Addition, consent: Consent): Promise<void> {
  const { run, retry, dialect } = addition;
  const { id, version } = consent;
  const conflict = `Version ${version} of consent ${id} is there already.`;
  await inTransaction({ run, dialect, conflict }, async () => {
    if (retry && sameJson((await versionOf(addition, id, version)) as Json | null, consent as unknown as Json)) return;
    await addition.requireCaller(run, consent.recordedBy);
    await addVersion(addition, consent);
  });
}
