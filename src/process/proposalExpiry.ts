import type { Proposals } from "../domain/simulation/proposals/proposals.ts";
import type { Log } from "./log.ts";
import { type Looking, lookAgain } from "./lookAgain.ts";

/** Puts on record that proposals have expired. Nobody can approve or apply them all the same. */
export function watchProposals(deps: {
  readonly proposals: Pick<Proposals, "expireDue">;
  readonly everyMs: number;
  readonly log: Log;
}): Looking {
  const { proposals, everyMs, log } = deps;
  const look = async (): Promise<void> => {
    for (const proposal of await proposals.expireDue()) log.info({ proposal }, "a proposal has expired");
  };
  return lookAgain({ look, everyMs, log, failed: "that proposals have expired can't be put on record" });
}
