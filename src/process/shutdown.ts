import type { Log } from "./log.ts";

/** Runs `work`; false when it took longer than `ms`. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Under `npm start` one Ctrl-C arrives twice: from the terminal, and handed on by npm. */
const SAME_KEYSTROKE_MS = 300;

/** The first process of a container does not die of a signal that it leaves to the system. */
const SURVIVED_MS = 100;

/**
 * Dies of a signal, as if there were no handler: a shell says 128 + its number. An exit would end the threads first, and SQLite's driver
 * aborts the process where it answers a thread that has ended: what memory holds would be dumped to a file.
 */
function dieOf(signal: NodeJS.Signals, number: number): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + number), SURVIVED_MS);
}

/** Shuts down on SIGTERM and SIGINT: exit code 0 when all was finished in time, 1 when it was not. A second signal ends it at once. */
export function closeOnSignals(deps: {
  readonly close: () => Promise<void>;
  readonly timeoutMs: number;
  readonly log: Log;
}): void {
  const { log } = deps;
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | null = null;
  const onSignal = (signal: NodeJS.Signals, number: number): void => {
    if (first !== null) {
      if (first.signal !== signal || performance.now() - first.at > SAME_KEYSTROKE_MS) dieOf(signal, number);
      return;
    }
    first = { signal, at: performance.now() };
    log.info({ signal }, "shutting down");
    // Twice the time: `close` keeps the bound itself; this is for a `close` that hangs.
    within(deps.timeoutMs * 2, deps.close()).then(
      (inTime) => {
        log.info({ inTime }, "stopped");
        process.exit(inTime ? 0 : 1);
      },
      () => {
        log.error("stopped, with answers cut off or the journal not drained");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", (signal) => onSignal(signal, 15));
  process.on("SIGINT", (signal) => onSignal(signal, 2));
}
