import type { DecideFacts } from "../decisions/facts.ts";
import type { Snapshots } from "../policy/snapshots.ts";

/** What a question about a time rests on. */
export interface FactsAsOf {
  readonly facts: DecideFacts;
  /** Whether the policy is one of before. */
  readonly isPast: boolean;
}

/**
 * The policy that was in force at a time, with the validity periods of then, and the directory as it is known now. A time
 * to come has the policy of now; one before the first revision an empty policy. Null: now.
 * @throws ScopewardenError POLICY_UNAVAILABLE
 */
export async function factsAsOf(facts: DecideFacts, asOf: number | null, snapshots: Snapshots): Promise<FactsAsOf> {
  if (asOf === null) return { facts, isPast: false };
  const then = { ...facts, now: asOf };
  if (asOf >= facts.now) return { facts: then, isPast: false };
  const current = facts.snapshot.revision;
  // Another instance may have committed what this one has yet to load.
  const revision = Math.min(await snapshots.revisionAt(asOf), current);
  if (revision === current) return { facts: then, isPast: false };
  return { facts: { ...then, snapshot: await snapshots.at(revision, "asOf") }, isPast: true };
}
