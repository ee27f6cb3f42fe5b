import type { PolicyAdmin } from "../domain/policy/admin.ts";
import { errorFacts, type Log } from "./log.ts";

export interface Sunsets {
  /** Looks no more; resolves when a look that has begun is over. */
  stop(): Promise<void>;
}

/**
 * Retires scopes at their sunset: looks at once, so that what was missed while nothing ran is caught up, and then at
 * intervals. A failure is logged and tried again. Decisions go by the sunset itself and never wait for this.
 */
export function watchSunsets(deps: {
  readonly policy: Pick<PolicyAdmin, "retireDue">;
  readonly everyMs: number;
  readonly log: Log;
}): Sunsets {
  const { policy, everyMs, log } = deps;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    try {
      for (const { revision, reason } of await policy.retireDue())
        log.info({ revision, reason }, "a scope was retired at its sunset");
    } catch (error) {
      log.error(
        { error: errorFacts(error) },
        "scopes can't be retired at their sunset; they no longer work all the same",
      );
    }
    if (!stopped)
      timer = setTimeout(() => {
        looking = look();
      }, everyMs).unref();
  };
  let looking = look();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      return looking;
    },
  };
}
