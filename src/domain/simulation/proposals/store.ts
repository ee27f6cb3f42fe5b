import type { Page, PageRequest } from "../../kernel/pages.ts";
import type { ProposalAct } from "../../record/proposalAct.ts";
import type { Approval, Comment, KeptProposal, KeptState, ProposalKind, Reviewable } from "./proposal.ts";

/** What proposals are searched by; all that is given must hold. */
export interface KeptFilter {
  /** Absent: any. */
  readonly states?: readonly KeptState[] | undefined;
  /** Of those not at their end: whose time is over at `now`, or is not. */
  readonly expired?: { readonly now: number; readonly is: boolean } | undefined;
  readonly kind?: ProposalKind | undefined;
  readonly emergency?: boolean | undefined;
  /** The id of the caller who made it. */
  readonly authorId?: string | undefined;
}

/** A step as it is put on record; `once` tells it from others of its kind. */
export interface Step {
  readonly act: ProposalAct;
  readonly once: string;
}

/**
 * Where proposals are kept. Each write is one transaction with its act on record. All reject with POLICY_UNAVAILABLE when the
 * store can't answer; writes also with UNAUTHENTICATED when the key of who takes the step is no longer in force, and with
 * CONFLICT when the proposal is not in a state, or not under the digest, that the step is taken from. How one is applied stands with
 * what it does: the end of a proposal is written in the transaction of the revision that it makes.
 */
export interface ProposalStore {
  add(proposal: KeptProposal, step: Step): Promise<void>;
  find(id: string): Promise<KeptProposal | null>;
  /** Newest first; comments and approvals included. */
  page(query: { readonly filter: KeptFilter; readonly page: PageRequest<string> }): Promise<Page<KeptProposal, string>>;
  /** @throws ScopewardenError LIMIT_EXCEEDED beyond `most` comments of one proposal */
  comment(id: string, comment: Comment, step: Step & { readonly most: number }): Promise<void>;
  /** From OPEN under the digest of the approval. The database refuses one of the author's, whatever the caller believes. */
  approve(id: string, approval: Approval, step: Step): Promise<void>;
  /** From OPEN or APPROVED under a digest: what is reviewed is another thing from now on, and OPEN. */
  renew(id: string, renewal: { readonly from: string; readonly next: Reviewable }, step: Step): Promise<void>;
  /** From OPEN or APPROVED. */
  close(id: string, state: "REJECTED" | "WITHDRAWN" | "EXPIRED", step: Step): Promise<void>;
}
