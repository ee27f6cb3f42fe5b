import type { AccessReviews } from "../domain/monitoring/reviews/reviews.ts";
import type { Log } from "./log.ts";
import { type Looking, lookAgain } from "./lookAgain.ts";

/** Begins access reviews anew that repeat, and ends those whose proposal was applied or refused. */
export function watchReviews(deps: {
  readonly reviews: Pick<AccessReviews, "repeatDue" | "settleDue">;
  readonly everyMs: number;
  readonly log: Log;
}): Looking {
  const { reviews, everyMs, log } = deps;
  const look = async (): Promise<void> => {
    for (const campaign of await reviews.settleDue()) log.info({ campaign }, "an access review is over");
    for (const campaign of await reviews.repeatDue()) log.info({ campaign }, "an access review has begun anew");
  };
  return lookAgain({ look, everyMs, log, failed: "access reviews can't be begun anew or ended" });
}
