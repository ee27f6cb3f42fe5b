import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf, OperatorError } from "../faults.ts";

/** How long a process that was killed may take to be gone. */
const GONE_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 20;

/** Beside the database: which process follows its journal. */
const fileOf = (path: string): string => `${path}.follower`;

/**
 * When a process began, in the words of Linux, which no later process of that id shares; null: there is none, or the system is another. There a
 * process that outlives its service is left to its channel, which closes.
 */
async function startOf(pid: number): Promise<string | null> {
  // Fields 3 and 22 of proc_pid_stat(5), counted behind the name, which may have anything in it.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return stat === "" || fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
}

/** Says beside a database that this process follows its journal; before it opens that. */
export async function nameFollower(path: string): Promise<void> {
  const { pid } = process;
  await writeFile(fileOf(path), JSON.stringify({ pid, started: await startOf(pid) }), { mode: 0o600 });
}

interface Named {
  readonly pid: number;
  readonly started: string;
}
function namedIn(text: string): Named | null {
  try {
    const { pid, started } = JSON.parse(text) as { readonly pid?: unknown; readonly started?: unknown };
    return Number.isSafeInteger(pid) && Number(pid) > 1 && typeof started === "string"
      ? { pid: Number(pid), started }
      : null;
  } catch {
    return null;
  }
}

/**
 * Ends the process that followed the journal for a service that is gone, for whoever has taken the database's lock: one that was stopped
 * in a transaction would keep all from writing.
 * @throws OperatorError where it can't be ended
 */
export async function endFollower(path: string): Promise<void> {
  const text = await readFile(fileOf(path), "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  });
  const named = namedIn(text);
  if (named !== null) {
    const isThere = async (): Promise<boolean> => (await startOf(named.pid)) === named.started;
    const until = performance.now() + GONE_WITHIN_MS;
    for (let killed = false; await isThere(); killed = true) {
      if (performance.now() > until)
        throw new OperatorError(
          `the process ${named.pid}, which followed the journal of ${path} for a service that is gone, can't be ended. End it, and start again.`,
        );
      if (!killed) kill(named.pid, path);
      await delay(LOOK_EVERY_MS);
    }
  }
  await rm(fileOf(path), { force: true });
}

function kill(pid: number, path: string): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (codeOf(error) === "ESRCH") return;
    throw new OperatorError(
      `the process ${pid}, which followed the journal of ${path} for a service that is gone, can't be ended by this user. End it, and start again.`,
    );
  }
}
