import { setPriority } from "node:os";
import { isWorkerThread } from "piscina";

const LOW = 10;

/** Decisions go first: on Linux a priority is a thread's own. Elsewhere it would be that of the whole service. */
export function lowerOwnPriority(): void {
  if (isWorkerThread && process.platform === "linux") setPriority(0, LOW);
}
