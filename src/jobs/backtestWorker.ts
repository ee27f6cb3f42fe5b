import { setImmediate as nextTurn } from "node:timers/promises";
import type { BacktestTask } from "../domain/monitoring/backtest/backtestInput.ts";
import type { BacktestDone } from "../domain/monitoring/backtest/backtestJobs.ts";
import { LARGE_PAGES, makeBacktest } from "../domain/monitoring/backtest/makeBacktest.ts";
import { DETECTORS } from "../domain/monitoring/detectors/detectors.ts";
import { openReadOnly } from "../storage/readOnly.ts";
import type { Progress, Sent } from "./jobPool.ts";
import { lowerOwnPriority } from "./priority.ts";

/** What one back-test needs. */
export interface BacktestWork {
  readonly task: BacktestTask;
  readonly url: string;
}

lowerOwnPriority();

/** Makes a back-test with connections of its own, which only read and are closed at its end. Null: it was cancelled. */
export default async function backtestApart({
  cancel,
  port,
  task,
  url,
}: BacktestWork & Sent): Promise<BacktestDone | null> {
  const isCancelled = (): boolean => Atomics.load(cancel, 0) === 1;
  const detector = DETECTORS.find(({ code }) => code === task.detector);
  if (detector === undefined) throw new Error(`There is no detector ${task.detector}.`);
  const storage = await openReadOnly(url);
  try {
    if (isCancelled()) return null;
    let read = 0;
    const result = await makeBacktest(
      {
        history: storage.watchedHistory,
        alerts: storage.alerts,
        // The next page is read meanwhile: its rows arrive between turns of the event loop.
        breathe: () => nextTurn(),
        pages: LARGE_PAGES,
        isTimeUp: isCancelled,
        onProgress(progress, count) {
          read = count;
          port.postMessage([progress, read] satisfies Progress);
        },
      },
      detector,
      task,
    );
    return isCancelled() ? null : { result, read };
  } finally {
    port.close();
    await storage.close();
  }
}
