import { ScopewardenError } from "../../kernel/errors.ts";
import type { KeptProposal, ProposalState } from "./proposal.ts";

/** What can be done with a proposal. */
export type ProposalStep = "comment" | "renew" | "approve" | "reject" | "withdraw" | "apply";

const UNDECIDED = ["OPEN", "APPROVED", "STALE"] as const;

/** In which states each step may be taken: the one table. */
export const STEPS: { readonly [Step in ProposalStep]: readonly ProposalState[] } = {
  comment: ["OPEN", "APPROVED", "STALE", "APPLIED", "REJECTED", "WITHDRAWN", "EXPIRED"],
  renew: UNDECIDED,
  approve: ["OPEN"],
  reject: UNDECIDED,
  withdraw: UNDECIDED,
  apply: ["APPROVED"],
};

const DONE: { readonly [Step in ProposalStep]: string } = {
  comment: "commented on",
  renew: "renewed",
  approve: "approved",
  reject: "rejected",
  withdraw: "withdrawn",
  apply: "applied",
};

const NEXT: { readonly [State in ProposalState]: string } = {
  OPEN: "somebody else than its author must approve it first",
  APPROVED: "it is approved already, and can be applied",
  STALE: "renew it (refreshProposal), and have it approved again",
  APPLIED: "it was applied already",
  REJECTED: "it was rejected; propose it anew",
  WITHDRAWN: "its author has withdrawn it",
  EXPIRED: "its time is over; propose it anew",
};

/** Whether it may still be applied one day. */
const isUndecided = ({ state }: Pick<KeptProposal, "state">): boolean => state === "OPEN" || state === "APPROVED";

/** The state at a time, `stale` being whether it no longer is what was reviewed. What has come to its end stays so. */
export function stateAt(
  proposal: Pick<KeptProposal, "state" | "expiresAt">,
  { now, stale }: { readonly now: number; readonly stale: boolean },
): ProposalState {
  if (!isUndecided(proposal)) return proposal.state;
  if (now >= proposal.expiresAt) return "EXPIRED";
  return stale ? "STALE" : proposal.state;
}

/** @throws ScopewardenError CONFLICT, naming the state and what can be done */
export function requireStep(
  step: ProposalStep,
  {
    id,
    state,
    staleBecause,
  }: { readonly id: string; readonly state: ProposalState; readonly staleBecause: string | null },
): void {
  if (STEPS[step].includes(state)) return;
  const why = state === "STALE" && staleBecause !== null ? ` (${staleBecause})` : "";
  throw new ScopewardenError(
    "CONFLICT",
    `Proposal ${id} is ${state}${why} and can't be ${DONE[step]}: ${NEXT[state]}.`,
  );
}
