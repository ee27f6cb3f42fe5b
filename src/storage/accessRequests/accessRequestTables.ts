import type { CallerSubject, Person } from "../../domain/callers/types.ts";
import type { KeptAccessRequest } from "../../domain/consent/accessRequests/accessRequest.ts";
import { columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";

/** Persons in columns of their own: the database compares them itself. */
type AccessRequestRow = Omit<KeptAccessRequest, "subject" | "requestedBy" | "decided" | "returned"> & {
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly requestedBy: string;
  readonly requesterSubjectId: string | null;
  readonly requesterSubjectType: string | null;
  readonly requesterIssuer: string | null;
  readonly decidedAt: number | null;
  readonly decidedBy: string | null;
  readonly deciderSubjectId: string | null;
  readonly deciderSubjectType: string | null;
  readonly deciderIssuer: string | null;
  readonly decisionReason: string | null;
  readonly returnedAt: number | null;
  readonly returnedBy: string | null;
  readonly returnReason: string | null;
};
export const accessRequestColumns = columnsOf<AccessRequestRow>({
  id: "key",
  state: "text",
  subjectId: "key",
  subjectType: "text",
  role: "text",
  organization: "text",
  clientId: "key",
  scope: "text",
  minutes: "integer",
  reason: "text",
  requestedBy: "text",
  requesterSubjectId: "text",
  requesterSubjectType: "text",
  requesterIssuer: "text",
  createdAt: "integer",
  expiresAt: "integer",
  decidedAt: "integer",
  decidedBy: "text",
  deciderSubjectId: "text",
  deciderSubjectType: "text",
  deciderIssuer: "text",
  decisionReason: "text",
  given: "json",
  returnedAt: "integer",
  returnedBy: "text",
  returnReason: "text",
  policyRevision: "integer",
});

function rowOf({ subject, requestedBy, decided, returned, ...rest }: KeptAccessRequest): AccessRequestRow {
  return {
    ...rest,
    subjectId: subject?.id ?? null,
    subjectType: subject?.type ?? null,
    requestedBy: requestedBy.callerId,
    requesterSubjectId: requestedBy.subject?.id ?? null,
    requesterSubjectType: requestedBy.subject?.type ?? null,
    requesterIssuer: requestedBy.subject?.issuer ?? null,
    decidedAt: decided?.at ?? null,
    decidedBy: decided?.by.callerId ?? null,
    deciderSubjectId: decided?.by.subject?.id ?? null,
    deciderSubjectType: decided?.by.subject?.type ?? null,
    deciderIssuer: decided?.by.subject?.issuer ?? null,
    decisionReason: decided?.reason ?? null,
    returnedAt: returned?.at ?? null,
    returnedBy: returned?.by ?? null,
    returnReason: returned?.reason ?? null,
  };
}

/** The values of a request, in the order of the columns. */
export function accessRequestValues(request: KeptAccessRequest): readonly unknown[] {
  const row = rowOf(request) as unknown as Readonly<Record<string, unknown>>;
  return accessRequestColumns.map((c) => toDatabase(row[c.property], c));
}

const person = (callerId: string, subject: CallerSubject | null): Person => ({ callerId, subject });
const subjectOf = (id: string | null, type: string | null, issuer: string | null): CallerSubject | null =>
  id === null ? null : { id, type, issuer };

export function accessRequestOf(row: RawRow): KeptAccessRequest {
  const {
    subjectId,
    subjectType,
    requestedBy,
    requesterSubjectId,
    requesterSubjectType,
    requesterIssuer,
    decidedAt,
    decidedBy,
    deciderSubjectId,
    deciderSubjectType,
    deciderIssuer,
    decisionReason,
    returnedAt,
    returnedBy,
    returnReason,
    ...rest
  } = fromRow(accessRequestColumns, row) as unknown as AccessRequestRow;
  const decider = subjectOf(deciderSubjectId, deciderSubjectType, deciderIssuer);
  return {
    ...rest,
    subject: subjectId === null || subjectType === null ? null : { type: subjectType, id: subjectId },
    requestedBy: person(requestedBy, subjectOf(requesterSubjectId, requesterSubjectType, requesterIssuer)),
    decided:
      decidedAt === null || decidedBy === null || decisionReason === null
        ? null
        : { at: decidedAt, by: person(decidedBy, decider), reason: decisionReason },
    returned:
      returnedAt === null || returnedBy === null ? null : { at: returnedAt, by: returnedBy, reason: returnReason },
  };
}
