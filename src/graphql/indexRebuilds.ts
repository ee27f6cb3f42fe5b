import { Arg, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import type { Rebuilt } from "../domain/record/indexRebuildAct.ts";
import type { GraphqlContext } from "./context.ts";
import { id, int, objectType, text, time } from "./graphqlTypes.ts";

const rebuildOf = (
  { at, digestAfter, digestBefore, finding, months, rebuildId, table }: Rebuilt,
  { domain }: GraphqlContext,
) => ({
  ...{ id: rebuildId, at, table, months, finding, digestBefore, digestAfter },
  policyRevision: domain.policy.current().revision,
});

const IndexRebuild = objectType<ReturnType<typeof rebuildOf>>(
  "IndexRebuild",
  "That a damaged table of the search index was made again from the journal by itself.",
  {
    id: id("Its id."),
    at: time("When it was made again."),
    table: text("The table, in the database."),
    months: text.list("By when its decisions were made, in UTC, such as `2026-03`."),
    finding: text("What the database said of it."),
    digestBefore: text.orNull("SHA-256 of its rows as they were found; null: they could not be read."),
    digestAfter: text.orNull("SHA-256 of what was put into it; null: it has no decision."),
    policyRevision: int("The revision of the policy in force now."),
  },
);

@Resolver()
export class IndexRebuildResolver {
  @Query(() => [IndexRebuild], {
    description:
      "Rebuilds of damaged tables of the search index of which no auditor has taken note, the oldest first: `scopewarden verify` mentions each until then.",
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
