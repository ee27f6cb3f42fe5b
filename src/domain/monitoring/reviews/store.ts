import type { CaseReader } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { PageRequest } from "../../kernel/pages.ts";
import type { PolicyRevision } from "../../policy/store.ts";
import type { Holder } from "../../policy/types.ts";
import type { Campaign, CampaignState, NewCampaign, ReviewDecision, ReviewItem } from "./campaign.ts";
import type { CampaignStage } from "./campaignKind.ts";
import type { ItemState, ListedItem } from "./itemKind.ts";

/** What campaigns are searched by; all that is given must hold. */
export interface CampaignFilter {
  readonly states?: readonly CampaignState[] | undefined;
  /** Open ones whose time to decide is over. */
  readonly overdue?: boolean | undefined;
}

/** Campaigns that are open at once. */
export const MOST_OPEN = 50;

/** An item that begins: nobody has decided. */
export type NewItem = Omit<ReviewItem, "decision" | "outcome">;

interface Step {
  readonly at: number;
  /** The id of the caller who takes it. */
  readonly by: string;
  readonly reason: string | null;
}

/**
 * Where access reviews are kept. Each write is one transaction with its act on record. All reject with POLICY_UNAVAILABLE when
 * the store can't answer; writes also with UNAUTHENTICATED when the key of who takes the step is no longer in force, and with
 * CONFLICT where the step can't be taken any more.
 */
export interface ReviewStore {
  readonly campaignReader: CaseReader<Campaign, CampaignStage>;
  readonly itemReader: CaseReader<ListedItem, ItemState>;
  /**
   * Only while the policy is at the campaign's revision, and has as many rows for its selector as items and those left out
   * together.
   * @throws ScopewardenError CONFLICT otherwise; where the campaign that it follows was repeated already; BAD_USER_INPUT beyond
   * `MOST_OPEN` that are open
   */
  start(campaign: NewCampaign, items: readonly NewItem[], itemsSha256: string): Promise<void>;
  find(id: string): Promise<Campaign | null>;
  /** The proposals of all campaigns that are not closed. */
  proposed(): Promise<ReadonlySet<string>>;
  findItem(id: string): Promise<ListedItem | null>;
  page(query: {
    readonly filter: CampaignFilter;
    /** Those that were begun because of this alert. */
    readonly alertId?: string;
    readonly now: number;
    readonly page: CasePageRequest;
  }): Promise<CasePage<Campaign>>;
  /** In the order of their ids, as all were listed, and are due, at one time. */
  items(query: {
    readonly campaignId: string;
    readonly states?: readonly ItemState[] | undefined;
    readonly now: number;
    readonly page: PageRequest<string>;
  }): Promise<CasePage<ReviewItem>>;
  /** From UNDECIDED, while the campaign is open. */
  decide(item: ReviewItem, decision: ReviewDecision): Promise<void>;
  /** What is to go is proposed, from a state, with so many items decided as were read. */
  propose(
    campaign: Pick<Campaign, "id" | "title" | "state" | "decided" | "proposalId">,
    step: Step & { readonly proposalId: string },
  ): Promise<void>;
  /** The end, with what became of each item. */
  close(
    campaign: Pick<Campaign, "id" | "title" | "state" | "decided" | "proposalId">,
    step: Step & { readonly outcomes: readonly Pick<ReviewItem, "id" | "outcome">[]; readonly reportSha256: string },
  ): Promise<void>;
  /** Until when unused access is excepted at `now`, by the key of the policy's row with its kind before it (`exceptionKey`). */
  exceptions(now: number): Promise<ReadonlyMap<string, number>>;
  /** Those that are to be repeated at `now` and were not yet, in the order of their ids; none: there are no more after that one. */
  toRepeat(now: number, after: string | null): Promise<readonly Campaign[]>;
}

/** Allowed accesses of one holder of roles that are alike. Times are milliseconds since 1970. */
export interface HolderUse {
  /** As `holderKey` has it. */
  readonly holder: string;
  /** Of the resource, as the request names it; null: not at all, or `isElsewhere`. */
  readonly organization: string | null;
  /** All uses in organizations that nobody was ever assigned to, beyond as many as are told by name. */
  readonly isElsewhere: boolean;
  /** Which its reasons name. */
  readonly ruleIds: readonly string[];
  /** In the window; 0: all are older. */
  readonly uses: number;
  /** Of how many patients these are, at the least. */
  readonly patients: number;
  readonly lastUsedAt: number;
}

/** What is read of the past for the evidence of items. */
export interface EvidenceReader {
  /** The revision with which each row began, as it stands at a revision, by row key. Rejects with POLICY_UNAVAILABLE. */
  origins(query: {
    readonly noun: "assignment" | "grant";
    readonly keys: readonly string[];
    readonly revision: number;
  }): Promise<ReadonlyMap<string, PolicyRevision>>;
  /** What was allowed to these holders since `from`; what came before `since` counts as last use only. Rejects with JOURNAL_UNAVAILABLE. */
  usesOfHolders(query: {
    readonly holders: readonly Holder[];
    readonly since: number;
    readonly from: number;
  }): Promise<readonly HolderUse[]>;
}
