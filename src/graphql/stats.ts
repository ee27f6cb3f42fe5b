import { Args, ArgsType, Ctx, Field, Query, Resolver } from "type-graphql";
import type { StatsDimension } from "../domain/audit/decisionStats.ts";
import type { DecisionFilter } from "../domain/decisions/types.ts";
import type * as counted from "../domain/monitoring/stats/stats.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionList } from "./decisions.ts";
import { ExplanationKindEnum, StatsDimensionEnum, StatsMeasureEnum } from "./enums.ts";
import { flag, id, int, number, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { type Named, notesOf } from "./nameNotes.ts";
import { DateTime } from "./scalars.ts";

const ExplainedKindCount = objectType<counted.ExplainedKindCount>(
  "ExplainedKindCount",
  "How many accesses one kind explains.",
  { kind: oneOf(ExplanationKindEnum)("By what."), count: int("How many they are.") },
);

const StatsRow = objectType<counted.StatsRow>("StatsRow", "What was counted together.", {
  key: text.listOfNullable(
    "A value for each of `by`, in its order; null where nothing is said there. Of BLIND_SPOTS: WITHOUT_ADDRESS, WITHOUT_PATIENT or WITHOUT_PURPOSE (accesses whose request said none; of a patient only those to types that belong to patients), UNKNOWN_IN_DIRECTORY (accesses that nothing explained, each patient counting, of whose person or patient the directory knows nothing now), CLIENTS_WITHOUT_BASELINE (active clients), PEOPLE_WITHOUT_BASELINE (subjects that hold a role).",
  ),
  count: int("How many they are. Of EXPLAINED an access to several patients counts once for each."),
  allowed: int.orNull("Of DECISIONS: how many of them were allowed."),
  denied: int.orNull("Of DECISIONS: how many of them were denied."),
  previous: int.orNull(
    "Of DECISIONS: how many there were in the window of the same length before; null by DAY where that is not of whole days.",
  ),
  part: int.orNull(
    "Of EXPLAINED: how many of them were explained. Of BLIND_SPOTS: how many of them watching can't see, or has no baseline of; of UNKNOWN_IN_DIRECTORY and PEOPLE_WITHOUT_BASELINE rounded down to ten, and null below ten, to who is no auditor.",
  ),
  share: number.orNull("`part` of `count`, from 0 to 1; null where there is nothing, or `part` is null."),
  kinds: of(ExplainedKindCount).list("Of EXPLAINED: by what, the strongest kind first."),
  clientIds: id.list("Of CLIENTS_WITHOUT_BASELINE: which clients, a hundred at most."),
});

const Stats = objectType<counted.Stats>("Stats", "What was counted in a window.", {
  from: time("Where the window that was counted begins."),
  to: time("Where it ends; this time is not in it."),
  asOf: time("All that was on record at this time is counted: where the window is not over, it ends then."),
  total: int("How many accesses they are, each once; of EXPLAINED once for each patient."),
  complete: flag(
    "Whether the window is all that was asked for, up to `asOf`, and these are all its rows. False: it was cut to whole hours or days, or these are its 1,000 largest rows.",
  ),
  rows: of(StatsRow).list("Those with the most first; by the hour or the day in its order."),
});

@ArgsType()
class StatsArgs {
  @Field(() => StatsMeasureEnum, { description: "What to count." })
  readonly measure!: counted.StatsMeasure;
  @Field(() => DateTime, {
    description:
      "From the first whole hour (UTC) at or after this time, or the running one; of EXPLAINED and BLIND_SPOTS the first whole day. At most 400 days before `to`; 31 by the HOUR and of BLIND_SPOTS.",
  })
  readonly from!: number;
  @Field(() => DateTime, {
    nullable: true,
    description:
      "Until this time: the last whole hour, or day, before it. In the running hour, later or absent: until now, which `asOf` says.",
  })
  readonly to?: number | null;
  @Field(() => [StatsDimensionEnum], {
    nullable: true,
    description:
      "DECISIONS: by at most two of these, and by the hour or the day. EXPLAINED: by ORGANIZATION, CLIENT, ROLE or DAY. Absent or empty: all together; BLIND_SPOTS has a row for each of them.",
  })
  readonly by?: readonly StatsDimension[] | null;
  @Field(() => decisionList.filterType, {
    nullable: true,
    description:
      "Of DECISIONS only these: by `outcome`, `clientId`, `scope`, `reason`, `decisiveReason`, `ruleId`, `resourceType`, `purposeOfUse`, `organization` and `callerId`; anything else is BAD_USER_INPUT.",
  })
  readonly filter?: { readonly [Name in keyof DecisionFilter]?: DecisionFilter[Name] | null } | null;
}

@Resolver()
class StatsResolver {
  @Query(() => Stats, {
    description:
      "How many accesses were decided or explained in a window, by what they have in common, or what watching can't see of them. Tokens are not counted. Nothing is waited for: `asOf` says up to when all is counted. BAD_USER_INPUT, JOURNAL_UNAVAILABLE.",
  })
  async stats(
    @Args(() => StatsArgs) { by, filter, from, measure, to }: StatsArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<counted.Stats & Named> {
    const found = await ctx.domain.stats(ctx.caller, { measure, from, to, by: by ?? [], filter: filter ?? null });
    const { clientId, organization, purposeOfUse, resourceType, ruleId, scope } = filter ?? {};
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

export const statsResolvers = [StatsResolver, notesOf(Stats)];
