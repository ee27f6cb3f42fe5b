import type { Clock, MonotonicClock } from "../../domain/kernel/ports.ts";
import type { RecordProofs } from "../../domain/record/tree/recordProofs.ts";
import type { RecordStore, StoredCheckpoint } from "../../domain/record/tree/store.ts";
import { errorFacts, type Log } from "../log.ts";
import { lookAgain } from "../lookAgain.ts";
import { within } from "../shutdown.ts";
import type { CopyCheckpoint } from "./copyCheckpoint.ts";

/** At a shutdown: how long the tree may take to have all that is on record, and the last copy to arrive. */
const LAST_GROWTH_MS = 1_000;
const LAST_COPY_MS = 2_000;

/** What can fail, as the metric counts it. */
type CheckpointStep = "sign" | "copy";

export interface CheckpointSigning {
  /** Milliseconds since all of the tree was last found to be signed and copied; from the start until then, since the start. */
  readonly ageMs: number;
  /** Signs what was put on record since, and signs no more. */
  stop(): Promise<void>;
}

/** Signs the tree at intervals and at the end, and keeps each checkpoint elsewhere where that is set. Nothing waits for it. */
export function signCheckpoints(deps: {
  readonly proofs: Pick<RecordProofs, "sign">;
  readonly record: Pick<RecordStore, "untilGrown"> & {
    readonly toCopy: {
      next(): Promise<StoredCheckpoint | null>;
      copied(size: number, at: number): Promise<void>;
    };
  };
  /** Null: they are not copied. */
  readonly copy: CopyCheckpoint | null;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly failed: (step: CheckpointStep) => void;
  readonly log: Log;
}): CheckpointSigning {
  const { clock, copy, failed, log, monotonic, proofs, record } = deps;
  let doneAt = monotonic();
  const failing = new Set<CheckpointStep>();

  /** Whether it was done. A failure is logged once, and again when it is over. */
  async function tried(step: CheckpointStep, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      if (failing.delete(step)) log.info({ step }, "checkpoints of the record are signed and copied again");
      return true;
    } catch (error) {
      failed(step);
      if (!failing.has(step)) log.error({ step, error: errorFacts(error) }, "a checkpoint of the record failed");
      failing.add(step);
      return false;
    }
  }

  /** The newest is enough: it speaks for all before it. */
  async function copyNewest(): Promise<void> {
    if (copy === null) return;
    const next = await record.toCopy.next();
    if (next === null) return;
    await copy(next.note);
    await record.toCopy.copied(next.size, clock());
  }

  async function look(): Promise<void> {
    let isSigned = false;
    const done = await tried("sign", async () => {
      isSigned = (await proofs.sign()) !== null;
    });
    if ((await tried("copy", copyNewest)) && done && isSigned) doneAt = monotonic();
  }

  const looking = lookAgain({ look, everyMs: deps.everyMs, log, failed: "a checkpoint of the record failed" });
  return {
    get ageMs() {
      return monotonic() - doneAt;
    },
    async stop() {
      await within(LAST_COPY_MS, looking.stop());
      const grown = record.untilGrown().catch(() => undefined);
      await within(LAST_GROWTH_MS, grown);
      await within(LAST_COPY_MS, look());
    },
  };
}
