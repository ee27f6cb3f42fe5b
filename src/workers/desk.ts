import type { ApiKey } from "../domain/callers/types.ts";
import type { PolicyRevision } from "../domain/policy/store.ts";
import type { MetricsJson } from "../http/metrics.ts";
import { within } from "../http/shutdown.ts";
import type { RowJournal } from "../storage/journal.ts";
import type { OwnStorage, Storage } from "../storage/storage.ts";
import type { Member } from "./member.ts";
import { type PrimaryCall, readMetrics, type WorkerCall } from "./messages.ts";
import { added, lasting, ofPrimary, ofWorker } from "./metrics.ts";

/**
 * How long a change waits for the workers. A revoked key needs no longer: workers remember keys for as long. One that
 * does not follow a policy in that time finds it by looking, as it does what other instances change.
 */
const PATIENCE_MS = 1000;

/** What the primary does for workers: it writes, and tells the others. */
export interface Desk {
  readonly appendRows: RowJournal["appendRows"];
  /** `by`: the worker that asks. @throws ScopewardenError as the stores do */
  answer(call: PrimaryCall, by: Member): Promise<unknown>;
  /** The storage, whose changes are told to all workers. */
  readonly storage: Storage;
  /** What the worker counted stays in the sums. */
  depart(member: Member): void;
}

export function createDesk(deps: {
  readonly storage: OwnStorage;
  readonly members: () => Iterable<Member>;
  readonly ownMetrics: () => Promise<MetricsJson>;
}): Desk {
  const { storage } = deps;
  let departed: MetricsJson[] = [];

  async function tell(call: WorkerCall, except: Member | null): Promise<void> {
    const others = [...deps.members()].filter((member) => member !== except);
    // One that ends meanwhile has nothing to follow.
    await Promise.all(others.map((member) => within(PATIENCE_MS, member.call(call)).catch(() => false)));
  }

  async function commit(revision: PolicyRevision, by: Member | null): Promise<void> {
    await storage.policy.commit(revision);
    await tell({ name: "follow", revision: revision.revision }, by);
  }

  async function revoke(...input: Parameters<Storage["apiKeys"]["revoke"]>): Promise<ApiKey | null> {
    try {
      return await storage.apiKeys.revoke(...input);
    } finally {
      // Even after an error: nobody knows then whether it was committed.
      await tell({ name: "forgetKey", key: input[0] }, null);
    }
  }

  async function metricsOf(member: Member): Promise<readonly MetricsJson[]> {
    // One that is late, or ends, shows what it showed last.
    await within(
      PATIENCE_MS,
      member.call({ name: "metrics" }).then((value) => {
        member.metrics = readMetrics(value) ?? member.metrics;
      }),
    ).catch(() => false);
    return member.metrics === null ? [] : [ofWorker(member.metrics)];
  }

  async function metrics(): Promise<readonly MetricsJson[]> {
    const [own, ...workers] = await Promise.all([deps.ownMetrics(), ...[...deps.members()].map(metricsOf)]);
    departed = departed.length > 1 ? [await added(departed)] : departed;
    return [ofPrimary(own), ...workers.flat(), ...departed];
  }

  return {
    appendRows: storage.journal.appendRows,
    async answer(call, by) {
      if (call.name === "commit") return commit(call.revision, by);
      if (call.name === "addKey") return storage.apiKeys.add(call.key);
      if (call.name === "catchUp") return storage.caughtUp();
      if (call.name === "metrics") return metrics();
      const { key, at, author, reason } = call;
      return revoke(key, { at, author, reason });
    },
    storage: {
      ...storage,
      policy: { ...storage.policy, commit: (revision) => commit(revision, null) },
      apiKeys: { ...storage.apiKeys, revoke },
    },
    depart({ metrics: last }) {
      if (last !== null) departed.push(lasting(ofWorker(last)));
    },
  };
}
