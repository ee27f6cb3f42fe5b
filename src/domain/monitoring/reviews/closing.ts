import type { Identity } from "../../callers/types.ts";
import { type CaseSteps, requireStep } from "../../cases/steps.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { conflict, ScopewardenError } from "../../kernel/errors.ts";
import type { Clock, Sha256 } from "../../kernel/ports.ts";
import { clipped } from "../../kernel/text.ts";
import { isoTime } from "../../kernel/time.ts";
import type { PolicyAdmin } from "../../policy/admin.ts";
import type { Proposal } from "../../simulation/proposals/proposal.ts";
import type { Proposals } from "../../simulation/proposals/proposals.ts";
import { keyOfAccess } from "./accessList.ts";
import type { Campaign, ReviewAccess, ReviewItem } from "./campaign.ts";
import { type CampaignStage, campaignKind } from "./campaignKind.ts";
import { outcomesOf, type ProposalEnd } from "./outcomes.ts";
import { removalsOf } from "./removal.ts";
import { reportText } from "./report.ts";
import type { EvidenceReader, ReviewStore } from "./store.ts";

interface ClosingDeps {
  readonly store: ReviewStore;
  readonly reader: Pick<EvidenceReader, "origins">;
  readonly policy: Pick<PolicyAdmin, "current" | "refresh">;
  readonly proposals: Pick<Proposals, "propose" | "find" | "findAll" | "withdraw">;
  readonly facts: () => DecideFacts;
  readonly itemsOf: (campaign: Pick<Campaign, "id">) => Promise<readonly ReviewItem[]>;
  readonly clock: Clock;
  readonly sha256: Sha256;
}

/** The end of a campaign: what is to go is proposed, and once that is done with, the campaign is over. */
interface Closing {
  /** The next step to the end. @throws ScopewardenError CONFLICT, naming what it waits for; FORBIDDEN to who proposes without a name */
  close(caller: Identity, campaign: Campaign, reason: string | null): Promise<void>;
  /** Ends one whose proposal was applied or refused; false: it waits still. */
  settle(by: string, campaign: Campaign, reason?: string | null): Promise<boolean>;
  factsOf(campaigns: readonly Campaign[]): Promise<(of: Campaign) => AboutCampaign>;
}

const MAX_TITLE = 200;

/** How a proposal has ended; null: it has not, or nobody has said why. */
function endOf({ appliedRevision, change, closed, state }: Proposal): ProposalEnd | null {
  if (state !== "APPLIED" && state !== "REJECTED") return null;
  const operations = change.kind === "POLICY" ? change.operations : [];
  return { operations, appliedRevision: state === "APPLIED" ? appliedRevision : null, reason: closed?.reason ?? null };
}

/** What is known beside a campaign when it is closed: its proposal, null where there is none. */
interface AboutCampaign {
  readonly proposal: Proposal | null;
  readonly now: number;
}
const OVER: readonly (Proposal["state"] | undefined)[] = [undefined, "APPLIED", "REJECTED", "WITHDRAWN", "EXPIRED"];

/** What closing one may propose somebody must answer for, whether or not anything is to go. */
export const CAMPAIGN_STEPS: CaseSteps<"close", Campaign, CampaignStage, AboutCampaign> = {
  close: {
    field: "closeReviewCampaign",
    from: ["DECIDED", "ENDED", "PROPOSED"],
    isAwaited: true,
    require(caller, { decided, endsAt, id, items, proposalId, state }, { now, proposal }) {
      if (proposal === null || endOf(proposal) === null) requireNamed(caller);
      if (state === "OPEN" && decided < items && now < endsAt)
        throw conflict(
          `${items - decided} of ${items} items of campaign ${id} are undecided: it can be closed when they are decided, or on ${isoTime(endsAt)}.`,
        );
      if (!OVER.includes(proposal?.state))
        throw conflict(
          `Campaign ${id} waits for proposal ${proposalId}, which is ${proposal?.state}: it is over once that is applied, or rejected with a reason.`,
        );
    },
  },
};

/** @throws ScopewardenError FORBIDDEN to who could be anybody: what they propose nobody may approve */
function requireNamed({ subject }: Identity): void {
  if (subject === null)
    throw new ScopewardenError(
      "FORBIDDEN",
      "Nobody could approve what closing a review proposes: this caller does not say whose it is, so that it may be anybody. Use a key or token that does.",
    );
}

export function createClosing(deps: ClosingDeps): Closing {
  const { clock, itemsOf, policy, proposals, reader, sha256, store } = deps;

  /** Of access that stands, whether it began after a revision. */
  async function beginnings(items: readonly ReviewItem[], revision: number) {
    const found = new Map<string, number>();
    for (const [kind, noun] of [["ASSIGNMENT", "assignment"] as const, ["GRANT", "grant"] as const]) {
      const keys = items.filter(({ access }) => access.kind === kind).map(({ access }) => keyOfAccess(access));
      for (const [key, origin] of await reader.origins({ noun, keys, revision }))
        found.set(`${kind} ${key}`, origin.revision);
    }
    return (access: ReviewAccess, after: number): boolean =>
      (found.get(`${access.kind} ${keyOfAccess(access)}`) ?? 0) > after;
  }

  async function end(
    by: string,
    campaign: Campaign,
    about: { readonly proposal: ProposalEnd | null; readonly reason: string | null },
  ) {
    await policy.refresh();
    const items = await itemsOf(campaign);
    const facts = deps.facts();
    const begunAfter = await beginnings(items, facts.snapshot.revision);
    const outcomes = outcomesOf(items, about.proposal, { facts, begunAfter, listedAt: campaign.policyRevision });
    const at = clock();
    // The report says what it will say for ever: who ended it and when, but not its own digest.
    const closed: Campaign = { ...campaign, state: "CLOSED", closed: { at, by, reportSha256: "" } };
    const ended = items.map((item, i) => ({ ...item, outcome: outcomes[i]?.outcome ?? null }));
    const reportSha256 = sha256(reportText(closed, ended));
    await store.close(campaign, { at, by, reason: about.reason, outcomes, reportSha256 });
  }

  async function propose(caller: Identity, campaign: Campaign, reason: string | null): Promise<void> {
    const items = await itemsOf(campaign);
    const snapshot = await policy.refresh();
    const begunAfter = await beginnings(items, snapshot.revision);
    const hasChanged = (access: ReviewAccess): boolean => begunAfter(access, campaign.policyRevision);
    const operations = removalsOf(snapshot, items, { now: clock(), hasChanged });
    if (operations.length === 0) return end(caller.id, campaign, { proposal: null, reason });
    const title = clipped(`Access review: ${campaign.title}`, MAX_TITLE);
    const undecided = campaign.items - campaign.decided;
    const silence = undecided === 0 ? "" : `, and ${undecided} that nobody decided`;
    const why = `What access review ${campaign.id} found that should go${silence}: ${campaign.reason}`;
    const input = { title, change: { operations }, reason: reason ?? clipped(why, 2000) };
    const { id: proposalId } = await proposals.propose(caller, input);
    try {
      await store.propose(campaign, { at: clock(), by: caller.id, reason, proposalId });
    } catch (error) {
      // Somebody else was first: of two proposals one is enough. Where this may not be withdrawn by the caller it can be rejected.
      const reason = "The review was proposed at the same time already.";
      await proposals.withdraw(caller, { id: proposalId, reason }).catch(() => undefined);
      throw error;
    }
  }

  async function settle(by: string, campaign: Campaign, reason: string | null = null): Promise<boolean> {
    const proposal = campaign.proposalId === null ? null : await proposals.find(campaign.proposalId);
    const ended = proposal === null ? null : endOf(proposal);
    if (ended === null) return false;
    await end(by, campaign, { proposal: ended, reason });
    return true;
  }

  /** What is known of each; of one that is over nothing is asked. */
  async function factsOf(campaigns: readonly Campaign[]) {
    const now = clock();
    const ids = campaigns.flatMap(({ proposalId, state }) =>
      state === "PROPOSED" && proposalId !== null ? proposalId : [],
    );
    const known = new Map((await proposals.findAll(ids)).map((each) => [each.id, each]));
    return ({ proposalId }: Campaign): AboutCampaign => ({ now, proposal: known.get(proposalId ?? "") ?? null });
  }

  return {
    async close(caller, campaign, reason) {
      const facts = (await factsOf([campaign]))(campaign);
      requireStep(CAMPAIGN_STEPS.close, caller, { kind: campaignKind, of: campaign, facts, now: facts.now });
      if (!(await settle(caller.id, campaign, reason))) await propose(caller, campaign, reason);
    },
    settle,
    factsOf,
  };
}
