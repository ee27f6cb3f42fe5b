import type { KeptBreakGlass } from "../../domain/consent/breakGlass/breakGlass.ts";
import { columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { peopleColumn, storedPerson, subjectPeople } from "../database/storedPerson.ts";

/** Persons in columns of their own: the database compares them itself. */
type BreakGlassRow = Omit<KeptBreakGlass, "subject" | "openedBy" | "ended" | "review"> & {
  readonly subjectId: string;
  readonly subjectType: string;
  readonly subjectPeople: readonly string[];
  readonly openedBy: string;
  readonly openerSubjectId: string | null;
  readonly openerSubjectType: string | null;
  readonly openerIssuer: string | null;
  readonly openerPeople: readonly string[] | null;
  readonly endedAt: number | null;
  readonly endedBy: string | null;
  readonly endReason: string | null;
  readonly reviewedAt: number | null;
  readonly reviewedBy: string | null;
  readonly reviewerSubjectId: string | null;
  readonly reviewerSubjectType: string | null;
  readonly reviewerIssuer: string | null;
  readonly reviewerPeople: readonly string[] | null;
  readonly justified: boolean | null;
  readonly reviewText: string | null;
};
export const breakGlassColumns = columnsOf<BreakGlassRow>({
  id: "key",
  subjectId: "key",
  subjectType: "key",
  subjectPeople: "json",
  patient: "key",
  organization: "key",
  reason: "text",
  openedBy: "key",
  openerSubjectId: "text",
  openerSubjectType: "text",
  openerIssuer: "text",
  openerPeople: "json",
  startedAt: "integer",
  endsAt: "integer",
  reviewDueAt: "integer",
  endedAt: "integer",
  endedBy: "text",
  endReason: "text",
  reviewedAt: "integer",
  reviewedBy: "text",
  reviewerSubjectId: "text",
  reviewerSubjectType: "text",
  reviewerIssuer: "text",
  reviewerPeople: "json",
  justified: "boolean",
  reviewText: "text",
});

function rowOf({ ended, openedBy, review, subject, ...rest }: KeptBreakGlass): BreakGlassRow {
  return {
    ...rest,
    subjectId: subject.id,
    subjectType: subject.type,
    subjectPeople: subjectPeople(subject),
    openedBy: openedBy.callerId,
    openerSubjectId: openedBy.subject?.id ?? null,
    openerSubjectType: openedBy.subject?.type ?? null,
    openerIssuer: openedBy.subject?.issuer ?? null,
    openerPeople: peopleColumn(openedBy),
    endedAt: ended?.at ?? null,
    endedBy: ended?.by ?? null,
    endReason: ended?.reason ?? null,
    reviewedAt: review?.at ?? null,
    reviewedBy: review?.by.callerId ?? null,
    reviewerSubjectId: review?.by.subject?.id ?? null,
    reviewerSubjectType: review?.by.subject?.type ?? null,
    reviewerIssuer: review?.by.subject?.issuer ?? null,
    reviewerPeople: review === null ? null : peopleColumn(review.by),
    justified: review?.justified ?? null,
    reviewText: review?.text ?? null,
  };
}

/** The values of an emergency, in the order of the columns. */
export function breakGlassValues(kept: KeptBreakGlass): readonly unknown[] {
  const row = rowOf(kept) as unknown as Readonly<Record<string, unknown>>;
  return breakGlassColumns.map((c) => toDatabase(row[c.property], c));
}

export function breakGlassOf(raw: RawRow): KeptBreakGlass {
  const row = fromRow(breakGlassColumns, raw) as unknown as BreakGlassRow;
  const { endedAt, endedBy, justified, reviewText, reviewedAt, reviewedBy } = row;
  const { id, patient, organization, reason, startedAt, endsAt, reviewDueAt } = row;
  return {
    ...{ id, patient, organization, reason, startedAt, endsAt, reviewDueAt },
    subject: { type: row.subjectType, id: row.subjectId },
    openedBy: storedPerson(row.openedBy, {
      ...{ id: row.openerSubjectId, type: row.openerSubjectType, issuer: row.openerIssuer },
      people: row.openerPeople,
    }),
    ended: endedAt === null || endedBy === null ? null : { at: endedAt, by: endedBy, reason: row.endReason },
    review:
      reviewedAt === null || reviewedBy === null || justified === null || reviewText === null
        ? null
        : {
            at: reviewedAt,
            by: storedPerson(reviewedBy, {
              ...{ id: row.reviewerSubjectId, type: row.reviewerSubjectType, issuer: row.reviewerIssuer },
            }),
            justified,
            text: reviewText,
          },
  };
}
