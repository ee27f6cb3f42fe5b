import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, Info, Resolver, Root } from "type-graphql";
import type { KeptFinding } from "../domain/monitoring/watch/keptFinding.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionOf } from "./decisionOf.ts";
import { Decision } from "./decisions.ts";
import { AlertRankEnum, DetectorCodeEnum, SeverityEnum } from "./enums.ts";
import { flag, id, int, objectType, oneOf, text, time } from "./graphqlTypes.ts";
import { itemFields } from "./itemFields.ts";
import { PositiveInt } from "./scalars.ts";

/** A finding as it is printed. */
export const findingOf = (finding: KeptFinding) => {
  const { at, clientId, decisionId, detector, evidence, points, sentence, severity, shadow, storyId, subject } =
    finding;
  const { audience, since } = finding;
  return {
    ...{
      id: finding.id,
      detector,
      decisionId,
      at,
      rank: finding.rank,
      severity,
      points,
      sentence,
      evidence,
      since,
      clientId,
    },
    forOperations: audience === "OPERATIONS",
    subjectId: subject?.id ?? null,
    subjectType: subject?.type ?? null,
    patients: finding.patients,
    shadow,
    suppressed: finding.suppressed,
    storyId,
  };
};

export const Finding = objectType<ReturnType<typeof findingOf>>(
  "Finding",
  "What a detector found unusual about one decision.",
  {
    id: id("Its id: of the decision, the detector and which of its parties it is about."),
    detector: oneOf(DetectorCodeEnum)("Which detector found it."),
    decisionId: id("The decision."),
    at: time("When that was made."),
    rank: oneOf(AlertRankEnum)("How soon to look at it."),
    severity: oneOf(SeverityEnum)("How much it matters."),
    points: int("What it adds to its story."),
    sentence: text("What is unusual, against what. To a reviewer patients have pseudonyms in it."),
    evidence: id.list("Other decisions that it rests on, the newest first."),
    since: time.orNull("Of something that was counted: decisions from then on are evidence too."),
    forOperations: flag("Whether it tells of a mistake, to those who run the client; it is in no story."),
    clientId: id("The client of the decision."),
    subjectId: id.orNull("For whom it acted; null: for itself."),
    subjectType: text.orNull("The subject's type."),
    patients: id.list("Whose data it was about; to a reviewer stable pseudonyms."),
    shadow: flag("Whether its detector was in SHADOW, so that it makes no alert."),
    suppressed: flag("Whether alerts of it were suppressed, so that it makes none."),
    storyId: id.orNull("The story that it is part of, which has this id as an alert too, once it is one; null: none."),
  },
);

const MOST_DECISIONS = 20;

@Resolver(() => Finding)
export class FindingFields {
  @FieldResolver(() => [Decision], {
    description:
      "The decision that it is about, then those in `evidence`: to an auditor as they are, to a reviewer under pseudonyms and without those that name its subject otherwise than it does. LIMIT_EXCEEDED where all findings of an answer rest on more than 500; FORBIDDEN to who is neither.",
  })
  async decisions(
    @Root() { decisionId, evidence, id, subjectId }: ReturnType<typeof findingOf>,
    @Arg("first", () => PositiveInt, {
      nullable: true,
      defaultValue: 5,
      description: `How many at most, 1 or more; more than ${MOST_DECISIONS} there are not.`,
    })
    first: number | null | undefined,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const asked = { id, decisionId, evidence, subjectId, first: Math.min(first ?? 5, MOST_DECISIONS) };
    const found = await loaders.batched("Finding.decisions", asked, (findings: readonly (typeof asked)[]) =>
      domain.findingDecisions(caller, findings),
    );
    return loaders.inParts(loaders.counted(found.map(decisionOf)), itemFields(info));
  }
}
