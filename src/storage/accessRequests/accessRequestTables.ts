import type { KeptAccessRequest } from "../../domain/consent/accessRequests/accessRequest.ts";
import { columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { peopleColumn, storedPerson, subjectPeople } from "../database/storedPerson.ts";

/** Persons in columns of their own: the database compares them itself. */
type AccessRequestRow = Omit<KeptAccessRequest, "subject" | "requestedBy" | "decided" | "returned"> & {
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly subjectPeople: readonly string[] | null;
  readonly requestedBy: string;
  readonly requesterSubjectId: string | null;
  readonly requesterSubjectType: string | null;
  readonly requesterIssuer: string | null;
  readonly requesterPeople: readonly string[] | null;
  readonly decidedAt: number | null;
  readonly decidedBy: string | null;
  readonly deciderSubjectId: string | null;
  readonly deciderSubjectType: string | null;
  readonly deciderIssuer: string | null;
  readonly deciderPeople: readonly string[] | null;
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
  subjectPeople: "json",
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
  requesterPeople: "json",
  createdAt: "integer",
  expiresAt: "integer",
  decidedAt: "integer",
  decidedBy: "text",
  deciderSubjectId: "text",
  deciderSubjectType: "text",
  deciderIssuer: "text",
  deciderPeople: "json",
  decisionReason: "text",
  given: "json",
  returnedAt: "integer",
  returnedBy: "text",
  returnReason: "text",
  policyRevision: "integer",
  baseRevision: "integer",
});

function rowOf({ subject, requestedBy, decided, returned, ...rest }: KeptAccessRequest): AccessRequestRow {
  return {
    ...rest,
    subjectId: subject?.id ?? null,
    subjectType: subject?.type ?? null,
    subjectPeople: subject === null ? null : subjectPeople(subject),
    requestedBy: requestedBy.callerId,
    requesterSubjectId: requestedBy.subject?.id ?? null,
    requesterSubjectType: requestedBy.subject?.type ?? null,
    requesterIssuer: requestedBy.subject?.issuer ?? null,
    requesterPeople: peopleColumn(requestedBy),
    decidedAt: decided?.at ?? null,
    decidedBy: decided?.by.callerId ?? null,
    deciderSubjectId: decided?.by.subject?.id ?? null,
    deciderSubjectType: decided?.by.subject?.type ?? null,
    deciderIssuer: decided?.by.subject?.issuer ?? null,
    deciderPeople: decided === null ? null : peopleColumn(decided.by),
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

export function accessRequestOf(row: RawRow): KeptAccessRequest {
  const {
    subjectId,
    subjectType,
    subjectPeople: _,
    requestedBy,
    requesterSubjectId,
    requesterSubjectType,
    requesterIssuer,
    requesterPeople,
    decidedAt,
    decidedBy,
    deciderSubjectId,
    deciderSubjectType,
    deciderIssuer,
    deciderPeople: __,
    decisionReason,
    returnedAt,
    returnedBy,
    returnReason,
    ...rest
  } = fromRow(accessRequestColumns, row) as unknown as AccessRequestRow;
  return {
    ...rest,
    subject: subjectId === null || subjectType === null ? null : { type: subjectType, id: subjectId },
    requestedBy: storedPerson(requestedBy, {
      ...{ id: requesterSubjectId, type: requesterSubjectType, issuer: requesterIssuer },
      people: requesterPeople,
    }),
    decided:
      decidedAt === null || decidedBy === null || decisionReason === null
        ? null
        : {
            at: decidedAt,
            by: storedPerson(decidedBy, { id: deciderSubjectId, type: deciderSubjectType, issuer: deciderIssuer }),
            reason: decisionReason,
          },
    returned:
      returnedAt === null || returnedBy === null ? null : { at: returnedAt, by: returnedBy, reason: returnReason },
  };
}
