import { readdirSync, readFileSync } from "node:fs";

const text = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** The processes that follow a journal for a process, by their ids. Linux only. */
export const followersOf = (pid: number): readonly number[] =>
  readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => text(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number))
    .filter((child) => text(`/proc/${child}/cmdline`).match(/followerProcess\.|stopsInsideChild\./));

/** The fields of proc_pid_stat(5) after the name, from its third on: the state, ... */
const fieldsOf = (pid: number): readonly string[] => text(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
/** As proc_pid_stat(5) says it: T, it is stopped; Z, it has ended. */
export const stateOf = (pid: number): string => fieldsOf(pid)[0] ?? "";
/** Whether it is there, and more than a name that its parent has not asked for yet. */
export const isAlive = (pid: number): boolean => !["", "Z", "X"].includes(stateOf(pid));
