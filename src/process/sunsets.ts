import type { PolicyAdmin } from "../domain/policy/admin.ts";
import type { Log } from "./log.ts";
import { type Looking, lookAgain } from "./lookAgain.ts";

/** Retires scopes at their sunset. Decisions go by the sunset itself and never wait for this. */
export function watchSunsets(deps: {
  readonly policy: Pick<PolicyAdmin, "retireDue">;
  readonly everyMs: number;
  readonly log: Log;
}): Looking {
  const { policy, everyMs, log } = deps;
  const look = async (): Promise<void> => {
    for (const { revision, reason } of await policy.retireDue())
      log.info({ revision, reason }, "a scope was retired at its sunset");
  };
  return lookAgain({
    look,
    everyMs,
    log,
    failed: "scopes can't be retired at their sunset; they no longer work all the same",
  });
}
