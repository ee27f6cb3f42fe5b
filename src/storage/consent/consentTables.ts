import type { Consent, ConsentTerms } from "../../domain/consent/types.ts";
import { columnsOf, fromRow, fromValues } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";

export const CONSENTS = "consent";
export const CLIENTS = "consent_client";

/** A version as it is stored: what is not looked for stands together in `terms`. */
type Terms = Omit<ConsentTerms, "patient"> & Pick<Consent, "earlier">;
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

/** From the values of its columns, in their order, as JSON. */
export const consentOfJson = (values: string): Consent =>
  consentFrom(fromValues(consentColumns, JSON.parse(values) as readonly unknown[]) as unknown as ConsentRow);
