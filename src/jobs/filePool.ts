import type { FilesRead, FilesToRead, ReadFiles } from "../domain/simulation/policyAsCode.ts";
import { createJobPool, workerBeside } from "./jobPool.ts";

/** Who plans files plans them again. */
const IDLE_MS = 60_000;
const YOUNG_MB = 64;
/** A file of the most characters takes a tenth of it. */
const MOST_MB = 1_024;

/** Reads policy files and cases in one thread, which is started by the first. */
export function createFilePool(): { readonly readFiles: ReadFiles; close(): Promise<void> } {
  const worker = workerBeside("fileWorker");
  const pool = createJobPool<FilesToRead, FilesRead>({ worker, idleMs: IDLE_MS, youngMb: YOUNG_MB, mostMb: MOST_MB });
  return {
    async readFiles(files) {
      const read = await pool.run(files, () => undefined).done;
      if (read === null) throw new Error("reading files ended before its end");
      return read;
    },
    close: pool.close,
  };
}
