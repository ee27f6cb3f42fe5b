import type { Identity } from "../../callers/types.ts";
import type { Proposal, Stopped } from "../../simulation/proposals/proposal.ts";
import type { ReviewStore } from "./store.ts";
import { requireLosesNothing } from "./whoMay.ts";

/** Keeps who would lose access by what a review proposes from stopping it: nobody reviews their own access. */
export const createStopping =
  (store: Pick<ReviewStore, "isOfCampaign">) => async (proposals: readonly Pick<Proposal, "id" | "change">[]) => {
    const ids = proposals.flatMap(({ change, id }) => (change.kind === "POLICY" ? id : []));
    const found = await Promise.all(ids.map((id) => store.isOfCampaign(id)));
    const ofCampaigns = new Set(ids.filter((_, i) => found[i]));
    return (caller: Identity, { change, id }: Pick<Proposal, "id" | "change">, stopped: Stopped): void => {
      if (change.kind === "POLICY" && ofCampaigns.has(id)) requireLosesNothing(caller, change.operations, stopped);
    };
  };
