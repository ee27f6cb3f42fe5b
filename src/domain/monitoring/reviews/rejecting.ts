import type { Identity } from "../../callers/types.ts";
import type { Proposal } from "../../simulation/proposals/proposal.ts";
import type { ReviewStore } from "./store.ts";
import { requireLosesNothing } from "./whoMay.ts";

/** Keeps who would lose access by what a review proposes from rejecting it: nobody reviews their own access. */
export const createRejecting =
  (store: Pick<ReviewStore, "isOfCampaign">) =>
  async (caller: Identity, { change, id }: Pick<Proposal, "id" | "change">): Promise<void> => {
    if (change.kind === "POLICY" && (await store.isOfCampaign(id))) requireLosesNothing(caller, change.operations);
  };
