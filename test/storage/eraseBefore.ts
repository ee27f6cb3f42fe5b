import { randomUUID } from "node:crypto";
import { createRetention } from "../../src/domain/audit/retention/retention.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import type { PlanningFollower, ReadBatch } from "../../src/storage/journal/follower.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { allDecisions } from "./allDecisions.ts";

/** What is kept as long as nothing else is said. */
const RETENTION_MS = 6 * 366 * 86_400_000;

/** Erases what was decided before a time and nobody holds, once all of it is followed; says of how many acts. */
export async function eraseBefore(storage: Storage, before: number): Promise<number> {
  await allDecisions(storage, { clientId: "app" });
  await storage.watched.ofDecision("absent");
  const snapshot = await storage.policy.load();
  const retention = createRetention({
    ...{ store: storage.retention, snapshot: () => snapshot, hash: recordHash, newId: () => randomUUID() },
    ...{ clock: () => before + RETENTION_MS, giveWay: async () => undefined },
  });
  return (await retention.eraseDue()).acts;
}

/**
 * A follower of whose batches each is handed over between its plan and its writing, for something to be erased then. Once: what is planned
 * again is so in the transaction in which it is written, and who erases would wait for that.
 */
export function betweenPlanAndWrite(
  follower: PlanningFollower,
  between: (batch: ReadBatch) => Promise<void>,
): PlanningFollower {
  const planned = new Set<number>();
  return {
    ...follower,
    async plan(batch) {
      const plan = await follower.plan(batch);
      if (!planned.has(batch.after)) {
        planned.add(batch.after);
        await between(batch);
      }
      return plan;
    },
  };
}
