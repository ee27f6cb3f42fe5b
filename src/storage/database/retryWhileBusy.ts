import { setTimeout as delay } from "node:timers/promises";
import { isLocked, OperatorError } from "./faults.ts";

/** Nobody waits yet for whoever opens a database: a start, or a command. */
const PATIENCE_MS = 15_000;
const STEP_MS = 50;

/**
 * Runs again while another process has the database: switching SQLite to its write-ahead log needs the file alone,
 * and does not wait for it as other statements do.
 * @throws OperatorError when that process keeps it
 */
export async function retryWhileBusy<T>(work: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + PATIENCE_MS; ; ) {
    try {
      return await work();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (performance.now() > until)
        throw new OperatorError(
          `another process has kept the database locked for ${PATIENCE_MS / 1000} seconds. End it, or wait until it is done, and try again.`,
        );
      await delay(STEP_MS);
    }
  }
}
