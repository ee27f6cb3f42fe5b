import { errorFacts, type Log } from "./log.ts";

export interface Looking {
  /** Looks no more; resolves when a look that has begun is over. */
  stop(): Promise<void>;
}

/**
 * Looks at once, so that what was missed while nothing ran is caught up, and then at intervals. A failure is logged, in these
 * words, and tried again.
 */
export function lookAgain(deps: {
  readonly look: () => Promise<void>;
  readonly everyMs: number;
  readonly log: Log;
  readonly failed: string;
}): Looking {
  const { everyMs, log, failed } = deps;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    try {
      await deps.look();
    } catch (error) {
      log.error({ error: errorFacts(error) }, failed);
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
