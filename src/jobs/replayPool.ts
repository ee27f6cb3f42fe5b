import { extname } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { DEFAULT_FHIR_VERSION, type FhirVersion } from "../domain/scopes/fhir.ts";
import type { ReplayRunner } from "../domain/simulation/replay/jobs.ts";
import type { Replay } from "../domain/simulation/replay/types.ts";
import type { Progress, WorkerTask } from "./replayWorker.ts";

/** The thread ends after so long without a replay, and with it the memory of its policy. */
const IDLE_MS = 600_000;

/** Records live for a page: with less room for the young, a tenth of the time went into moving them. */
const YOUNG_MB = 192;

/** The module that the thread runs: beside this one, and of its kind, built or not. */
const WORKER = new URL(`./replayWorker${extname(import.meta.url)}`, import.meta.url).href;

/** Makes replays in one thread, which is started by the first and keeps its policy for the next. */
export function createReplayPool(settings: {
  readonly databaseUrl: string;
  readonly fhirVersion?: FhirVersion;
  /** For tests: what the thread runs instead. */
  readonly worker?: string;
}): ReplayRunner & { close(): Promise<void> } {
  const { databaseUrl: url, fhirVersion = DEFAULT_FHIR_VERSION, worker = WORKER } = settings;
  let pool: Piscina | null = null;

  const opened = (): Piscina => {
    pool ??= new Piscina({
      filename: worker,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: IDLE_MS,
      // Else the thread would sleep between replays without a turn of its event loop.
      atomics: "disabled",
      recordTiming: false,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    return pool;
  };

  return {
    run(task, onProgress) {
      const { port1, port2: port } = new MessageChannel();
      const cancel = new Int32Array(new SharedArrayBuffer(4));
      port1.on("message", ([oldest, read]: Progress) => onProgress(oldest, read));
      const sent: WorkerTask = { task, url, fhirVersion, port, cancel };
      const done = opened().run(sent, { transferList: [port] }) as Promise<Replay | null>;
      return {
        done: done.finally(() => port1.close()),
        cancel: () => void Atomics.store(cancel, 0, 1),
      };
    },
    async close() {
      await pool?.destroy();
    },
  };
}
