import type { ExportFormat } from "../../src/domain/audit/export/actLine.ts";
import type { SinkPersonal } from "../../src/domain/audit/sink/sinkEvent.ts";
import type { SinkStore } from "../../src/domain/audit/sink/store.ts";
import { createLog } from "../../src/process/log.ts";
import { followRecord, type SinkAttempt, type SinkFollowing } from "../../src/process/sink/followRecord.ts";
import type { SinkTarget } from "../../src/process/sink/sinkTarget.ts";
import type { Storage } from "../../src/storage/storage.ts";

interface Followed {
  readonly storage: Pick<Storage, "giveWay" | "sinkActs" | "sinks">;
  readonly target: SinkTarget;
  readonly sink?: "file" | "webhook";
  readonly format?: ExportFormat;
  readonly personal?: SinkPersonal;
  readonly store?: Partial<SinkStore>;
  readonly attempts?: number;
  readonly lines?: string[];
  readonly outcomes?: SinkAttempt[];
}

/** A sink at its work on a database, from the first act on, with no long pauses. */
export function followedBy({
  attempts = 2,
  format = "NDJSON",
  personal = "ALL",
  storage,
  ...more
}: Followed): SinkFollowing {
  const { lines = [], outcomes = [], sink = "file", target } = more;
  return followRecord({
    sink,
    target,
    store: { ...storage.sinks, ...more.store },
    stored: storage.sinkActs,
    form: async () => ({ format, personal, pseudonym: (text) => `~${text.length}` }),
    begin: "START",
    attempts,
    everyMs: 5,
    giveWay: storage.giveWay,
    clock: Date.now,
    monotonic: () => performance.now(),
    chance: () => 0,
    count: (outcome) => void outcomes.push(outcome),
    log: createLog({ level: "info", destination: { write: (line: string) => void lines.push(line) } }),
    pauseMs: () => 10,
  });
}
