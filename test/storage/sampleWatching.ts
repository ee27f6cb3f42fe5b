import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import type { Clock } from "../../src/domain/kernel/ports.ts";
import type { Detector } from "../../src/domain/monitoring/detectors/detector.ts";
import type { WatchedDecision } from "../../src/domain/monitoring/watchedDecision.ts";
import { newId } from "../../src/process/ids.ts";
import { newSalt } from "../../src/process/salts.ts";
import type { RunSql } from "../../src/storage/database/connection.ts";
import type { Dialect } from "../../src/storage/database/dialect.ts";
import { createPutOnRecord, readActs } from "../../src/storage/journal/acts.ts";
import type { Consumer } from "../../src/storage/journal/consumer.ts";
import { createTakeWatched, type TakeWatched } from "../../src/storage/monitoring/takeWatched.ts";
import { SAMPLE_DETECTORS, watchedDecision, watchedPatient } from "../support/watching.ts";

/** What of a decision on record the sample detectors look at. */
export function watchedOf(record: DecisionRecord, position: number): WatchedDecision {
  const { clientId, subject } = record.request;
  const resource = record.kind === "ACCESS" ? record.request.resource : null;
  return watchedDecision(0, {
    id: record.id,
    position,
    at: record.decidedAt,
    outcome: record.outcome,
    clientId,
    subject: subject === null ? null : { type: subject.type, id: subject.id },
    organization: resource?.organization ?? null,
    scopesUsed: record.scope === null ? [] : [record.scope],
    patients: resource?.patient ? [watchedPatient(resource.patient)] : [],
  });
}

/** A consumer that watches, with detectors for tests; `seenAs` says what they are shown of a decision. */
export function sampleWatching(
  detectors: readonly Detector[] = SAMPLE_DETECTORS,
  onRecord: (run: RunSql) => Promise<void> = async () => {},
  clock: Clock = Date.now,
  seenAs: typeof watchedOf = watchedOf,
): Consumer {
  let take: TakeWatched | null = null;
  const taking = (dialect: Dialect): TakeWatched => {
    const put = createPutOnRecord({ dialect, newSalt });
    take ??= createTakeWatched({
      clock,
      newId,
      detectors,
      async putOnRecord(run, act) {
        await onRecord(run);
        await put(run, act);
      },
    });
    return take;
  };
  return {
    name: "watching",
    undone: () => take?.undone(),
    async read(batch) {
      const { after, dialect, until } = batch;
      const watch = await taking(dialect).begin(batch);
      const acts = await readActs(batch, { after, until, first: until - after, kinds: ["DECISION"] });
      const decisions = acts.flatMap((act) => (act.kind === "DECISION" ? [seenAs(act.record, act.position)] : []));
      return (await watch?.(decisions)) ?? null;
    },
    async write(batch, taken) {
      if (taken !== null) await taking(batch.dialect).write(batch, taken);
    },
  };
}
