import { extname } from "node:path";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { Piscina } from "piscina";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { BacktestTask } from "../domain/monitoring/backtest/backtestInput.ts";
import type { MadeBacktest } from "../domain/monitoring/backtest/makeBacktest.ts";
import type { Done, RunApart, Tell } from "../domain/simulation/jobs/job.ts";
import type { ReadFiles } from "../domain/simulation/policyAsCode.ts";
import type { Replay, ReplayTask } from "../domain/simulation/replay/types.ts";

/** A module beside this one, and of its kind, built or not. */
export const workerBeside = (name: string): string =>
  new URL(`./${name}${extname(import.meta.url)}`, import.meta.url).href;

/** One for a job, of which an instance has one at a time, and one for files, which nobody waits for a job for. */
const THREADS = 2;
/** A thread ends after so long without work. */
const IDLE_MS = 60_000;
/** For baselines of a million people, of one detector, and their stories; a file of the most characters takes a twentieth of it. */
const MOST_MB = 2_048;

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";

/** The threads beside the one that decides, which are started by the first work. */
export interface JobThreads {
  readonly replayApart: RunApart<ReplayTask, Replay>;
  readonly backtestApart: RunApart<BacktestTask, MadeBacktest>;
  readonly readFiles: ReadFiles;
  close(): Promise<void>;
}

export function createJobThreads({
  databaseUrl: url,
  mostMb = MOST_MB,
  worker = workerBeside("jobWorker"),
}: {
  readonly databaseUrl: string;
  /** For tests: the most memory of a thread, and what it runs instead. */
  readonly mostMb?: number;
  readonly worker?: string;
}): JobThreads {
  const threads = new Piscina({
    filename: worker,
    // What a thread looks for when it starts, of all that the module exports.
    name: "readFiles",
    minThreads: 0,
    maxThreads: THREADS,
    idleTimeout: IDLE_MS,
    // Else the thread would sleep between two pieces of work without a turn of its event loop.
    atomics: "disabled",
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: mostMb },
  });
  const run = (name: string, ...[sent, options]: Parameters<Piscina["run"]>) =>
    threads.run(sent, { ...options, name }).catch((error: unknown) => {
      if (!isOutOfMemory(error)) throw error;
      const text = `It needs more memory than it may take (${mostMb} MB): ask for less at a time.`;
      throw new ScopewardenError("LIMIT_EXCEEDED", text);
    });

  const apart =
    <Task, Result>(name: string): RunApart<Task, Result> =>
    (task, tell) => {
      const { port1, port2: port } = new MessageChannel();
      port1.on("message", (progress: Parameters<Tell>) => tell(...progress));
      const done = run(name, { task, url, port }, { transferList: [port] }) as Promise<Done<Result> | null>;
      const close = (): void => {
        // The result comes by another port, and may be here before the progress that was told before it.
        for (let left = receiveMessageOnPort(port1); left !== undefined; left = receiveMessageOnPort(port1))
          tell(...(left.message as Parameters<Tell>));
        port1.close();
      };
      return { done: done.finally(close), cancel: () => port1.postMessage("cancel") };
    };

  return {
    replayApart: apart("replayApart"),
    backtestApart: apart("backtestApart"),
    readFiles: (files) => run("readFiles", files) as ReturnType<ReadFiles>,
    close: () => threads.destroy(),
  };
}
