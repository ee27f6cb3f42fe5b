import type { Caller } from "../../callers/types.ts";
import { type Asking, recordAsked } from "./recordAsked.ts";
import { replay } from "./replay.ts";
import type { Replay, ReplayQuery } from "./types.ts";

/**
 * A replay that somebody asked for, by whatever field: that it was asked, with change, filter and asker, is on record before it answers. All replays
 * but those of jobs, which are on record when they begin, go this way.
 * @throws ScopewardenError as `replay`
 */
export async function askedReplay(
  deps: Parameters<typeof replay>[0] & Pick<Asking, "newId" | "recordAct" | "sha256">,
  {
    query,
    ...asked
  }: { readonly caller: Caller; readonly field: string; readonly query: ReplayQuery } & Pick<
    Parameters<typeof recordAsked>[1],
    "about"
  >,
  bounds: Parameters<typeof replay>[2],
): Promise<Replay> {
  const made = await replay(deps, query, bounds);
  await recordAsked(deps, { ...asked, query, questions: made.read, facts: deps.hypothesis.facts });
  return made;
}
