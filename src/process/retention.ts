import type { Erased, Retention } from "../domain/audit/retention/retention.ts";
import type { Clock, MonotonicClock } from "../domain/kernel/ports.ts";
import type { Log } from "./log.ts";
import { lookAgain } from "./lookAgain.ts";

export interface Retaining {
  /** Milliseconds since all whose time was over was last found to be erased or held; from the start until then, since the start. */
  readonly ageMs: number;
  /** The age of the oldest act that still identifies people and that nothing holds, in milliseconds; 0: none is known. */
  readonly oldestMs: number;
  /** Erases no more; resolves when a step that has begun is over. */
  stop(): Promise<void>;
}

/** Erases what identifies people from what is on record, once its time is over, at intervals. Nothing waits for it. */
export function watchRetention(deps: {
  readonly retention: Retention;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly log: Log;
}): Retaining {
  const { clock, everyMs, log, monotonic, retention } = deps;
  let doneAt = monotonic();
  let oldestAt: number | null = null;
  let isOver = false;
  const look = async (): Promise<void> => {
    const done: Erased = await retention.eraseDue(() => isOver);
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
    stop() {
      isOver = true;
      return looking.stop();
    },
  };
}
