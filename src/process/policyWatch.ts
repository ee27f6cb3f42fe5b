import type { Hints, Listening } from "../domain/kernel/hints.ts";
import { errorFacts, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/**
 * Acts on hints of what any instance has committed: policy and directory are looked for as they are at intervals, only now, and a
 * revoked key is forgotten, so that its next use asks the database.
 */
export function followHints(deps: {
  readonly hints: Hints;
  readonly policy: { look(): unknown };
  readonly directory: { look(): unknown };
  readonly keys: { forget(id: string): void; forgetAll(): void };
}): Listening {
  const { hints, policy, directory, keys } = deps;
  return hints.listen({
    policy: () => void policy.look(),
    directory: () => void directory.look(),
    apiKey: (id) => keys.forget(id),
    missed() {
      keys.forgetAll();
      policy.look();
      directory.look();
    },
  });
}

export interface PolicyWatch {
  /** Looks now; once more where a look is under way, as that may have come too early. Never rejects. */
  look(): Promise<void>;
  /** Milliseconds since the last look that succeeded, or since the start before there was one. */
  readonly ageMs: number;
  stop(): void;
}

/**
 * Looks for changes that other processes made, at intervals and whenever it is told to. A failure leaves the old policy
 * deciding, and is told once.
 */
export function watchPolicy(deps: {
  /** The policy, or the directory beside it. */
  readonly policy: { refresh(): Promise<{ readonly revision: number }> };
  /** What it is, as the log says it. */
  readonly what?: "policy" | "directory";
  readonly everyMs: number;
  readonly metrics: Pick<Metrics, "policyRefreshFailures">;
  readonly log: Log;
}): PolicyWatch {
  const { policy, what = "policy", everyMs, metrics, log } = deps;
  let seenAt = performance.now();
  let loaded = false;
  let failing = false;
  let wanted = false;
  let looking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function lookOnce(): Promise<void> {
    const since = performance.now();
    try {
      const { revision } = await policy.refresh();
      if (failing) log.info({ revision }, `${what} is read again`);
      [seenAt, loaded, failing] = [since, true, false];
    } catch (error) {
      if (stopped) return;
      metrics.policyRefreshFailures.inc();
      const text = loaded ? `${what} can't be read; the last one goes on deciding` : `${what} can't be read yet`;
      if (!failing) log.error({ error: errorFacts(error) }, text);
      failing = true;
    }
  }

  async function lookWhileWanted(): Promise<void> {
    clearTimeout(timer);
    while (wanted && !stopped) {
      wanted = false;
      await lookOnce();
    }
    looking = null;
    if (!stopped) timer = setTimeout(() => void look(), everyMs).unref();
  }

  function look(): Promise<void> {
    wanted = true;
    looking ??= lookWhileWanted();
    return looking;
  }

  return {
    look,
    get ageMs() {
      return performance.now() - seenAt;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
