import { setTimeout as sleep } from "node:timers/promises";
import type { DataSource, QueryRunner } from "typeorm";
import { answerWithin } from "./answerWithin.ts";
import { isLate } from "./faults.ts";

/** A server that has not answered the smallest question for so long is taken to be silent. */
const SILENT_MS = 2_000;

/** Whether a database server answers at all: a list may take long, but must not wait for a server that is frozen. */
export interface Pulse {
  /** What `work` answers, or an error as soon as the server is silent; the work goes on, and its answer is dropped. */
  guard<T>(work: () => Promise<T>): Promise<T>;
  stop(): void;
}

/** Asks the server something small at intervals. */
export function startPulse(deps: {
  /** The smallest question. */
  readonly ask: () => Promise<unknown>;
  readonly everyMs: number;
}): Pulse {
  const { ask, everyMs } = deps;
  const waiting = new Set<(error: Error) => void>();
  const stopping = new AbortController();
  let silent = false;

  /** Errors are no silence: then the others get theirs soon. */
  async function beat(): Promise<void> {
    const answer = Promise.resolve(ask()).then(
      () => null,
      (error: unknown) => error,
    );
    try {
      const error = await answerWithin(SILENT_MS, () => answer);
      silent = silent && error !== null && isLate(error);
    } catch {
      silent = true;
      for (const refuse of waiting) refuse(new Error("the database is silent"));
      // Asked again only when this was answered, or given up by the driver: questions must not heap up.
      const error = await answer;
      silent = error !== null;
    }
  }

  void (async () => {
    while (!stopping.signal.aborted) {
      await beat();
      await sleep(everyMs, undefined, { ref: false, signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    async guard(work) {
      if (silent) throw new Error("the database is silent");
      let refuse: ((error: Error) => void) | undefined;
      const refused = new Promise<never>((_, reject) => {
        refuse = reject;
        waiting.add(reject);
      });
      try {
        return await Promise.race([work(), refused]);
      } finally {
        if (refuse !== undefined) waiting.delete(refuse);
      }
    },
    stop: () => stopping.abort(),
  };
}

/** Makes everything that is asked through a source end when its server is silent. */
export function endWhenSilent(source: DataSource, pulse: Pulse): void {
  const create = source.createQueryRunner.bind(source);
  source.createQueryRunner = (mode) => {
    const runner = create(mode);
    const query = runner.query.bind(runner) as QueryRunner["query"];
    runner.query = ((...question: Parameters<QueryRunner["query"]>) =>
      pulse.guard(() => query(...question))) as QueryRunner["query"];
    return runner;
  };
}
