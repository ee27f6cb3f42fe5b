import { DAY_MS } from "../../policy/use.ts";
import { actTime } from "../../record/actTime.ts";
import { createRetention, type Erased, NOTHING_ERASED, type Retention } from "./retention.ts";

/**
 * So far a clock may have gone on since it was last believed. Six years of 366 days are at least four days more than six of the calendar:
 * a clock that is ahead by less still erases nothing before those are over.
 */
export const MOST_AHEAD_MS = 4 * DAY_MS;

/** What a look did, and by how much the clock is ahead of what the record knows; 0: it was believed. */
export interface TrustedErased extends Erased {
  readonly clockAheadMs: number;
}

/** Erasure that does not believe a clock which has leapt: what is erased does not come back. */
export interface TrustedRetention {
  /** As `Retention`; where the clock is ahead nothing is erased. */
  eraseDue(isOver?: () => boolean): Promise<TrustedErased>;
  /** What would be erased by the clock as it is, believed or not. */
  preview(): Promise<TrustedErased>;
  /** Somebody says that the clock is right, after a long rest of the service say: it is believed from now on. */
  trustClock(): Promise<void>;
}

type Deps = Parameters<typeof createRetention>[0];

export function createTrustedRetention(deps: Deps): TrustedRetention {
  const { clock, store } = deps;
  /** Up to where it is believed while a look is under way. */
  let most = Number.NEGATIVE_INFINITY;
  const retention: Retention = createRetention({ ...deps, clock: () => Math.min(clock(), most) });
  const asItIs: Retention = createRetention(deps);

  /** What is known, and by how much the clock is ahead of it: of when it was last believed, or, where it never was, of the newest act. */
  async function look(now: number) {
    const { newest, trustedAt } = await store.clock();
    const newestAt = newest === null ? now : actTime(newest);
    const ahead = now - (trustedAt ?? newestAt);
    return { newestAt, trustedAt, clockAheadMs: ahead > MOST_AHEAD_MS ? ahead : 0 };
  }

  return {
    async eraseDue(isOver) {
      const now = clock();
      const { clockAheadMs, newestAt, trustedAt } = await look(now);
      if (clockAheadMs > 0) return { ...NOTHING_ERASED, clockAheadMs };
      // One that was ahead when it was believed, and is set back, must not be believed there again; nor is one of 1970 what is known.
      const isBack = trustedAt !== null && now < trustedAt;
      await store.trustClock(isBack ? Math.max(now, Math.min(trustedAt, newestAt)) : now);
      most = now + MOST_AHEAD_MS;
      return { ...(await retention.eraseDue(isOver)), clockAheadMs };
    },
    async preview() {
      const { clockAheadMs } = await look(clock());
      return { ...(await asItIs.preview()), clockAheadMs };
    },
    trustClock: () => store.trustClock(clock()),
  };
}
