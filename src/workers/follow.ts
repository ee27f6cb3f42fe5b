import { setTimeout as delay } from "node:timers/promises";
import type { PolicyAdmin } from "../domain/policy/admin.ts";

const LOOK_MS = 5;

/**
 * Resolves when this process decides by that revision or a later one. A change of its own that is under way may stand
 * before the refresh in the queue, and wait for the very process that waits for this: it reads the revision itself
 * before it tries again, which is why the current one is looked at meanwhile.
 */
export async function follow(policy: Pick<PolicyAdmin, "current" | "refresh">, revision: number): Promise<void> {
  const there = (): boolean => {
    try {
      return policy.current().revision >= revision;
    } catch {
      return false;
    }
  };
  if (there()) return;
  let over = false;
  const refreshed = policy.refresh().finally(() => {
    over = true;
  });
  refreshed.catch(() => undefined); // Awaited below, unless the revision came by another way.
  while (!over && !there()) await Promise.race([refreshed, delay(LOOK_MS)]);
  if (!there()) await refreshed;
}
