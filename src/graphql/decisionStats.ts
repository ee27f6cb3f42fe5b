import { Arg, Ctx, Query, Resolver } from "type-graphql";
import type * as stats from "../domain/audit/decisionStats.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionList } from "./decisions.ts";
import { StatsDimensionEnum } from "./enums.ts";
import { flag, inputType, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { type Named, notesOf } from "./nameNotes.ts";

type Input = Required<stats.DecisionStatsInput>;

const DecisionStatsInput = inputType<Input>("DecisionStatsInput", "Which accesses are counted, and by what.", {
  from: time("From the first whole hour (UTC) at or after this time, or the running one."),
  to: time.orNull(
    "Until this time: the last whole hour before it. In the running hour, later or absent: until now, which `asOf` says.",
  ),
  by: oneOf(StatsDimensionEnum).list("By at most two of these, and by the hour or the day."),
  filter: of(decisionList.filterType as new () => NonNullable<Input["filter"]>).orNull(
    "Only these: by `outcome`, `clientId`, `scope`, `reason`, `ruleId`, `resourceType`, `purposeOfUse`, `organization` and `callerId`; anything else is BAD_USER_INPUT.",
  ),
});

const DecisionStatsRow = objectType<stats.DecisionStatsRow>(
  "DecisionStatsRow",
  "Accesses that were counted together.",
  {
    key: text.listOfNullable("A value for each of `by`, in its order; null where they say nothing."),
    count: int("How many they are."),
    allowed: int("How many of them were allowed."),
    denied: int("How many of them were denied."),
    previous: int.orNull(
      "How many there were in the window of the same length before; null by DAY where that is not of whole days.",
    ),
  },
);

const DecisionStats = objectType<stats.DecisionStats>("DecisionStats", "How many accesses were decided in a window.", {
  from: time("Where the window that was counted begins."),
  to: time("Where it ends; this time is not in it."),
  asOf: time("When it was counted: where the window is not over, it ends then."),
  total: int("How many they are, each once."),
  complete: flag(
    "Whether the window is all that was asked for, up to `asOf`, and these are all its rows. False: it was cut to whole hours, or these are its 1,000 largest rows.",
  ),
  rows: of(DecisionStatsRow).list("Those with the most decisions first; by the hour or the day in its order."),
});

@Resolver()
class DecisionStatsResolver {
  @Query(() => DecisionStats, {
    description:
      "How many accesses were decided, by what they have in common, beside the window before. Tokens are not counted. All that is on record when it is asked is counted.",
  })
  async decisionStats(
    @Arg("input", () => DecisionStatsInput, { description: "What to count." }) input: Input,
    @Ctx() ctx: GraphqlContext,
  ): Promise<stats.DecisionStats & Named> {
    const found = await ctx.domain.decisionStats(input);
    const { clientId, organization, purposeOfUse, resourceType, ruleId, scope } = input.filter ?? {};
    const named = {
      clients: [clientId],
      scopes: scope?.split(" ") ?? [],
      rules: [ruleId],
      organizations: [organization],
      resourceTypes: [resourceType],
      purposes: [purposeOfUse],
    };
    return { ...found, named: found.total > 0 ? undefined : named };
  }
}

export const decisionStatsResolvers = [DecisionStatsResolver, notesOf(DecisionStats)];
