import { type CasePage, type CasePageRequest, MOST_COUNTED } from "../../cases/casePages.ts";
import type { Breathe, Clock } from "../../kernel/ports.ts";
import type { Proposal, ProposalState } from "./proposal.ts";
import type { Review } from "./review.ts";
import type { ProposalFilter, ProposalStore } from "./store.ts";

/** Parts of the list that one page is looked for in. */
const MOST_PARTS = 5;
/** States that only a look tells: such lists are counted by looking. */
const LOOKED_AT: readonly ProposalState[] = ["OPEN", "APPROVED", "STALE"];

/**
 * Pages of proposals as they are now. Some states are seen only when a proposal is looked at, so a page may be
 * shorter than it is asked to be, and still not be the last.
 */
export function createPages(deps: {
  readonly store: Pick<ProposalStore, "page">;
  readonly review: Pick<Review, "look">;
  readonly clock: Clock;
  readonly breathe: Breathe;
}) {
  const { store, review, clock, breathe } = deps;

  const pageOf = async ({
    filter,
    page,
  }: {
    readonly filter: ProposalFilter;
    readonly page: CasePageRequest;
  }): Promise<CasePage<Proposal>> => {
    const { states } = filter;
    const counted = async (): Promise<number> =>
      (await pageOf({ filter, page: { first: MOST_COUNTED, after: null } })).items.length;
    const isLookedFor = states?.some((state) => LOOKED_AT.includes(state)) ?? false;
    // A stale one is kept as what it was before.
    const kept = states?.includes("STALE") ? [...states, "OPEN" as const, "APPROVED" as const] : states;
    const items: { readonly node: Proposal; readonly key: string }[] = [];
    let { after } = page;
    for (let part = 1; ; part++) {
      const rest = { ...page, first: page.first - items.length, after };
      const found = await store.page({ filter: { ...filter, states: kept }, now: clock(), page: rest });
      for (const { node, key } of found.items) {
        await breathe();
        const proposal = await review.look(node);
        if (states === undefined || states.includes(proposal.state)) items.push({ node: proposal, key });
        after = key;
      }
      if (!found.hasNextPage || items.length >= page.first || part === MOST_PARTS)
        return { items, hasNextPage: found.hasNextPage, total: isLookedFor ? counted : found.total };
    }
  };
  return pageOf;
}
