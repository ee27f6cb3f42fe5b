import type { CallerSubject } from "../../src/domain/callers/types.ts";
import type { ChangeFacts } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import type { ProposalEvent } from "../../src/domain/record/proposalAct.ts";
import type { Approval, KeptProposal } from "../../src/domain/simulation/proposals/proposal.ts";
import type { Step } from "../../src/domain/simulation/proposals/store.ts";

export const subjectOf = (id: string): CallerSubject => ({ type: "user", id, issuer: null });

/** A proposal as it is kept, of `ada`, about a role. */
export const keptProposal = (id: string, more: Partial<KeptProposal> = {}): KeptProposal => ({
  id,
  state: "OPEN",
  title: "A new role",
  reason: "a test",
  author: { callerId: "key:ada", subject: subjectOf("ada") },
  change: { kind: "POLICY", operations: [{ putRole: { name: "staff" } }] },
  emergency: false,
  approvalsNeeded: 1,
  createdAt: 10,
  expiresAt: 1_000,
  round: 1,
  digest: "d1",
  baseRevision: 0,
  effect: "e1",
  findings: [],
  report: null,
  approvals: [],
  comments: [],
  closed: null,
  appliedRevision: null,
  ...more,
});

export const approvalBy = (who: string, more: Partial<Approval> = {}): Approval => ({
  callerId: `key:${who}`,
  subject: subjectOf(who),
  at: 20,
  digest: "d1",
  reason: "looks right",
  flipsReason: null,
  ...more,
});

export const stepOf = (
  proposalId: string,
  event: ProposalEvent,
  {
    once = "",
    author = "key:ada",
    at = 10,
  }: { readonly once?: string; readonly author?: string; readonly at?: number } = {},
): Step => ({
  once,
  act: {
    event,
    proposalId,
    at,
    author,
    digest: "d1",
    baseRevision: 0,
    emergency: false,
    title: "A new role",
    text: "a test",
    flipsReason: null,
    revision: null,
  },
});

/** What changes of roles rest on, which know no condition. */
export const facts = (): ChangeFacts => ({
  now: 1,
  newId: () => "id",
  checkCondition: () => null,
  readCondition: () => NO_TERMS,
});
