import type {
  AskedConsent,
  ConsentAnswered,
  KeptConsentRequest,
} from "../../domain/consent/requests/consentRequest.ts";
import { canonicalJson, type Json } from "../../domain/kernel/canonical.ts";
import { columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";

/** A request as it is stored: what is not looked for stands together in `asked` and `answer`. */
interface ConsentRequestRow {
  readonly id: string;
  /** What is asked and by whom, to find the same again. */
  readonly question: string;
  readonly patient: string;
  readonly clientId: string;
  readonly asked: Omit<AskedConsent, "clientId" | "patient">;
  readonly decisionId: string;
  readonly requestedBy: string;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly validUntil: number | null;
  readonly refusedDays: number;
  readonly answeredAt: number | null;
  readonly answer: Omit<ConsentAnswered, "at"> | null;
}
export const consentRequestColumns = columnsOf<ConsentRequestRow>({
  id: "key",
  question: "text",
  patient: "key",
  clientId: "key",
  asked: "json",
  decisionId: "text",
  requestedBy: "text",
  requestedAt: "integer",
  expiresAt: "integer",
  validUntil: "integer",
  refusedDays: "integer",
  answeredAt: "integer",
  answer: "json",
});

const askedOf = ({ grantAction, grantId, inTheWay, languages, purposes, scopes, subject }: AskedConsent) =>
  ({ grantAction, grantId, inTheWay, languages, purposes, scopes, subject }) satisfies ConsentRequestRow["asked"];

/** The same of who asks the same. */
export const questionOf = (request: KeptConsentRequest): string =>
  canonicalJson({ ...askedOf(request), requestedBy: request.requestedBy } as unknown as Json);

/** The values of a request that is open, in the order of the columns. */
export function openValues(request: KeptConsentRequest): readonly unknown[] {
  const { clientId, decisionId, expiresAt, id, patient, refusedDays, requestedAt, requestedBy, validUntil } = request;
  const row: ConsentRequestRow = {
    id,
    question: questionOf(request),
    patient,
    clientId,
    asked: askedOf(request),
    decisionId,
    requestedBy,
    requestedAt,
    expiresAt,
    validUntil,
    refusedDays,
    answeredAt: null,
    answer: null,
  };
  const values = row as unknown as Readonly<Record<string, unknown>>;
  return consentRequestColumns.map((c) => toDatabase(values[c.property], c));
}

export const answerValues = ({ at, ...answer }: ConsentAnswered): readonly unknown[] => [
  at,
  canonicalJson(answer as unknown as Json),
];

export function consentRequestOf(row: RawRow): KeptConsentRequest {
  const {
    answer,
    answeredAt,
    asked,
    question: _,
    ...rest
  } = fromRow(consentRequestColumns, row) as unknown as ConsentRequestRow;
  return {
    ...asked,
    ...rest,
    answered: answer === null || answeredAt === null ? null : { ...answer, at: answeredAt },
  };
}
