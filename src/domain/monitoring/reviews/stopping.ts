import type { Identity } from "../../callers/types.ts";
import type { Proposal, Stopped } from "../../simulation/proposals/proposal.ts";
import type { ReviewStore } from "./store.ts";
import { requireLosesNothing } from "./whoMay.ts";

/** Keeps who would lose access by what a review proposes from stopping it: nobody reviews their own access. */
export const createStopping =
  (store: Pick<ReviewStore, "isOfCampaign">) =>
  async (caller: Identity, { change, id }: Pick<Proposal, "id" | "change">, stopped: Stopped): Promise<void> => {
    if (change.kind === "POLICY" && (await store.isOfCampaign(id)))
      requireLosesNothing(caller, change.operations, stopped);
  };
