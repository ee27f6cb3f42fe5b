import { cpus } from "node:os";
import { performance } from "node:perf_hooks";
import type { Writer } from "../database/writer.ts";

const WINDOW_MS = 200;

/** The machine's time since its start, over all cores, and how much of it was idle; in milliseconds. */
function machineTimes(): { readonly all: number; readonly idle: number } {
  let [all, idle] = [0, 0];
  for (const { times } of cpus()) {
    all += times.user + times.nice + times.sys + times.irq + times.idle;
    idle += times.idle;
  }
  return { all, idle };
}

/**
 * Whether there is time for work that can wait: in the last fifth of a second, less than half of the machine, of this
 * process's event loop and of the writer was in use. The machine counts as a whole: other processes have work for it, too.
 * What that very work takes (`ownMs`, since the start) is not counted.
 */
export function createIdle({
  writer,
  ownMs,
  times = machineTimes,
}: {
  readonly writer: Pick<Writer, "busyMs">;
  readonly ownMs: () => number;
  readonly times?: typeof machineTimes;
}): () => boolean {
  let idle = true;
  let since = 0;
  let loop = performance.eventLoopUtilization();
  let machine = times();
  let own = 0;
  let busy = 0;
  return () => {
    const now = performance.now();
    const passed = now - since;
    if (passed < WINDOW_MS) return idle;
    const [nowOwn, nowBusy, nowMachine] = [ownMs(), writer.busyMs, times()];
    const byOwn = nowOwn - own;
    const { utilization } = performance.eventLoopUtilization(loop);
    const idleMs = nowMachine.idle - machine.idle + byOwn;
    idle = utilization < 0.5 && (nowBusy - busy - byOwn) / passed < 0.5 && idleMs >= (nowMachine.all - machine.all) / 2;
    since = now;
    loop = performance.eventLoopUtilization();
    machine = nowMachine;
    own = nowOwn;
    busy = nowBusy;
    return idle;
  };
}
