import type { KeyContent } from "../../callers/apiKeys.ts";
import { isSurelySamePerson, requireOtherThan, requirePersonOtherThan } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { CaseSteps } from "../../cases/steps.ts";
import { conflict, ScopewardenError } from "../../kernel/errors.ts";
import {
  approvalsLacking,
  type KeptProposal,
  type Proposal,
  type ProposalState,
  type Stopped,
  standingApprovals,
} from "./proposal.ts";

/** What must be known beside a proposal to say who may take which step. */
export interface ProposalFacts {
  /** Whether a change of the policy needs a report. */
  readonly replayRequired: boolean;
  /** @throws ScopewardenError FORBIDDEN to whom it is about */
  requireNotAbout(caller: Identity, of: Pick<Proposal, "change">): void;
  /** @throws ScopewardenError FORBIDDEN to who may not end it, nor have its approvals count no more */
  requireMayStop(caller: Identity, of: Pick<Proposal, "change" | "id">, stopped: Stopped): void;
  /** @throws ScopewardenError FORBIDDEN to who may not make this key, BAD_USER_INPUT for what it is */
  requireMayMake(caller: Identity, key: KeyContent): void;
}

/** What people read: the states and steps in words, without what the API calls them. */
const STATES: { readonly [State in ProposalState]: { readonly is: string; readonly next: string } } = {
  OPEN: { is: "open", next: "somebody else than its author must approve it first" },
  APPROVED: { is: "approved already", next: "it can be applied" },
  STALE: { is: "out of date", next: "look at it again, and have it approved anew" },
  APPLIED: { is: "applied already", next: "nothing is left to do" },
  REJECTED: { is: "rejected", next: "propose it anew" },
  WITHDRAWN: { is: "withdrawn by its author", next: "propose it anew" },
  EXPIRED: { is: "expired", next: "propose it anew" },
};

const BY_ANOTHER = "A proposal is approved by somebody else than its author";
const BY_TWO = "A proposal that a token without a known person made is approved by two people";

/** Why a proposal in this state is not changed, and what can be done. */
export function refusal(of: KeptProposal & Partial<Pick<Proposal, "staleBecause">>): string {
  const { approvalsNeeded, id, staleBecause = null, state } = of;
  const next =
    state === "OPEN" && approvalsNeeded > 1
      ? `two people must approve it first, as a token without a known person made it; ${approvalsLacking(of)} more`
      : STATES[state].next;
  return `Proposal ${id} is ${STATES[state].is}${staleBecause === null ? "" : ` (${staleBecause})`}: ${next}.`;
}

export const shownOnce = (id: string): ScopewardenError =>
  conflict(
    `Proposal ${id} is about a key, which is shown once, to whoever makes it: make the key just as it was proposed, and name this proposal.`,
  );

const forbidden = (message: string): ScopewardenError => new ScopewardenError("FORBIDDEN", message);

/** An emergency is two people who answer for it by name. @throws ScopewardenError FORBIDDEN */
export function requireNamedAdmin({ roles, subject }: Identity, what: string): void {
  if (!roles.has("admin") || subject === null)
    throw forbidden(`${what} an emergency change needs the role admin, and a key or token that says whose it is.`);
}

function requireReport({ change, emergency, id, report, state }: Proposal, { replayRequired }: ProposalFacts): void {
  const isExempt = emergency || (change.kind !== "POLICY" && change.kind !== "ROLLBACK");
  if (!replayRequired || isExempt || report !== null || (state !== "OPEN" && state !== "APPROVED")) return;
  throw conflict(
    `Proposal ${id} has no report of past decisions, which is required: look at it again, which makes one.`,
  );
}

const UNDECIDED: readonly ProposalState[] = ["OPEN", "APPROVED", "STALE"];

export type ProposalStep = "comment" | "renew" | "approve" | "reject" | "withdraw" | "apply" | "createKey";

/** Whoever takes a step looks at the proposal as it is now. A stale one waits for nobody: it may be renewed, or left alone. */
export const PROPOSAL_STEPS: CaseSteps<ProposalStep, Proposal, ProposalState, ProposalFacts> = {
  comment: { field: "commentProposal", from: Object.keys(STATES) as ProposalState[], require: () => undefined },
  // Whether the change can be made at all is seen when it is tried anew.
  renew: {
    field: "refreshProposal",
    from: UNDECIDED,
    refusal,
    require: (caller, of, facts) => facts.requireMayStop(caller, of, "refreshed"),
  },
  approve: {
    field: "approveProposal",
    from: ["OPEN"],
    isAwaited: true,
    refusal,
    // Whether the digest is the proposal's, and whether many flips have a reason, only the call can tell.
    require(caller, of, facts) {
      requirePersonOtherThan(caller, [of.author], BY_ANOTHER, of.approvalsNeeded);
      if (approvalsLacking(of) > 0) requireOtherThan(caller, standingApprovals(of), BY_TWO);
      facts.requireNotAbout(caller, of);
      if (of.emergency) requireNamedAdmin(caller, "To approve");
      requireReport(of, facts);
    },
  },
  reject: {
    field: "rejectProposal",
    from: UNDECIDED,
    refusal,
    require: (caller, of, facts) => facts.requireMayStop(caller, of, "rejected"),
  },
  withdraw: {
    field: "withdrawProposal",
    from: UNDECIDED,
    refusal,
    require(caller, of, facts) {
      if (of.author.callerId !== caller.id && !isSurelySamePerson(caller, of.author))
        throw forbidden("A proposal is withdrawn by its author; anybody else may reject it.");
      facts.requireMayStop(caller, of, "withdrawn");
    },
  },
  apply: {
    field: "applyProposal",
    from: ["APPROVED"],
    isAwaited: true,
    refusal,
    require(caller, of, facts) {
      if (of.change.kind === "API_KEY") throw shownOnce(of.id);
      facts.requireNotAbout(caller, of);
      requireReport(of, facts);
    },
  },
  // Whether the key is the one that was approved only the call can tell.
  createKey: {
    field: "createApiKey",
    from: ["APPROVED"],
    isAwaited: true,
    refusal,
    require(caller, { change, id }, facts) {
      if (change.kind !== "API_KEY") throw conflict(`Proposal ${id} is about no key: apply it instead.`);
      facts.requireMayMake(caller, change.key);
    },
  },
};
