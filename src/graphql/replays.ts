import { Arg, Ctx, Query, Resolver } from "type-graphql";
import type { ReplayInput as Asked } from "../domain/simulation/replay/replayInput.ts";
import type { GraphqlContext } from "./context.ts";
import { Replay, ReplayInput, replayOf } from "./replayTypes.ts";

@Resolver()
export class ReplayResolver {
  @Query(() => Replay, {
    description:
      "What a change would have done to past decisions: the newest 10,000 that meet the filter, and no longer than ten seconds; `complete` says whether these are all, else ask with `startReplay`. Nothing changes, and no decision is put on record; that it was asked is. BAD_USER_INPUT as of `applyPolicy`.",
  })
  async replay(
    @Arg("input", () => ReplayInput, { description: "The change, and which decisions." }) input: Asked,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return replayOf(await domain.replays.replay(caller, input));
  }
}
