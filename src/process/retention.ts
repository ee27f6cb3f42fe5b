import type { TrustedErased, TrustedRetention } from "../domain/audit/retention/trustedRetention.ts";
import type { Clock, MonotonicClock } from "../domain/kernel/ports.ts";
import type { Log } from "./log.ts";
import { lookAgain } from "./lookAgain.ts";

export interface Retaining {
  /** Milliseconds since all whose time was over was last found to be erased or held; from the start until then, since the start. */
  readonly ageMs: number;
  /** The age of the oldest act that still identifies people and that nothing holds, in milliseconds; 0: none is known. */
  readonly oldestMs: number;
  /** By how much the clock is ahead of what the record knows, so that nothing is erased; 0: it is believed. */
  readonly clockAheadMs: number;
  /** Erases no more; resolves when a step that has begun is over. */
  stop(): Promise<void>;
}

/** Erases what identifies people from what is on record, once its time is over, at intervals. Nothing waits for it. */
export function watchRetention(deps: {
  readonly retention: Pick<TrustedRetention, "eraseDue">;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly log: Log;
}): Retaining {
  const { clock, everyMs, log, monotonic, retention } = deps;
  let doneAt = monotonic();
  let oldestAt: number | null = null;
  let clockAheadMs = 0;
  let isOver = false;
  const look = async (): Promise<void> => {
    const done: TrustedErased = await retention.eraseDue(() => isOver);
    clockAheadMs = done.clockAheadMs;
    if (clockAheadMs > 0) {
      log.warn(
        { clockAheadMs },
        "nothing is erased: the clock is days ahead of when it was last looked at; if it is right, say so with `scopewarden record retain --clock-is-right`",
      );
      return;
    }
    oldestAt = done.oldestAt;
    if (!isOver) doneAt = monotonic();
    if (done.acts > 0)
      log.info(
        { acts: done.acts, values: done.values },
        "what identified people was erased from acts after their time",
      );
  };
  const looking = lookAgain({ look, everyMs, log, failed: "what identifies people can't be erased after its time" });
  return {
    get ageMs() {
      return monotonic() - doneAt;
    },
    get oldestMs() {
      return oldestAt === null ? 0 : clock() - oldestAt;
    },
    get clockAheadMs() {
      return clockAheadMs;
    },
    stop() {
      isOver = true;
      return looking.stop();
    },
  };
}
