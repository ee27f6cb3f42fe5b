import type { BacktestDone, BacktestRunner } from "../domain/monitoring/backtest/backtestJobs.ts";
import type { BacktestWork } from "./backtestWorker.ts";
import { createJobPool, workerBeside } from "./jobPool.ts";

/** Soon: all that it remembers is of the last back-test. */
const IDLE_MS = 10_000;
/** Decisions live for a page. */
const YOUNG_MB = 192;
/** Baselines of a million people, of one detector, and their stories. */
const MOST_MB = 2_048;

/** Makes back-tests in one thread, which is started by the first. */
export function createBacktestPool({ databaseUrl: url }: { readonly databaseUrl: string }): BacktestRunner & {
  close(): Promise<void>;
} {
  const pool = createJobPool<BacktestWork, BacktestDone>({
    worker: workerBeside("backtestWorker"),
    idleMs: IDLE_MS,
    youngMb: YOUNG_MB,
    mostMb: MOST_MB,
  });
  return { run: (task, onProgress) => pool.run({ task, url }, onProgress), close: pool.close };
}
