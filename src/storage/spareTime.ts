import { performance } from "node:perf_hooks";
import type { Writer } from "./writer.ts";

const WINDOW_MS = 100;

/**
 * Whether this process has time for work that can wait: in the last tenth of a second, less than half of the event
 * loop and of the writer was in use, the writer's use by that very work not counted (`ownMs`, since the start).
 */
export function createSpareTime(writer: Pick<Writer, "busyMs">, ownMs: () => number): () => boolean {
  let spare = true;
  let since = 0;
  let loop = performance.eventLoopUtilization();
  let busy = 0;
  return () => {
    const now = performance.now();
    const passed = now - since;
    if (passed < WINDOW_MS) return spare;
    const others = writer.busyMs - ownMs();
    const { utilization } = performance.eventLoopUtilization(loop);
    spare = utilization < 0.5 && (others - busy) / passed < 0.5;
    since = now;
    loop = performance.eventLoopUtilization();
    busy = others;
    return spare;
  };
}
