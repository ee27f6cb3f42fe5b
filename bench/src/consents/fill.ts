import { ALL_DATA } from "../../../src/domain/consent/dataMatch.ts";
import type { Consent, RecipientTerms } from "../../../src/domain/consent/types.ts";
import {
  CLIENTS,
  CONSENTS,
  clientColumns,
  clientRows,
  consentColumns,
  consentRow,
} from "../../../src/storage/consent/consentTables.ts";
import { type Column, columnList, quoted, toDatabase } from "../../../src/storage/database/columns.ts";
import type { RunSql } from "../../../src/storage/database/connection.ts";
import { openConnection, statementCounter } from "../../../src/storage/database/dataSource.ts";
import { type Dialect, withParameters } from "../../../src/storage/database/dialect.ts";
import { dialectOf } from "../../../src/storage/database/dialectOf.ts";
import { say } from "../lib/table.ts";

const MADE = Date.parse("2026-01-01T00:00:00Z");
const ROWS = 1_000;
const SAID_EVERY = 250_000;

const purpose = (code: string): string => `http://terminology.hl7.org/CodeSystem/v3-ActReason|${code}`;
const label = (code: string): string => `http://terminology.hl7.org/CodeSystem/v3-ActCode|${code}`;
const ANY = { recipients: null, scopes: null, purposes: null, actions: null, validFrom: null, validUntil: null };
const ANYBODY: RecipientTerms = {
  clientId: null,
  subject: null,
  role: null,
  organization: null,
  group: null,
  identifier: null,
};

/** Who has how many: half of the consents are of patients who have one, half of patients who have two. */
export const patientsWithOne = (consents: number): number => Math.floor(consents / 2);
export const patientsWithTwo = (consents: number): number => Math.floor((consents - patientsWithOne(consents)) / 2);
export const patientOf = (consents: number, n: number): string => `${["none", "one", "two"][consents]}-${n}`;

/** To treatment and payment, by anybody, but for what is marked as psychiatric: this one speaks to most requests. */
const toTreatment = (n: number, patient: string): Consent => ({
  ...ANY,
  id: `treatment-${String(n).padStart(9, "0")}`,
  version: 1,
  step: "RECORDED",
  patient,
  effect: "PERMIT",
  purposes: ["TREAT", "HPAYMT", "HOPERAT"].map(purpose),
  data: ALL_DATA,
  includeNarrower: false,
  exceptions: [
    { ...ANY, effect: "DENY", purposes: [purpose("HOPERAT")], data: { ...ALL_DATA, labels: [label("PSY")] } },
  ],
  source: { kind: "PORTAL", reference: null },
  madeAt: MADE,
  recordedBy: "key:portal",
  recordedAt: MADE + n,
  reason: "Signed in the portal",
});

/** To research, by one client: this one is read and says nothing to the requests. */
const toResearch = (n: number, patient: string): Consent => ({
  ...toTreatment(n, patient),
  id: `research-${String(n).padStart(9, "0")}`,
  recipients: [{ ...ANYBODY, clientId: `client-${n % 1_000}` }],
  purposes: [purpose("HRESCH")],
  scopes: ["view_data_1", "view_data_2"],
  exceptions: [],
});

function* consents(count: number): Generator<Consent> {
  for (let n = 0; n < patientsWithOne(count); n++) yield toTreatment(n, patientOf(1, n));
  for (let n = 0; n < patientsWithTwo(count); n++) {
    yield toTreatment(patientsWithOne(count) + n, patientOf(2, n));
    yield toResearch(n, patientOf(2, n));
  }
}

/** As the store writes them, many rows a statement. */
async function insert(
  { dialect, run }: { readonly dialect: Dialect; readonly run: RunSql },
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

/** Puts so many consents into a database that has its tables: past the journal, which a million acts would fill for an hour. */
export async function fillConsents(url: string, count: number): Promise<void> {
  const dialect = dialectOf(url);
  const { run, close } = await openConnection({ dialect, purpose: "schema", counter: statementCounter() });
  const flush = async (part: readonly Consent[]): Promise<void> => {
    await insert({ dialect, run }, [CONSENTS, consentColumns], part.map(consentRow));
    await insert({ dialect, run }, [CLIENTS, clientColumns], part.flatMap(clientRows));
  };
  try {
    await run("BEGIN");
    let part: Consent[] = [];
    let done = 0;
    for (const consent of consents(count)) {
      part.push(consent);
      if (part.length < ROWS) continue;
      await flush(part);
      done += part.length;
      part = [];
      if (done % SAID_EVERY === 0) say(`${done} consents`);
    }
    await flush(part);
    await run("COMMIT");
    await run("ANALYZE");
  } finally {
    await close();
  }
}
