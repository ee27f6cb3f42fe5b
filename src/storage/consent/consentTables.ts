import type { Consent, ConsentTerms } from "../../domain/consent/types.ts";
import { type Column, columnsOf, fromRow, fromValues, quoted } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";

export const CONSENTS = "consent";
export const CLIENTS = "consent_client";

/** A version as it is stored: what is not looked for stands together in `terms`. */
type Terms = Omit<ConsentTerms, "patient"> & Pick<Consent, "earlier" | "links">;
type ConsentRow = Omit<Consent, keyof Terms> & { readonly terms: Terms };
export const consentColumns = columnsOf<ConsentRow>({
  id: "key",
  version: "integer",
  patient: "key",
  step: "text",
  terms: "json",
  source: "json",
  madeAt: "integer",
  recordedBy: "text",
  recordedAt: "integer",
  reason: "text",
});

/** A row for each client that a version names. */
interface ClientRow {
  readonly clientId: string;
  readonly at: number;
  readonly id: string;
  readonly version: number;
}
export const clientColumns = columnsOf<ClientRow>({
  clientId: "key",
  at: "integer",
  id: "key",
  version: "integer",
});

export function consentRow(consent: Consent): ConsentRow {
  const { id, version, patient, step, source, madeAt, recordedBy, recordedAt, reason, ...terms } = consent;
  return { id, version, patient, step, terms, source, madeAt, recordedBy, recordedAt, reason };
}

export function clientRows({ id, version, recipients, recordedAt: at }: Consent): readonly ClientRow[] {
  const clients = new Set((recipients ?? []).flatMap(({ clientId }) => clientId ?? []));
  return [...clients].map((clientId) => ({ clientId, at, id, version }));
}

const consentFrom = ({ terms, ...rest }: ConsentRow): Consent => ({ ...terms, ...rest });

export const consentOf = (row: RawRow): Consent => consentFrom(fromRow(consentColumns, row) as unknown as ConsentRow);

const isJson = ({ type }: Column): boolean => type === "json";
const plainColumns = consentColumns.filter((column) => !isJson(column));
const jsonColumns = consentColumns.filter(isJson);
const TERMS = jsonColumns.findIndex(({ property }) => property === "terms");

/** An expression: a version as one text, in which what is kept as JSON stands as it is. It is encoded once, and parsed once. */
export const consentText = ({ rowAsJson }: Pick<Dialect, "rowAsJson">): string =>
  [
    "'['",
    rowAsJson(plainColumns.map(({ name }) => quoted(name))),
    ...jsonColumns.flatMap(({ name }) => ["','", quoted(name)]),
    "']'",
  ].join(" || ");

/** From the text that `consentText` is. */
export function consentOfText(text: string): Consent {
  const [plain, ...json] = JSON.parse(text) as [readonly unknown[], ...unknown[]];
  const row = fromValues(plainColumns, plain);
  jsonColumns.forEach(({ property }, i) => {
    if (i !== TERMS) row[property] = json[i];
  });
  return { ...(json[TERMS] as Terms), ...(row as unknown as Omit<ConsentRow, "terms">) };
}
