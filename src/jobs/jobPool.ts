import { extname } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { RunningWork } from "../domain/simulation/jobs/job.ts";

/** What the thread is sent beside what its own work needs: all of it can be sent to another one. */
export interface Sent {
  /** Is sent a `Progress` after each part. */
  readonly port: MessagePort;
  /** Its first number is 1 when the work is to stop. */
  readonly cancel: Int32Array;
}
export type Progress = readonly [number, number];

/** A module beside this one, and of its kind, built or not. */
export const workerBeside = (name: string): string =>
  new URL(`./${name}${extname(import.meta.url)}`, import.meta.url).href;

/** One thread for work of one kind, which is started by the first and kept for the next. */
export interface JobPool<Task, Result> {
  run(task: Task, onProgress: (...progress: Progress) => void): RunningWork<Result>;
  close(): Promise<void>;
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";

export function createJobPool<Task extends object, Result>(settings: {
  /** The module that the thread runs. */
  readonly worker: string;
  /** After so long without work the thread ends, and with it what it remembers. */
  readonly idleMs: number;
  /** Room for what lives shortly, and for all the rest; absent: as much as the service may take. */
  readonly youngMb: number;
  readonly mostMb?: number;
}): JobPool<Task, Result> {
  const { idleMs, mostMb, worker, youngMb } = settings;
  let pool: Piscina | null = null;

  const opened = (): Piscina => {
    pool ??= new Piscina({
      filename: worker,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: idleMs,
      // Else the thread would sleep between two pieces of work without a turn of its event loop.
      atomics: "disabled",
      recordTiming: false,
      resourceLimits: {
        maxYoungGenerationSizeMb: youngMb,
        ...(mostMb !== undefined && { maxOldGenerationSizeMb: mostMb }),
      },
    });
    return pool;
  };

  return {
    run(task, onProgress) {
      const { port1, port2: port } = new MessageChannel();
      const cancel = new Int32Array(new SharedArrayBuffer(4));
      port1.on("message", (progress: Progress) => onProgress(...progress));
      const sent: Task & Sent = { ...task, port, cancel };
      const done = opened().run(sent, { transferList: [port] }) as Promise<Result | null>;
      return {
        done: done
          .catch((error: unknown) => {
            if (!isOutOfMemory(error)) throw error;
            const text = `It needs more memory than it may take (${mostMb ?? "?"} MB): ask for less at a time.`;
            throw new ScopewardenError("LIMIT_EXCEEDED", text);
          })
          .finally(() => port1.close()),
        cancel: () => void Atomics.store(cancel, 0, 1),
      };
    },
    async close() {
      await pool?.destroy();
    },
  };
}
