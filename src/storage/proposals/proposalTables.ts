import type { Person } from "../../domain/callers/types.ts";
import type { Approval, Comment, KeptProposal } from "../../domain/simulation/proposals/proposal.ts";
import { columnsOf, fromRow } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";

/** Whom a step was taken by, in columns of their own: the database compares persons itself. */
interface PersonRow {
  readonly author: string;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly issuer: string | null;
}
const personRow = ({ callerId, subject }: Person): PersonRow => ({
  author: callerId,
  subjectId: subject?.id ?? null,
  subjectType: subject?.type ?? null,
  issuer: subject?.issuer ?? null,
});
const personOf = ({ author, subjectId, subjectType: type, issuer }: PersonRow): Person => ({
  callerId: author,
  subject: subjectId === null ? null : { id: subjectId, type, issuer },
});

type ProposalRow = Omit<KeptProposal, "author" | "approvals" | "comments" | "closed"> & {
  readonly kind: KeptProposal["change"]["kind"];
  readonly author: string;
  readonly authorSubjectId: string | null;
  readonly authorSubjectType: string | null;
  readonly authorIssuer: string | null;
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
  const { author: callerId, subjectId, subjectType, issuer } = personRow(author);
  return {
    ...rest,
    kind: rest.change.kind,
    author: callerId,
    authorSubjectId: subjectId,
    authorSubjectType: subjectType,
    authorIssuer: issuer,
    closedAt: closed?.at ?? null,
    closedBy: closed?.by ?? null,
    closedReason: closed?.reason ?? null,
  };
}
export const approvalRow = (proposalId: string, { callerId, subject, ...rest }: Approval): ApprovalRow => ({
  ...rest,
  ...personRow({ callerId, subject }),
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
    ...rest
  } = fromRow(approvalColumns, row) as unknown as ApprovalRow;
  return { ...rest, ...personOf({ author, subjectId, subjectType, issuer }) };
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
    closedAt,
    closedBy,
    closedReason,
    ...rest
  } = fromRow(proposalColumns, row) as unknown as ProposalRow;
  const person = { author, subjectId: authorSubjectId, subjectType: authorSubjectType, issuer: authorIssuer };
  return {
    ...rest,
    author: personOf(person),
    approvals,
    comments,
    closed: closedAt === null || closedBy === null ? null : { at: closedAt, by: closedBy, reason: closedReason },
  };
}
