import type { CaseCode, CaseRow } from "../../domain/cases/caseKind.ts";
import type { Json } from "../../domain/kernel/canonical.ts";
import { columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { peopleColumn, storedPerson, subjectPeople } from "../database/storedPerson.ts";

/** Persons in columns of their own: the database compares them itself. */
type StoredCase = Omit<CaseRow, "subject" | "openedBy" | "decided" | "outcome"> & {
  readonly kind: CaseCode;
  readonly version: number;
  readonly outcome: Json | null;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  /** Whose it is, who decides nothing about themselves. */
  readonly aboutPeople: readonly string[] | null;
  readonly openedBy: string;
  readonly openerSubjectId: string | null;
  readonly openerSubjectType: string | null;
  readonly openerIssuer: string | null;
  readonly openerPeople: readonly string[] | null;
  readonly decidedAt: number | null;
  readonly decidedBy: string | null;
  readonly deciderSubjectId: string | null;
  readonly deciderSubjectType: string | null;
  readonly deciderIssuer: string | null;
  readonly deciderPeople: readonly string[] | null;
};

export const caseColumns = columnsOf<StoredCase>({
  id: "key",
  kind: "key",
  state: "key",
  slot: "key",
  parent: "key",
  clientId: "key",
  subjectId: "key",
  subjectType: "key",
  aboutPeople: "json",
  patient: "key",
  organization: "key",
  openedAt: "integer",
  openedBy: "text",
  openerSubjectId: "text",
  openerSubjectType: "text",
  openerIssuer: "text",
  openerPeople: "json",
  decidedAt: "integer",
  decidedBy: "text",
  deciderSubjectId: "text",
  deciderSubjectType: "text",
  deciderIssuer: "text",
  deciderPeople: "json",
  dueAt: "integer",
  endsAt: "integer",
  isOver: "boolean",
  version: "integer",
  body: "json",
  life: "json",
  outcome: "json",
});

/** What a step may change; `version` tells whether somebody else was first. */
export const changingColumns = caseColumns.filter(({ property }) =>
  /^(state|decid.*|dueAt|endsAt|isOver|life|outcome)$/.test(property),
);

function peopleAbout({ clientId, subject }: CaseRow): readonly string[] | null {
  if (subject !== null) return subjectPeople(subject);
  return clientId === null ? null : subjectPeople({ type: "client", id: clientId });
}

/** The values of a case by the members of its columns, as they are bound. */
export function caseValues(kind: CaseCode, { decided, openedBy, outcome = null, subject, ...row }: CaseRow) {
  const stored: StoredCase = {
    ...row,
    ...{ kind, outcome, version: 1 },
    subjectId: subject?.id ?? null,
    subjectType: subject?.type ?? null,
    aboutPeople: peopleAbout({ ...row, decided, openedBy, subject }),
    openedBy: openedBy.callerId,
    openerSubjectId: openedBy.subject?.id ?? null,
    openerSubjectType: openedBy.subject?.type ?? null,
    openerIssuer: openedBy.subject?.issuer ?? null,
    openerPeople: peopleColumn(openedBy),
    decidedAt: decided?.at ?? null,
    decidedBy: decided?.by.callerId ?? null,
    deciderSubjectId: decided?.by.subject?.id ?? null,
    deciderSubjectType: decided?.by.subject?.type ?? null,
    deciderIssuer: decided?.by.subject?.issuer ?? null,
    deciderPeople: decided === null ? null : peopleColumn(decided.by),
  };
  return (columns: typeof caseColumns): readonly unknown[] =>
    columns.map((c) => toDatabase(stored[c.property as keyof StoredCase], c));
}

export function caseRow(raw: RawRow): CaseRow & { readonly version: number } {
  const row = fromRow(caseColumns, raw) as unknown as StoredCase;
  const { aboutPeople: _, kind: __, subjectId, subjectType, ...rest } = row;
  const { openerIssuer, openerPeople, openerSubjectId, openerSubjectType, ...more } = rest;
  const { decidedAt, decidedBy, deciderIssuer, deciderPeople, deciderSubjectId, deciderSubjectType, ...kept } = more;
  return {
    ...kept,
    subject: subjectId === null || subjectType === null ? null : { type: subjectType, id: subjectId },
    openedBy: storedPerson(rest.openedBy, {
      ...{ id: openerSubjectId, type: openerSubjectType, issuer: openerIssuer, people: openerPeople },
    }),
    decided:
      decidedAt === null || decidedBy === null
        ? null
        : {
            at: decidedAt,
            by: storedPerson(decidedBy, {
              ...{ id: deciderSubjectId, type: deciderSubjectType, issuer: deciderIssuer, people: deciderPeople },
            }),
          },
  };
}
