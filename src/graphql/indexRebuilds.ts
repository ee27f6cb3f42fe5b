import { Arg, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import type { KnownRebuild } from "../domain/audit/indexRebuilds.ts";
import { actor, actorOrNull } from "./callers.ts";
import type { GraphqlContext } from "./context.ts";
import { flag, id, int, objectType, text, time } from "./graphqlTypes.ts";

const rebuildOf = (rebuilt: KnownRebuild, { domain }: GraphqlContext) => ({
  ...{ id: rebuilt.rebuildId, at: rebuilt.at, by: actorOrNull(rebuilt.by) },
  ...{ table: rebuilt.table, months: rebuilt.months, finding: rebuilt.finding, digestBefore: rebuilt.digestBefore },
  digestAfter: rebuilt.event === "REBUILT" ? rebuilt.digestAfter : null,
  isDone: rebuilt.event === "REBUILT",
  policyRevision: domain.policy.current().revision,
});

const IndexRebuild = objectType<ReturnType<typeof rebuildOf>>(
  "IndexRebuild",
  "That a damaged table of the search index was made again from the journal by itself, or somebody ran `db rebuild-index`.",
  {
    id: id("Its id."),
    at: time("When it was made again; while it is not, when it was thrown away."),
    by: actor.orNull("Who ran `db rebuild-index`, at the machine; null: it was made again by itself."),
    isDone: flag("Whether it is on record that it was made again to its end."),
    table: text("The table, in the database; of `db rebuild-index` `decision_index`."),
    months: text.list("By when its decisions were made, in UTC, such as `2026-03`."),
    finding: text("What the database said of it; empty: nothing."),
    digestBefore: text.orNull("SHA-256 of its rows as they were found; null: they could not be read."),
    digestAfter: text.orNull("SHA-256 of what was put into it; null: it has no decision, or it is not made again."),
    policyRevision: int("The revision of the policy in force now."),
  },
);

@Resolver()
export class IndexRebuildResolver {
  @Query(() => [IndexRebuild], {
    description:
      "Rebuilds of damaged tables of the search index of which no auditor has taken note, the oldest first: `scopewarden record verify` mentions each until then.",
  })
  async indexRebuilds(@Ctx() ctx: GraphqlContext) {
    return (await ctx.domain.indexRebuilds.pending()).map((rebuilt) => rebuildOf(rebuilt, ctx));
  }

  @Mutation(() => IndexRebuild, {
    description:
      "Takes note of a rebuild of the search index, which is put on record (kind `INDEX_REBUILD`). NOT_FOUND; CONFLICT where somebody has done so.",
  })
  async acknowledgeIndexRebuild(
    @Arg("id", () => ID, { description: "The rebuild's id." }) given: string,
    @Ctx() ctx: GraphqlContext,
  ) {
    return rebuildOf(await ctx.domain.indexRebuilds.acknowledge(ctx.caller, given), ctx);
  }
}
