import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import {
  type SampledAccess as DomainAccess,
  type WeeklySample as DomainSample,
  type MissedEstimate as Estimate,
  missedOf,
  type SampleVerdict,
  WEEK_MS,
} from "../domain/monitoring/samples/weeklySample.ts";
import { actor } from "./callers.ts";
import { viewerMayOf } from "./cases.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionOf } from "./decisionOf.ts";
import { Decision } from "./decisions.ts";
import { SampleVerdictEnum } from "./enums.ts";
import { id, int, number, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { DateTime } from "./scalars.ts";

const accessOf = (access: DomainAccess) => {
  const { decisionId, id, judged } = access;
  return {
    ...{ id, decisionId },
    verdict: judged?.verdict ?? null,
    judgedAt: judged?.at ?? null,
    judgedBy: judged?.by ?? null,
    text: judged?.text ?? null,
  };
};
type PrintedAccess = ReturnType<typeof accessOf>;

const SampledAccess = objectType<PrintedAccess>(
  "SampledAccess",
  "An access of a weekly sample. Whose access or whose record it was does not judge it.",
  {
    id: id("Its id."),
    decisionId: id("Its decision."),
    verdict: oneOf(SampleVerdictEnum).orNull("What was found; null: nobody has judged it."),
    judgedAt: time.orNull("When it was judged; null: it is not."),
    judgedBy: actor.orNull("Who judged it; null: nobody yet."),
    text: text.orNull("What whoever judged it says of it."),
  },
);

@Resolver(() => SampledAccess)
class SampledAccessFields {
  @FieldResolver(() => Decision, {
    nullable: true,
    description: "The decision: to an auditor as it is, to a reviewer under pseudonyms; null: it is no more.",
  })
  async decision(@Root() { decisionId }: PrintedAccess, @Ctx() { caller, domain }: GraphqlContext) {
    const found = await domain.samples.decision(caller, decisionId);
    return found === null ? null : decisionOf(found);
  }

  @FieldResolver(() => Int, { description: "The revision of the policy now; samples do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const MissedEstimate = objectType<Estimate>(
  "MissedEstimate",
  "How much of what nothing explains and nobody is told of should not have been, as far as a sample tells.",
  {
    judged: int("How many were judged so that they count."),
    notJustified: int("How many of them should not have been."),
    share: number("The share of these, from 0 to 1."),
    low: number("Where the 95 % interval of the share begins (Wilson)."),
    high: number("Where it ends."),
  },
);

const sampleOf = (sample: DomainSample) => {
  const { accesses, drawnAt, from, population } = sample;
  const missed = missedOf(sample);
  return { from, to: from + WEEK_MS, at: drawnAt, population, accesses: accesses.map(accessOf), missed };
};

const WeeklySample = objectType<ReturnType<typeof sampleOf>>(
  "WeeklySample",
  "Accesses of one week, at most twenty, drawn at random from all that nothing explained and nobody was alerted to. Their verdicts are the only estimate of what watching misses.",
  {
    from: time("When the week begins: a Monday, 00:00 UTC."),
    to: time("When it ends."),
    at: time("When it was drawn."),
    population: int("From how many accesses it was drawn."),
    accesses: of(SampledAccess).list("Those that were drawn, in random order."),
    missed: of(MissedEstimate).orNull("What comes of those that were judged; null: none was."),
  },
);

@Resolver(() => WeeklySample)
class WeeklySampleFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now; samples do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const WEEK = "A time in the week, which begins on Monday at 00:00 UTC.";

@Resolver()
class WeeklySampleResolver {
  @Query(() => WeeklySample, {
    nullable: true,
    description:
      "The sample of a week; null: nobody has had it drawn. BAD_USER_INPUT for a week that is not over, or began more than 24 weeks ago, unless it was drawn.",
  })
  async weeklySample(
    @Arg("week", () => DateTime, { description: WEEK }) week: number,
    @Ctx() { domain }: GraphqlContext,
  ) {
    const found = await domain.samples.ofWeek(week);
    return found === null ? null : sampleOf(found);
  }

  @Mutation(() => WeeklySample, {
    description:
      "Draws the sample of a week, once, which is put on record: its accesses wait to be judged from then on, and everybody sees the same. One that is drawn already is the answer as it is. BAD_USER_INPUT as for `weeklySample`; JOURNAL_UNAVAILABLE where not all is watched yet.",
  })
  async drawWeeklySample(
    @Arg("week", () => DateTime, { description: WEEK }) week: number,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return sampleOf(await domain.samples.draw(caller, week));
  }

  @Mutation(() => SampledAccess, {
    description:
      "Says what was found of an access in a weekly sample, once and for all. FORBIDDEN to whose access or record it was, by whatever key, and to who does not say who they are; CONFLICT where it is judged.",
  })
  async judgeSample(
    @Arg("id", () => ID, { description: "The id of the sampled access." }) given: string,
    @Arg("verdict", () => SampleVerdictEnum, { description: "What was found." }) verdict: SampleVerdict,
    @Arg("text", () => String, { description: "In words, in 1 to 2000 characters; kept on record." }) said: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return accessOf(await domain.samples.judge(caller, { id: given, verdict, text: said }));
  }
}

export const weeklySampleResolvers = [
  viewerMayOf(SampledAccess, "SAMPLE"),
  SampledAccessFields,
  WeeklySampleFields,
  WeeklySampleResolver,
];
