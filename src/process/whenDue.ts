import type { AccessReviews } from "../domain/monitoring/reviews/reviews.ts";
import type { PolicyAdmin } from "../domain/policy/admin.ts";
import type { Proposals } from "../domain/simulation/proposals/proposals.ts";
import type { Log } from "./log.ts";
import { type Looking, lookAgain } from "./lookAgain.ts";

/**
 * Does at intervals what the calendar asks for: retires scopes at their sunset, puts on record that proposals have expired, ends access
 * reviews whose proposal was applied or refused, and begins those anew that repeat. No decision and no approval waits for it: both go by
 * the time itself.
 */
export function watchDue(deps: {
  readonly policy: Pick<PolicyAdmin, "retireDue">;
  readonly proposals: Pick<Proposals, "expireDue">;
  readonly reviews: Pick<AccessReviews, "repeatDue" | "settleDue">;
  readonly everyMs: number;
  readonly log: Log;
}): Looking {
  const { everyMs, log, policy, proposals, reviews } = deps;
  const watch = (failed: string, look: () => Promise<void>): Looking => lookAgain({ look, everyMs, log, failed });
  const watching = [
    watch("scopes can't be retired at their sunset; they no longer work all the same", async () => {
      for (const { revision, reason } of await policy.retireDue())
        log.info({ revision, reason }, "a scope was retired at its sunset");
    }),
    watch("that proposals have expired can't be put on record", async () => {
      for (const proposal of await proposals.expireDue()) log.info({ proposal }, "a proposal has expired");
    }),
    watch("access reviews can't be begun anew or ended", async () => {
      for (const campaign of await reviews.settleDue()) log.info({ campaign }, "an access review is over");
      for (const campaign of await reviews.repeatDue()) log.info({ campaign }, "an access review has begun anew");
    }),
  ];
  return { stop: async () => void (await Promise.all(watching.map((each) => each.stop()))) };
}
