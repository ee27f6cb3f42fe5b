import { DEFAULT_FHIR_VERSION, type FhirVersion } from "../domain/scopes/fhir.ts";
import type { ReplayRunner } from "../domain/simulation/replay/jobs.ts";
import type { Replay } from "../domain/simulation/replay/types.ts";
import { createJobPool, workerBeside } from "./jobPool.ts";
import type { ReplayWork } from "./replayWorker.ts";

/** The thread ends after so long without a replay, and with it the memory of its policy. */
const IDLE_MS = 600_000;

/** Records live for a page: with less room for the young, a tenth of the time went into moving them. */
const YOUNG_MB = 192;

/** Makes replays in one thread, which is started by the first and keeps its policy for the next. */
export function createReplayPool(settings: {
  readonly databaseUrl: string;
  readonly fhirVersion?: FhirVersion;
  /** For tests: what the thread runs instead. */
  readonly worker?: string;
}): ReplayRunner & { close(): Promise<void> } {
  const { databaseUrl: url, fhirVersion = DEFAULT_FHIR_VERSION, worker = workerBeside("replayWorker") } = settings;
  const pool = createJobPool<ReplayWork, Replay>({ worker, idleMs: IDLE_MS, youngMb: YOUNG_MB });
  return {
    run: (task, onProgress) => pool.run({ task, url, fhirVersion }, onProgress),
    close: pool.close,
  };
}
