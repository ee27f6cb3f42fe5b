import type { Page, PageRequest } from "../../kernel/pages.ts";
import type { Breathe, Clock } from "../../kernel/ports.ts";
import type { KeptState, Proposal, ProposalKind, ProposalState } from "./proposal.ts";
import type { Review } from "./review.ts";
import type { KeptFilter, ProposalStore } from "./store.ts";

/** What proposals are searched by; all that is given must hold. */
export interface ProposalFilter {
  readonly state?: ProposalState | undefined;
  readonly kind?: ProposalKind | undefined;
  readonly emergency?: boolean | undefined;
  /** The id of the caller who made it. */
  readonly authorId?: string | undefined;
}

/** In which kept states one may be that is now in a state. */
const KEPT_AS: { readonly [State in ProposalState]: readonly KeptState[] } = {
  OPEN: ["OPEN"],
  APPROVED: ["APPROVED"],
  STALE: ["OPEN", "APPROVED"],
  APPLIED: ["APPLIED"],
  REJECTED: ["REJECTED"],
  WITHDRAWN: ["WITHDRAWN"],
  EXPIRED: ["EXPIRED", "OPEN", "APPROVED"],
};

/** Parts of the list that one page is looked for in. */
const MOST_PARTS = 5;

/**
 * Pages of proposals as they are now, newest first. Some states are seen only when a proposal is looked at, so a page may be
 * shorter than it is asked to be, and still not be the last.
 */
export function createPages(deps: {
  readonly store: Pick<ProposalStore, "page">;
  readonly review: Pick<Review, "look">;
  readonly clock: Clock;
  readonly breathe: Breathe;
}) {
  const { store, review, clock, breathe } = deps;

  function keptFilter({ state, ...rest }: ProposalFilter): KeptFilter {
    if (state === undefined) return rest;
    const undecided = state === "OPEN" || state === "APPROVED" || state === "STALE";
    return { ...rest, states: KEPT_AS[state], ...(undecided ? { expired: { now: clock(), is: false } } : {}) };
  }

  return async ({
    filter,
    page,
  }: {
    readonly filter: ProposalFilter;
    readonly page: PageRequest<string>;
  }): Promise<Page<Proposal, string>> => {
    const items: { readonly node: Proposal; readonly key: string }[] = [];
    let { after } = page;
    for (let part = 1; ; part++) {
      const found = await store.page({ filter: keptFilter(filter), page: { first: page.first - items.length, after } });
      for (const { node, key } of found.items) {
        await breathe();
        const proposal = await review.look(node);
        if (filter.state === undefined || proposal.state === filter.state) items.push({ node: proposal, key });
        after = key;
      }
      if (!found.hasNextPage || items.length >= page.first || part === MOST_PARTS)
        return { items, hasNextPage: found.hasNextPage };
    }
  };
}
