import { fork } from "node:child_process";
import type { StorageLog } from "../connection.ts";
import { type Finding, findingText, type IndexDamaged, isOfIndex } from "./findings.ts";

const AGAIN_AFTER_MS = 600_000;

/** What the process that checks tells the one that started it. */
type Told = { readonly findings: readonly Finding[] };

export interface CheckBehind {
  /** Ends a check that is under way, and begins again later: while it reads, SQLite's log can only grow. */
  putOff(): void;
  readonly running: boolean;
  stop(): void;
}

/**
 * Looks at every page of a file in a process of its own, at the lowest priority, so that it takes what others leave of
 * the machine; again and again, and sooner where it was put off.
 */
export function checkBehind(deps: {
  readonly path: string;
  /** The module that is run as that process, and tells what it found. */
  readonly module: string;
  readonly log: StorageLog;
  /** Whether it begins at once. */
  readonly isDue: boolean;
  /** Milliseconds from the end of a check to the next one. */
  readonly everyMs: number;
  readonly onDamage: (text: string) => void;
  /** Of the search index alone. */
  readonly onIndexDamage: (findings: readonly IndexDamaged[]) => void;
}): CheckBehind {
  const { everyMs, isDue, path, module, log, onDamage, onIndexDamage } = deps;
  let child: ReturnType<typeof fork> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function startAfter(ms: number): void {
    timer = setTimeout(start, ms);
    timer.unref();
  }

  function start(): void {
    let done = false;
    const started = fork(module, [path], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    child = started;
    started.unref();
    started.channel?.unref();
    started.on("message", ({ findings }: Told) => {
      done = true;
      // Of the mark only a start can judge: this service is writing on.
      const damage = findings.filter(({ kind }) => kind === "DAMAGED");
      const ofIndex = findings.filter(isOfIndex);
      if (damage.length > 0) onDamage(damage.map((finding) => findingText(finding, path)).join("; "));
      else if (ofIndex.length > 0) onIndexDamage(ofIndex);
      else log({ level: "info", message: "Every page of the database was checked, and is sound." });
    });
    const ended = (detail: string): void => {
      if (child !== started) return;
      child = null;
      if (stopped) return;
      if (!done) log({ level: "warn", message: "The check of the whole database was put off.", detail });
      startAfter(done ? everyMs : AGAIN_AFTER_MS);
    };
    started.on("error", (error) => ended(error.message));
    started.on("exit", (code, signal) => ended(`its process ended with ${code ?? signal}`));
  }

  if (isDue) start();
  else startAfter(everyMs);
  return {
    get running() {
      return child !== null;
    },
    putOff: () => void child?.kill("SIGKILL"),
    stop() {
      stopped = true;
      clearTimeout(timer);
      child?.kill("SIGKILL");
    },
  };
}
