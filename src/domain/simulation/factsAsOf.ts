import type { DecideFacts } from "../decisions/facts.ts";
import type { Snapshots } from "../policy/snapshots.ts";

/** When a question is asked about. Both absent: now, by the policy of now. */
export interface AsOf {
  /** The clock, in milliseconds since 1970; absent: now. */
  readonly asOf?: number | null | undefined;
  /** The policy; absent: the one of `asOf`. */
  readonly asOfRevision?: number | null | undefined;
}

/** What a question about a time rests on. */
export interface FactsAsOf {
  readonly facts: DecideFacts;
  /** Whether the policy is one of before. */
  readonly isPast: boolean;
}

/**
 * The policy that was in force at a time, or that of a revision, with the validity periods of that time, and the directory as it is
 * known now. A time to come has the policy of now; one before the first revision an empty policy. `path`: what stands before its members.
 * @throws ScopewardenError BAD_USER_INPUT for a revision that there is not, POLICY_UNAVAILABLE
 */
export async function factsAsOf(
  facts: DecideFacts,
  { asOf, asOfRevision }: AsOf,
  { path, snapshots }: { readonly snapshots: Snapshots; readonly path: string },
): Promise<FactsAsOf> {
  const then = { ...facts, now: asOf ?? facts.now };
  const current = facts.snapshot.revision;
  // Another instance may have committed what this one has yet to load.
  const ofThen = async () => (then.now < facts.now ? Math.min(await snapshots.revisionAt(then.now), current) : current);
  const revision = asOfRevision ?? (await ofThen());
  if (revision === current) return { facts: then, isPast: false };
  return { facts: { ...then, snapshot: await snapshots.at(revision, `${path}asOfRevision`) }, isPast: true };
}
