import { setTimeout as delay } from "node:timers/promises";
import { codeOf } from "./faults.ts";

const PATIENCE_MS = 15_000;
const STEP_MS = 50;

/**
 * Runs again while another process has the database: switching SQLite to its write-ahead log needs the file alone,
 * and does not wait for it as other statements do.
 */
export async function retryWhileBusy<T>(work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += STEP_MS) {
    try {
      return await work();
    } catch (error) {
      const busy = codeOf(error) === "SQLITE_BUSY" || codeOf(error) === "SQLITE_LOCKED";
      if (!busy || waited >= PATIENCE_MS) throw error;
      await delay(STEP_MS);
    }
  }
}
