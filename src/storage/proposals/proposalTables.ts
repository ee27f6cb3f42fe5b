import type { Person } from "../../domain/callers/types.ts";
import type { Approval, Comment, KeptProposal } from "../../domain/simulation/proposals/proposal.ts";
import { columnsOf, fromRow } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { peopleColumn, storedPerson } from "../database/storedPerson.ts";

/** Whom a step was taken by, in columns of their own: the database compares persons itself. */
interface PersonRow {
  readonly author: string;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly issuer: string | null;
  readonly people: readonly string[] | null;
}
const personRow = (person: Person): PersonRow => ({
  author: person.callerId,
  subjectId: person.subject?.id ?? null,
  subjectType: person.subject?.type ?? null,
  issuer: person.subject?.issuer ?? null,
  people: peopleColumn(person),
});
const personOf = ({ author, subjectId: id, subjectType: type, issuer, people }: PersonRow): Person =>
  storedPerson(author, { id, type, issuer, people });

type ProposalRow = Omit<KeptProposal, "author" | "approvals" | "comments" | "closed"> & {
  readonly kind: KeptProposal["change"]["kind"];
  readonly author: string;
  readonly authorSubjectId: string | null;
  readonly authorSubjectType: string | null;
  readonly authorIssuer: string | null;
  readonly authorPeople: readonly string[] | null;
  readonly closedAt: number | null;
  readonly closedBy: string | null;
  readonly closedReason: string | null;
};
export const proposalColumns = columnsOf<ProposalRow>({
  id: "key",
  state: "text",
  kind: "text",
  title: "text",
  reason: "text",
  author: "text",
  authorSubjectId: "text",
  authorSubjectType: "text",
  authorIssuer: "text",
  authorPeople: "json",
  change: "json",
  emergency: "boolean",
  createdAt: "integer",
  expiresAt: "integer",
  round: "integer",
  digest: "text",
  baseRevision: "integer",
  effect: "text",
  findings: "json",
  report: "json",
  closedAt: "integer",
  closedBy: "text",
  closedReason: "text",
  appliedRevision: "integer",
});

type ApprovalRow = Omit<Approval, keyof Person> & PersonRow & { readonly proposalId: string };
export const approvalColumns = columnsOf<ApprovalRow>({
  proposalId: "key",
  digest: "key",
  at: "integer",
  author: "text",
  subjectId: "text",
  subjectType: "text",
  issuer: "text",
  people: "json",
  reason: "text",
  flipsReason: "text",
});

type CommentRow = Omit<Comment, "callerId"> & { readonly proposalId: string; readonly author: string };
export const commentColumns = columnsOf<CommentRow>({
  id: "key",
  proposalId: "key",
  at: "integer",
  author: "text",
  text: "text",
});

export function proposalRow({ author, approvals: _, comments: __, closed, ...rest }: KeptProposal): ProposalRow {
  const { author: callerId, subjectId, subjectType, issuer, people } = personRow(author);
  return {
    ...rest,
    kind: rest.change.kind,
    author: callerId,
    authorSubjectId: subjectId,
    authorSubjectType: subjectType,
    authorIssuer: issuer,
    authorPeople: people,
    closedAt: closed?.at ?? null,
    closedBy: closed?.by ?? null,
    closedReason: closed?.reason ?? null,
  };
}
export const approvalRow = (proposalId: string, { callerId, subject, people, ...rest }: Approval): ApprovalRow => ({
  ...rest,
  ...personRow({ callerId, subject, ...(people && { people }) }),
  proposalId,
});
export const commentRow = (proposalId: string, { callerId, ...rest }: Comment): CommentRow => ({
  ...rest,
  author: callerId,
  proposalId,
});

export function approvalOf(row: RawRow): Approval {
  const {
    proposalId: _,
    author,
    subjectId,
    subjectType,
    issuer,
    people,
    ...rest
  } = fromRow(approvalColumns, row) as unknown as ApprovalRow;
  return { ...rest, ...personOf({ author, subjectId, subjectType, issuer, people }) };
}
export function commentOf(row: RawRow): Comment {
  const { proposalId: _, author, ...rest } = fromRow(commentColumns, row) as unknown as CommentRow;
  return { ...rest, callerId: author };
}

export function proposalOf(
  row: RawRow,
  { approvals, comments }: Pick<KeptProposal, "approvals" | "comments">,
): KeptProposal {
  const {
    kind: _,
    author,
    authorSubjectId,
    authorSubjectType,
    authorIssuer,
    authorPeople,
    closedAt,
    closedBy,
    closedReason,
    ...rest
  } = fromRow(proposalColumns, row) as unknown as ProposalRow;
  const person = {
    author,
    subjectId: authorSubjectId,
    subjectType: authorSubjectType,
    issuer: authorIssuer,
    people: authorPeople,
  };
  return {
    ...rest,
    author: personOf(person),
    approvals,
    comments,
    closed: closedAt === null || closedBy === null ? null : { at: closedAt, by: closedBy, reason: closedReason },
  };
}
