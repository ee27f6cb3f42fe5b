import type { AccessRecord } from "../../../src/domain/decisions/types.ts";
import type { Domain } from "../../../src/domain/domain.ts";
import { quantile, sorted } from "../lib/stats.ts";
import { CALLER } from "./decisions.ts";

const EVERY_MS = 2;
/** More than so many that wait are no load that is paced any more. */
const MOST_WAITING = 5_000;

/** Decisions that are asked for at a rate, one at a time as callers do, each on record before its answer. */
export function startLoad(
  { authorizer }: Pick<Domain, "authorizer">,
  month: readonly AccessRecord[],
  perSecond: number,
) {
  let times: number[] = [];
  let [asked, waiting, late, failed] = [0, 0, 0, 0];
  const begun = performance.now();
  let [lastAnswer, silentMs] = [begun, 0];
  const answered = (now: number): void => {
    silentMs = Math.max(silentMs, now - lastAnswer);
    lastAnswer = now;
  };
  const one = async (due: number): Promise<void> => {
    const { request } = month[(asked * 7) % month.length] as AccessRecord;
    waiting++;
    try {
      await authorizer.authorize(CALLER, [{ ...request, requestId: null } as never], () => "input");
      const now = performance.now();
      times.push(now - due);
      answered(now);
    } catch {
      failed++;
    } finally {
      waiting--;
    }
  };
  const timer = setInterval(() => {
    // From when each was due: what stands in the way of the timer is waited for, too.
    for (const now = performance.now(); ; asked++) {
      const due = begun + (asked * 1000) / perSecond;
      if (due > now) break;
      if (waiting >= MOST_WAITING) late++;
      else void one(due);
    }
  }, EVERY_MS);
  return {
    /** Of the decisions that were answered since the last time. */
    take() {
      const ascending = sorted(times);
      times = [];
      answered(performance.now());
      const taken = {
        answered: ascending.length,
        p50: quantile(ascending, 0.5),
        p99: quantile(ascending, 0.99),
        mostMs: ascending.at(-1) ?? 0,
        /** The longest without an answer: so long the writer or the loop was held. */
        silentMs,
        late,
        failed,
      };
      [late, failed, silentMs] = [0, 0, 0];
      return taken;
    },
    async end(): Promise<void> {
      clearInterval(timer);
      while (waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}
