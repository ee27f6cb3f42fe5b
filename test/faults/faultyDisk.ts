import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { argumentsOf } from "../support/program.ts";

const folder = mkdtempSync(join(tmpdir(), "scopewarden-disk-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The library that stands between a process and its disk; a sentence where it can't be made here. */
function library(): { readonly file: string } | string {
  if (process.platform !== "linux") return "LD_PRELOAD is Linux's";
  const file = join(folder, "diskFaults.so");
  try {
    const source = join(import.meta.dirname, "diskFaults.c");
    execFileSync("cc", ["-shared", "-fPIC", "-O1", "-w", "-o", file, source, "-ldl", "-lpthread"], { stdio: "pipe" });
    return { file };
  } catch (error) {
    return `no C compiler: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
}
const made = library();

/** Why the tests of this folder can't run here; false: they can. */
export const unable: string | false = typeof made === "string" ? made : false;

export type Call = "sync" | "write";
let plans = 0;

/** A process that appends decisions to one file, whose disk can be made to fail. */
export interface FaultyProcess {
  readonly child: ChildProcess;
  /** Ids that were acknowledged so far. */
  readonly acknowledged: readonly string[];
  /** How often it was refused, by code. */
  readonly refused: ReadonlyMap<string, number>;
  /** The next `count` calls fail with this error number. */
  fail(call: Call, count: number, errno: number): void;
  /** Calls that have failed so far. */
  failed(): number;
  /** @throws Error where that does not happen soon */
  until(condition: () => boolean, what: string): Promise<void>;
  kill(): Promise<void>;
}

export async function startFaulty(path: string, ...args: readonly string[]): Promise<FaultyProcess> {
  if (typeof made === "string") throw new Error(made);
  const plan = join(folder, `plan-${++plans}`);
  const child = spawn(process.execPath, [...argumentsOf("test/faults/journalChild.ts"), path, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, LD_PRELOAD: made.file, DISK_FAULTS_PREFIX: path, DISK_FAULTS_PLAN: plan },
  });
  const acknowledged: string[] = [];
  const refused = new Map<string, number>();
  let rest = "";
  let ready = false;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [word, value = ""] = line.split(" ");
      if (word === "ready") ready = true;
      else if (word === "yes") acknowledged.push(value);
      else refused.set(value, (refused.get(value) ?? 0) + 1);
    }
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  after(() => {
    child.kill("SIGKILL");
  });
  const until: FaultyProcess["until"] = async (condition, what) => {
    for (let i = 0; i < 6_000; i++) {
      if (condition()) return;
      if (child.exitCode !== null) throw new Error(`the process ended before ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`${what} did not come`);
  };
  await until(() => ready, "it was ready");
  let id = 0;
  return {
    child,
    acknowledged,
    refused,
    fail(call, count, errno) {
      // Renamed, so that it is never read half written.
      writeFileSync(`${plan}.new`, `${++id} ${call} ${count} ${errno}\n`);
      renameSync(`${plan}.new`, plan);
    },
    failed: () => statSync(`${plan}.failed`, { throwIfNoEntry: false })?.size ?? 0,
    until,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** What the disk holds from the beginning, for a file that is flushed later or never. */
export const alreadyFlushed = (path: string): Promise<void> => copyFile(path, `${path}.synced`);

/** Leaves of the files what had been flushed, and nothing that had only been written. */
export function losePower(path: string): void {
  rmSync(`${path}-shm`, { force: true });
  for (const file of [path, `${path}-wal`]) {
    rmSync(file, { force: true });
    if (existsSync(`${file}.synced`)) renameSync(`${file}.synced`, file);
  }
}
