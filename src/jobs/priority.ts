import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";

/** Field 41 of proc_pid_stat(5): the policy by which the system schedules the main thread. */
const SCHED_IDLE = "5";
const ownPolicy = (): string | undefined =>
  readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ")[41 - 3];

/**
 * Has this process, with all its threads, leave its core at once to whoever wants it: `SCHED_IDLE` of Linux (sched(7)), which Node has no
 * call for, and `chrt` of util-linux has. A nice value is not enough: with it a thread that computes uses up its slice first, of some
 * milliseconds. Can't be taken back. False: it does not, as this system has no such thing.
 */
export const yieldCores = (): Promise<boolean> =>
  new Promise((resolve) => {
    if (process.platform !== "linux") return resolve(false);
    const all = ["--idle", "--all-tasks", "--pid", "0", String(process.pid)];
    // It may fail for a thread that has just ended, when others have yielded.
    execFile("chrt", all, () => resolve(ownPolicy() === SCHED_IDLE));
  });
