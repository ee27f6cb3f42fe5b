import type { DetectorCode } from "../../domain/monitoring/detectors/detector.ts";
import type { StorageLog } from "../database/connection.ts";

/** Decisions at which a detector threw since the start, by detector. */
export interface DetectorFailures {
  readonly counts: ReadonlyMap<DetectorCode, number>;
  note(detector: DetectorCode, error: unknown): void;
}

/** Counts them, and says so of the first of each detector. What an error says may have been taken from a decision: its kind is told alone. */
export function createDetectorFailures(log: StorageLog): DetectorFailures {
  const counts = new Map<DetectorCode, number>();
  return {
    counts,
    note(detector, error) {
      const before = counts.get(detector) ?? 0;
      counts.set(detector, before + 1);
      if (before > 0) return;
      const kind = error instanceof Error ? error.name : typeof error;
      log({
        level: "error",
        message: "A detector failed at a decision. It passes over that one; the others go on.",
        detail: `${detector}: ${kind}`,
      });
    },
  };
}
