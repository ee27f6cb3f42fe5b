import type { Breathe } from "../domain/kernel/ports.ts";
import { changesFrom, withChangesInParts } from "../domain/policy/difference.ts";
import type { Snapshot } from "../domain/policy/snapshot.ts";
import { createSnapshots } from "../domain/policy/snapshots.ts";
import type { FhirVersion } from "../domain/scopes/fhir.ts";
import type { ReplayTask } from "../domain/simulation/replay/jobs.ts";
import { replay } from "../domain/simulation/replay/replay.ts";
import type { Replay } from "../domain/simulation/replay/types.ts";
import { createEngine } from "../engine/engine.ts";
import { newId } from "../process/ids.ts";
import { openReadOnly, type ReadOnlyStorage } from "../storage/readOnly.ts";
import type { Progress, Sent } from "./jobPool.ts";
import { lowerOwnPriority } from "./priority.ts";

/** What one replay needs. */
export interface ReplayWork {
  readonly task: ReplayTask;
  readonly url: string;
  readonly fhirVersion: FhirVersion;
}

lowerOwnPriority();

const engine = createEngine();
/** Nothing else runs in this thread, but the next page is read: its rows arrive between turns of the event loop. */
const TURN_EVERY = 50;
const AT_ONCE = Promise.resolve();
let breaths = 0;
const breathe: Breathe = () =>
  ++breaths % TURN_EVERY === 0 ? new Promise((resolve) => void setImmediate(resolve)) : AT_ONCE;

/** The policy of the last replay: that of the next one mostly differs in a few rows. */
let kept: { readonly url: string; readonly snapshot: Snapshot } | null = null;

async function snapshotAt(url: string, { policy }: ReadOnlyStorage, revision: number): Promise<Snapshot> {
  if (kept?.url !== url) kept = { url, snapshot: await policy.load(revision) };
  const { snapshot } = kept;
  if (snapshot.revision !== revision) {
    const changes = await changesFrom(policy.difference(snapshot.revision, revision), breathe);
    kept = { url, snapshot: await withChangesInParts(snapshot, changes, { revision, breathe }) };
  }
  return kept.snapshot;
}

/** Makes a replay with connections of its own, which only read and are closed at its end. Null: it was cancelled. */
export default async function replayApart({
  cancel,
  fhirVersion,
  port,
  task,
  url,
}: ReplayWork & Sent): Promise<Replay | null> {
  const { baseRevision, journalEnd, now, query } = task;
  const isCancelled = (): boolean => Atomics.load(cancel, 0) === 1;
  const { checkCondition, readCondition, ...rules } = await engine;
  const storage = await openReadOnly(url);
  try {
    const snapshot = await snapshotAt(url, storage, baseRevision);
    const facts = { snapshot, engine: rules, now, fhirVersion };
    const changeFacts = { now, newId, checkCondition, readCondition, fhirVersion };
    const snapshots = createSnapshots({ current: () => snapshot, store: storage.policy, breathe });
    const { breakGlasses, consents, decisions, directory, restrictions } = storage;
    const made = await replay(
      {
        hypothesis: { facts, changeFacts },
        ...{ snapshots, directory, breakGlasses, consents, restrictions, decisions, breathe },
      },
      query,
      {
        after: journalEnd + 1,
        maxDecisions: Number.POSITIVE_INFINITY,
        isTimeUp: isCancelled,
        onProgress: (oldest, read) => port.postMessage([oldest, read] satisfies Progress),
      },
    );
    return isCancelled() ? null : made;
  } finally {
    port.close();
    await storage.close();
  }
}
