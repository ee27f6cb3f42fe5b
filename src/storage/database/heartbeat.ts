import type { Dialect } from "./dialect.ts";
import type { Writer } from "./writer.ts";

/** With `LOCK_WAIT_MS` less than two seconds, within which readiness says that nothing can be written. */
export const HEARTBEAT_MS = 250;

/**
 * Asks the writer's connection at intervals whether it could write: else a service that nobody asks would say that it is
 * ready while its database is frozen or locked. Answers with a function that ends it.
 */
export function startHeartbeat(deps: {
  readonly writer: Pick<Writer, "ready" | "tryOnce">;
  readonly dialect: Pick<Dialect, "requireWritable">;
  readonly everyMs: number;
}): () => void {
  const { writer, dialect, everyMs } = deps;
  let asking = false;
  const timer = setInterval(async () => {
    if (asking || !writer.ready) return;
    asking = true;
    // A failure is the writer's to note.
    await writer.tryOnce(({ run }) => dialect.requireWritable(run)).catch(() => undefined);
    asking = false;
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
