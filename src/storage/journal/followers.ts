import { randomUUID } from "node:crypto";
import type { Writer } from "../database/writer.ts";
import { decisionIndex } from "./decisionIndex.ts";
import type { Follower, PlanningFollower } from "./follower.ts";
import { createFollowing } from "./following.ts";
import { createIdle } from "./idle.ts";

/**
 * What follows the journal to serve the journal itself. Beside it there are what watches (storage/monitoring/watching.ts), and the outbox
 * of webhooks where there is somebody to tell.
 */
export const FOLLOWERS: readonly PlanningFollower[] = [decisionIndex];

/** A follower that has not moved for so long though acts wait stands still: readiness says so. */
const STANDS_STILL_MS = 5_000;
export const standsStill = ({ stillMs }: Pick<FollowerStatus, "stillMs">): boolean => stillMs >= STANDS_STILL_MS;

export interface FollowerStatus {
  readonly name: string;
  /** Acts on record that it has not taken; those of other instances only once seen. */
  readonly lag: number;
  /** Failed steps since the start. */
  readonly failures: number;
  /** Up to where it has taken them. */
  readonly position: number;
  /** Milliseconds for which it has not moved though acts wait; 0: none waits. */
  readonly stillMs: number;
}

/** All followers, as this instance has a part in their work. Each is as `Following` says. */
export interface Followers {
  status(): readonly FollowerStatus[];
  appended(position: number): void;
  /** Those that decisions wait for now. */
  tooFarBehind(): readonly FollowerStatus[];
  capacity(): Promise<void>;
  caughtUp(follower: Pick<Follower, "name">): Promise<void>;
  close(): Promise<void>;
}

type FollowingDeps = Parameters<typeof createFollowing>[0];

export async function startFollowers({
  instance = randomUUID(),
  list = FOLLOWERS,
  writer,
  ...deps
}: Pick<FollowingDeps, "taker" | "dialect" | "read" | "select" | "log" | "options"> & {
  /** What tells this instance from the others; absent: it is made up. */
  readonly instance?: string;
  readonly list?: readonly Follower[];
  /** How busy it is says whether there is time, where `options` don't. */
  readonly writer: Pick<Writer, "busyMs"> | null;
}): Promise<Followers> {
  let ownMs = 0;
  const idle = deps.options.idle ?? (writer === null ? () => false : createIdle({ writer, ownMs: () => ownMs }));
  const worked = (ms: number): void => {
    ownMs += ms;
  };
  const shared = { ...deps, idle, worked, instance };
  const all = list.map((follower) => ({ follower, following: createFollowing({ ...shared, follower }) }));
  const statusOf = ({ follower: { name }, following }: (typeof all)[number]): FollowerStatus => {
    const { failures, lag, position, stillMs } = following;
    return { name, lag, failures, position, stillMs };
  };
  const close = async (): Promise<void> => void (await Promise.all(all.map(({ following }) => following.close())));
  try {
    for (const { following } of all) await following.start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    status: () => all.map(statusOf),
    appended(position) {
      for (const { following } of all) following.appended(position);
    },
    tooFarBehind: () => all.filter(({ following }) => following.isTooFarBehind).map(statusOf),
    async capacity() {
      for (const { following } of all) await following.capacity();
    },
    async caughtUp(wanted) {
      const found = all.find(({ follower: { name } }) => name === wanted.name);
      if (found === undefined) throw new Error(`no follower ${wanted.name} is at work`);
      await found.following.caughtUp();
    },
    close,
  };
}
