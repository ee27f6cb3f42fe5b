import { randomUUID } from "node:crypto";
import { createRetention } from "../../src/domain/audit/retention/retention.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import type { Storage } from "../../src/storage/storage.ts";

/** What is kept as long as nothing else is said. */
const RETENTION_MS = 6 * 366 * 86_400_000;

/** Erases what was decided before a time and nobody holds, once all of it is followed; says of how many acts. */
export async function eraseBefore(storage: Storage, before: number): Promise<number> {
  await storage.untilFollowed();
  const snapshot = await storage.policy.load();
  const retention = createRetention({
    ...{ store: storage.retention, snapshot: () => snapshot, hash: recordHash, newId: () => randomUUID() },
    ...{ clock: () => before + RETENTION_MS, giveWay: async () => undefined },
  });
  return (await retention.eraseDue()).acts;
}
