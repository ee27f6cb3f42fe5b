import type { CaseKind } from "../../cases/caseKind.ts";
import type { Json } from "../../kernel/canonical.ts";
import { conflict } from "../../kernel/errors.ts";
import type { ProposalAct, ProposalEvent } from "../../record/proposalAct.ts";
import type { KeptProposal, ProposalState, ProposedChange, Reviewable } from "./proposal.ts";

/** What of a proposal stands in no column of cases: what was proposed, which does not change, and what else does until it is over. */
type Body = ProposedChange & Pick<KeptProposal, "title" | "reason" | "emergency" | "approvalsNeeded">;
type Life = Reviewable & Pick<KeptProposal, "appliedRevision"> & { readonly closedReason: string | null };

/** Its approvals and comments are entries beside it. */
export const proposalKind: CaseKind<KeptProposal, ProposalState> = {
  code: "PROPOSAL",
  noun: "Proposal",
  states: {
    OPEN: { kept: ["OPEN"], end: "BEFORE" },
    APPROVED: { kept: ["APPROVED"], end: "BEFORE" },
    // A proposal has it once it was looked at (`review.ts`): none is kept so.
    STALE: { kept: ["STALE"] },
    APPLIED: { kept: ["APPLIED"] },
    REJECTED: { kept: ["REJECTED"] },
    WITHDRAWN: { kept: ["WITHDRAWN"] },
    EXPIRED: [{ kept: ["EXPIRED"] }, { kept: ["OPEN", "APPROVED"], end: "AFTER" }],
  },
  rowOf(of) {
    const {
      appliedRevision,
      approvalsNeeded,
      author,
      baseRevision,
      change,
      closed,
      createdAt,
      digest,
      effect,
      emergency,
    } = of;
    const { expiresAt, findings, id, reason, report, round, state, title } = of;
    const reviewed: Reviewable = { round, digest, baseRevision, effect, findings, report };
    const life: Life = { ...reviewed, appliedRevision, closedReason: closed?.reason ?? null };
    return {
      ...{ id, state, openedAt: createdAt, openedBy: author, endsAt: expiresAt, isOver: closed !== null },
      ...{ slot: null, parent: null, clientId: null, subject: null, patient: null, organization: null, dueAt: null },
      decided: closed && { at: closed.at, by: { callerId: closed.by, subject: null } },
      body: { ...change, title, reason, emergency, approvalsNeeded } satisfies Body as unknown as Json,
      life: life as unknown as Json,
    };
  },
  caseOf({ body, decided, endsAt, id, life, openedAt, openedBy, state }) {
    const { approvalsNeeded, emergency, reason, title, ...change } = body as unknown as Body;
    const { closedReason, ...reviewed } = life as unknown as Life;
    return {
      ...{
        id,
        title,
        reason,
        emergency,
        approvalsNeeded,
        change,
        ...reviewed,
        state: state as ProposalState,
        author: openedBy,
      },
      ...{ createdAt: openedAt, expiresAt: endsAt ?? openedAt, approvals: [], comments: [] },
      closed: decided && { at: decided.at, by: decided.by.callerId, reason: closedReason },
    };
  },
};

/** What is put on record of a proposal at a step. */
export const actOf = (
  {
    baseRevision,
    digest,
    emergency,
    id,
    title,
  }: Pick<KeptProposal, "id" | "digest" | "baseRevision" | "emergency" | "title">,
  event: ProposalEvent,
  said: Pick<ProposalAct, "at" | "author"> & Partial<ProposalAct>,
): ProposalAct => ({
  ...{ event, proposalId: id, digest, baseRevision, emergency, title, text: null, flipsReason: null, revision: null },
  ...said,
});

/** @throws ScopewardenError CONFLICT where it was renewed meanwhile */
export function requireDigest({ digest, id }: KeptProposal, asRead: string): void {
  if (digest !== asRead)
    throw conflict(`Proposal ${id} is not as it was read: it was renewed meanwhile. Read it again.`);
}
