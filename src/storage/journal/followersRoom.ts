import { within } from "../../process/shutdown.ts";
import type { FollowerStatus, Followers } from "./followers.ts";

/** How long a decision waits at most for followers that are too far behind. */
export const FOLLOWERS_MS = 2_000;

/**
 * Waits until followers are near enough for the journal to grow, for some milliseconds at most; null: they are. Where that was in vain nobody
 * waits again until one of them has moved: one that hangs must hold no decision.
 */
export function createFollowersRoom(
  followers: Pick<Followers, "capacity" | "tooFarBehind">,
): (ms: number) => Promise<void> | null {
  /** Where they were when they were last waited for in vain. */
  let inVain: ReadonlyMap<string, number> | null = null;

  async function wait(behind: readonly FollowerStatus[], ms: number): Promise<void> {
    const reached = await within(ms, followers.capacity());
    inVain = reached ? null : new Map(behind.map(({ name, position }) => [name, position]));
  }

  return (ms) => {
    const behind = followers.tooFarBehind();
    const stands = behind.every(({ name, position }) => inVain?.get(name) === position);
    return stands || ms <= 0 ? null : wait(behind, ms);
  };
}
