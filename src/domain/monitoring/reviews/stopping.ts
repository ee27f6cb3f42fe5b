import type { Identity } from "../../callers/types.ts";
import type { Proposal, Stopped } from "../../simulation/proposals/proposal.ts";
import type { ReviewStore } from "./store.ts";
import { requireLosesNothing } from "./whoMay.ts";

/** Keeps who would lose access by what a review proposes from stopping it: nobody reviews their own access. */
export const createStopping =
  (store: Pick<ReviewStore, "proposed">) => async (proposals: readonly Pick<Proposal, "id" | "change">[]) => {
    const isOfPolicy = ({ change }: Pick<Proposal, "change">): boolean => change.kind === "POLICY";
    const ofCampaigns = proposals.some(isOfPolicy) ? await store.proposed() : new Set<string>();
    return (caller: Identity, { change, id }: Pick<Proposal, "id" | "change">, stopped: Stopped): void => {
      if (change.kind === "POLICY" && ofCampaigns.has(id)) requireLosesNothing(caller, change.operations, stopped);
    };
  };
