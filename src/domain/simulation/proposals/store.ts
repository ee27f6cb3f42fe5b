import type { CaseReader } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { ProposalAct } from "../../record/proposalAct.ts";
import type { Approval, Comment, KeptProposal, ProposalKind, ProposalState, Reviewable } from "./proposal.ts";

/** What proposals are searched by; all that is given must hold. */
export interface ProposalFilter {
  /** Absent: any. */
  readonly states?: readonly ProposalState[] | undefined;
  readonly kind?: ProposalKind | undefined;
  readonly emergency?: boolean | undefined;
  /** The id of the caller who made it. */
  readonly callerId?: string | undefined;
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
export interface ProposalStore extends CaseReader<KeptProposal, ProposalState> {
  add(proposal: KeptProposal): Promise<void>;
  find(id: string): Promise<KeptProposal | null>;
  /** Comments and approvals included. None is STALE to the store. */
  page(query: {
    readonly filter: ProposalFilter;
    readonly now: number;
    readonly page: CasePageRequest;
  }): Promise<CasePage<KeptProposal>>;
  /** Those whose time is over while nobody has closed them; at most so many. */
  due(now: number, most: number): Promise<readonly KeptProposal[]>;
  /** @throws ScopewardenError LIMIT_EXCEEDED beyond `most` comments of one proposal */
  comment(id: string, comment: Comment, step: Step & { readonly most: number }): Promise<void>;
  /**
   * From OPEN under the digest of the approval; APPROVED once as many people have as are needed. The database refuses one of the author's,
   * and a second one of the same person, whatever the caller believes.
   */
  approve(id: string, approval: Approval, step: Step): Promise<void>;
  /** From OPEN or APPROVED under a digest: what is reviewed is another thing from now on, and OPEN. */
  renew(id: string, renewal: { readonly from: string; readonly next: Reviewable }, step: Step): Promise<void>;
  /** From OPEN or APPROVED; by EXPIRED once its time is over. */
  close(id: string, state: "REJECTED" | "WITHDRAWN" | "EXPIRED", step: Step): Promise<void>;
}
