import type { PolicyAdmin } from "../domain/policy/admin.ts";
import { errorFacts, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** Looks for changes that other processes made. A failure leaves the old policy deciding, and is told once. */
export function pollPolicy(deps: {
  readonly policy: Pick<PolicyAdmin, "refresh">;
  readonly everyMs: number;
  readonly metrics: Metrics;
  readonly log: Log;
}): { stop(): void } {
  const { policy, everyMs, metrics, log } = deps;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    try {
      const { revision } = await policy.refresh();
      if (failing) log.info({ revision }, "policy is read again");
      failing = false;
    } catch (error) {
      metrics.policyRefreshFailures.inc();
      if (!failing) log.error({ error: errorFacts(error) }, "policy can't be read; the last one goes on deciding");
      failing = true;
    }
    if (!stopped) timer = setTimeout(() => void look(), everyMs).unref();
  };
  timer = setTimeout(() => void look(), everyMs).unref();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
