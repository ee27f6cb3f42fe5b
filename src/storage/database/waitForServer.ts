import { setTimeout as delay } from "node:timers/promises";
import type { StorageLog } from "./connection.ts";
import { describe, isNotYetThere } from "./faults.ts";

/** For as long a start waits for a server that starts, too, or recovers. */
const PATIENCE_MS = 60_000;
const STEP_MS = 250;

/** Opens what needs a server, again while that takes no connection yet; says so once, and once more when it does. */
export type WaitForServer = <T>(open: () => Promise<T>) => Promise<T>;

/** The time is that of all that is opened together. Whatever else fails, such as a wrong password, is not tried again. */
export function createWaitForServer(log: StorageLog, patienceMs = PATIENCE_MS): WaitForServer {
  const until = performance.now() + patienceMs;
  let isWaiting = false;
  return async (open) => {
    for (;;) {
      try {
        const opened = await open();
        if (isWaiting) log({ level: "info", message: "PostgreSQL takes connections: the start goes on." });
        isWaiting = false;
        return opened;
      } catch (error) {
        if (!isNotYetThere(error) || performance.now() > until) throw error;
        if (!isWaiting)
          log({
            level: "warn",
            message: `PostgreSQL takes no connection yet. The start waits for it, ${patienceMs / 1000} seconds at most.`,
            detail: describe(error),
          });
        isWaiting = true;
        await delay(STEP_MS);
      }
    }
  };
}
