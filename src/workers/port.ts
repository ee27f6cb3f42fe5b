import type { PolicyAdmin } from "../domain/policy/admin.ts";
import type { MetricsJson } from "../http/metrics.ts";
import type { Storage } from "../storage/storage.ts";
import type { Sunsets } from "../sunsets.ts";

/** What the primary may ask of a worker. */
export interface WorkerParts {
  readonly policy: Pick<PolicyAdmin, "current" | "refresh">;
  forgetKey(id: string): void;
  metrics(): Promise<MetricsJson>;
  /** Asked of one worker at a time: two would race to retire the same scope. */
  watchSunsets(): Sunsets;
}

/** The primary, as the service in a worker sees it: it writes, and tells each worker what the others changed. */
export interface Primary {
  /** Reads by connections of this process; whatever is written goes to the primary. */
  openStorage(): Promise<Storage>;
  /** To be called before the policy is first read, so that no change falls between that reading and this call. */
  join(parts: WorkerParts): void;
  /** The metrics of all processes, as one text. */
  metrics(): Promise<string>;
}
