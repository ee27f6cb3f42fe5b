import type { InquiryAnswer, KeptInquiry } from "../../domain/monitoring/responses/inquiry.ts";
import { columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { peopleColumn, storedPerson } from "../database/storedPerson.ts";

/** Persons in columns of their own: the database compares them itself. */
interface InquiryRow {
  readonly id: string;
  readonly alertId: string;
  readonly subjectId: string;
  readonly subjectType: string;
  readonly accesses: KeptInquiry["accesses"];
  readonly reason: string;
  readonly askedAt: number;
  readonly askedBy: string;
  readonly askerSubjectId: string | null;
  readonly askerSubjectType: string | null;
  readonly askerIssuer: string | null;
  readonly askerPeople: readonly string[] | null;
  readonly endsAt: number;
  readonly answeredAt: number | null;
  readonly answerBroughtBy: string | null;
  readonly answererId: string | null;
  readonly answererType: string | null;
  readonly reasonCode: string | null;
  readonly answerText: string | null;
  readonly withdrawnAt: number | null;
  readonly withdrawnBy: string | null;
  readonly withdrawReason: string | null;
}
export const inquiryColumns = columnsOf<InquiryRow>({
  id: "key",
  alertId: "key",
  subjectId: "key",
  subjectType: "key",
  accesses: "json",
  reason: "text",
  askedAt: "integer",
  askedBy: "text",
  askerSubjectId: "text",
  askerSubjectType: "text",
  askerIssuer: "text",
  askerPeople: "json",
  endsAt: "integer",
  answeredAt: "integer",
  answerBroughtBy: "text",
  answererId: "text",
  answererType: "text",
  reasonCode: "text",
  answerText: "text",
  withdrawnAt: "integer",
  withdrawnBy: "text",
  withdrawReason: "text",
});

function rowOf({ answered, askedBy, subject, withdrawn, ...rest }: KeptInquiry): InquiryRow {
  return {
    ...rest,
    subjectId: subject.id,
    subjectType: subject.type,
    askedBy: askedBy.callerId,
    askerSubjectId: askedBy.subject?.id ?? null,
    askerSubjectType: askedBy.subject?.type ?? null,
    askerIssuer: askedBy.subject?.issuer ?? null,
    askerPeople: peopleColumn(askedBy),
    answeredAt: answered?.at ?? null,
    answerBroughtBy: answered?.by ?? null,
    answererId: answered?.answeredBy.id ?? null,
    answererType: answered?.answeredBy.type ?? null,
    reasonCode: answered?.reasonCode ?? null,
    answerText: answered?.text ?? null,
    withdrawnAt: withdrawn?.at ?? null,
    withdrawnBy: withdrawn?.by ?? null,
    withdrawReason: withdrawn?.reason ?? null,
  };
}

/** The values of an inquiry, in the order of the columns. */
export function inquiryValues(kept: KeptInquiry): readonly unknown[] {
  const row = rowOf(kept) as unknown as Readonly<Record<string, unknown>>;
  return inquiryColumns.map((c) => toDatabase(row[c.property], c));
}

function answerOf(row: InquiryRow): InquiryAnswer | null {
  const { answerBroughtBy: by, answerText: text, answeredAt: at, answererId: id, answererType: type, reasonCode } = row;
  if (at === null || by === null || id === null || type === null || reasonCode === null || text === null) return null;
  return { at, by, answeredBy: { type, id }, reasonCode: reasonCode as InquiryAnswer["reasonCode"], text };
}

export function inquiryOf(raw: RawRow): KeptInquiry {
  const row = fromRow(inquiryColumns, raw) as unknown as InquiryRow;
  const { accesses, alertId, askedAt, endsAt, id, reason, withdrawReason, withdrawnAt, withdrawnBy } = row;
  const { askerIssuer: issuer, askerPeople: people, askerSubjectId, askerSubjectType: type } = row;
  return {
    ...{ id, alertId, accesses, reason, askedAt, endsAt },
    subject: { type: row.subjectType, id: row.subjectId },
    askedBy: storedPerson(row.askedBy, { id: askerSubjectId, type, issuer, people }),
    answered: answerOf(row),
    withdrawn:
      withdrawnAt === null || withdrawnBy === null || withdrawReason === null
        ? null
        : { at: withdrawnAt, by: withdrawnBy, reason: withdrawReason },
  };
}
