import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { seesAccesses } from "../domain/callers/permissions.ts";
import type { ReviewVerdict } from "../domain/monitoring/reviews/campaign.ts";
import type { StartReviewCampaignInput } from "../domain/monitoring/reviews/campaignInput.ts";
import type { ReduceToInput as Reduction } from "../domain/monitoring/reviews/decisionInput.ts";
import type { ItemState } from "../domain/monitoring/reviews/itemKind.ts";
import type { ReportFormat, ReviewReport } from "../domain/monitoring/reviews/report.ts";
import type { CampaignFilter } from "../domain/monitoring/reviews/store.ts";
import { viewerMayOf } from "./cases.ts";
import { CasePageArgs, casePageRequest, toCaseConnection, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { CampaignStateEnum, ReportFormatEnum, ReviewItemStateEnum, ReviewVerdictEnum } from "./enums.ts";
import { flag, oneOf } from "./graphqlTypes.ts";
import { itemFields } from "./itemFields.ts";
import { listOf } from "./lists.ts";
import {
  type PrintedCampaign,
  type PrintedItem,
  printedCampaign,
  printedFigures,
  printedItem,
  ReduceToInput,
  ReviewCampaignConnection,
  ReviewCampaignType,
  ReviewerFiguresType,
  ReviewItemConnection,
  ReviewItemType,
  ReviewReportType,
  StartReviewCampaign,
} from "./reviewTypes.ts";
import { DateTime, Json, PositiveInt, REVIEW_ITEMS, ReviewItemCursor } from "./scalars.ts";

const CAMPAIGN_ID = { description: "The campaign's id." };
const MOST_ITEMS = 200;

@Resolver(() => ReviewItemType)
class ReviewItemFields {
  @FieldResolver(() => Json, {
    description:
      "The operations that would undo its removal or reduction on the policy of now, for `proposePolicy`; none for what is kept.",
  })
  inverse(@Root() { item }: PrintedItem, @Ctx() { domain }: GraphqlContext) {
    return domain.reviews.inverse(item);
  }

  @FieldResolver(() => Int, { description: "The revision of the policy now; deciding does not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

@Resolver(() => ReviewCampaignType)
class ReviewCampaignFields {
  @FieldResolver(() => ID, {
    nullable: true,
    description:
      "The alert because of which it was begun; null: there is none, or the caller sees no alerts, or not whom it is about.",
  })
  alertId(@Root() { campaign }: PrintedCampaign, @Ctx() { caller }: GraphqlContext): string | null {
    return seesAccesses(caller) ? campaign.alertId : null;
  }

  @FieldResolver(() => ReviewItemConnection.type, {
    description: "Its items, in a fixed order: all were listed, and are due, at one time.",
  })
  async items(
    @Root() { id }: PrintedCampaign,
    @Arg("first", () => PositiveInt, {
      nullable: true,
      defaultValue: 50,
      description: `How many at most, from 1: more than ${MOST_ITEMS} counts as ${MOST_ITEMS}.`,
    })
    first: number | null | undefined,
    @Arg("after", () => ReviewItemCursor, { nullable: true, description: "Only items after this `cursor`." })
    after: string | null | undefined,
    @Arg("states", () => [ReviewItemStateEnum], {
      nullable: true,
      description: "Only those that stand in one of these. Absent: all.",
    })
    states: readonly ItemState[] | null | undefined,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const page = { first: Math.min(first ?? 50, MOST_ITEMS), after: after ?? null };
    const found = await domain.reviews.items(caller, { campaignId: id, states: states ?? undefined, page });
    const { edges, ...rest } = toConnection(REVIEW_ITEMS, page, found, printedItem);
    return { ...rest, total: found.total, edges: loaders.inParts(edges, itemFields(info)) };
  }

  @FieldResolver(() => [ReviewerFiguresType], {
    description: "How each of its reviewers has decided so far, whoever decided most first.",
  })
  async figures(@Root() { id }: PrintedCampaign, @Ctx() { domain }: GraphqlContext) {
    return (await domain.reviews.figures(id)).map(printedFigures);
  }
}

@Resolver()
class ReviewResolver {
  @Query(() => ReviewCampaignType, {
    nullable: true,
    description: "One access review as it is now; null when there is none of this id.",
  })
  async reviewCampaign(@Arg("id", () => ID, CAMPAIGN_ID) given: string, @Ctx() { caller, domain }: GraphqlContext) {
    const found = await domain.reviews.find(caller, given);
    return found === null ? null : printedCampaign(found);
  }

  @Query(() => ReviewReportType, {
    description:
      "An access review as a file: who certified what, and how its reviewers went about it. It never changes once the review is over. NOT_FOUND if there is no such campaign.",
  })
  reviewReport(
    @Arg("id", () => ID, CAMPAIGN_ID) given: string,
    @Arg("format", () => ReportFormatEnum, { defaultValue: "JSON", description: "As what." }) format: ReportFormat,
    @Ctx() { domain }: GraphqlContext,
  ): Promise<ReviewReport> {
    return domain.reviews.report(given, format);
  }

  @Mutation(() => ReviewCampaignType, {
    description:
      "Begins an access review: lists access as of now with its evidence. BAD_USER_INPUT, with paths from `input`, also where nothing is selected, and where 50 are open; LIMIT_EXCEEDED beyond 2,000 items; CONFLICT where the policy goes on changing meanwhile.",
  })
  async startReviewCampaign(
    @Arg("input", () => StartReviewCampaign, { description: "What is reviewed, by whom, and until when." })
    input: StartReviewCampaignInput,
    @Arg("dryRun", () => Boolean, {
      nullable: true,
      defaultValue: false,
      description:
        "True: keeps nothing, and says how it would begin, such as with how many items. None of them is listed.",
    })
    dryRun: boolean | null,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return printedCampaign(await domain.reviews.start(caller, input, { dryRun: dryRun === true }));
  }

  @Mutation(() => ReviewItemType, {
    description:
      "Says what is to become of one item, once and for all. FORBIDDEN for one's own access, by whatever key, to who does not say who they are, and to whom the item is not for; CONFLICT where it is decided, or nobody decides any more.",
  })
  async decideReviewItem(
    @Arg("id", () => ID, { description: "The item's id." }) given: string,
    @Arg("verdict", () => ReviewVerdictEnum, { description: "KEEP, REMOVE or REDUCE." }) verdict: ReviewVerdict,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept on record." }) reason: string,
    @Arg("reduceTo", () => ReduceToInput, {
      nullable: true,
      description: "Of REDUCE: to what. Absent: to what the advice proves.",
    })
    reduceTo: Reduction | null | undefined,
    @Arg("exceptUntil", () => DateTime, {
      nullable: true,
      description: "Of KEEP: until when it may stand unused, at most 400 days, as what is used in its season alone.",
    })
    exceptUntil: number | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return printedItem(await domain.reviews.decide(caller, { id: given, verdict, reason, reduceTo, exceptUntil }));
  }

  @Mutation(() => ReviewCampaignType, {
    description:
      "Takes the next step to the end. Once all is decided, or the time is over, all that is to go becomes one proposal, replayed, what nobody decided included; somebody else approves it. Once that is applied, or rejected with a reason, the campaign is over; the service sees to that by itself, too. CONFLICT, naming what it waits for; FORBIDDEN to who does not say who they are, unless what it proposed was applied or rejected.",
  })
  async closeReviewCampaign(
    @Arg("id", () => ID, CAMPAIGN_ID) given: string,
    @Arg("reason", () => String, {
      nullable: true,
      description: "Why, in 1 to 2000 characters, as the proposal's reason. Absent: that of the campaign.",
    })
    reason: string | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return printedCampaign(await domain.reviews.close(caller, { id: given, reason }));
  }
}

const campaignList = listOf<CampaignFilter, CasePageArgs>(
  {
    name: "reviewCampaigns",
    description: "Access reviews.",
    connection: ReviewCampaignConnection.type,
    filter: {
      type: "ReviewCampaignFilter",
      description: "Narrows a list of access reviews; all that is given must hold.",
      members: {
        states: oneOf(CampaignStateEnum).list("Which stand in one of these."),
        overdue: flag("Whether they are open, and due, and not all of them is decided."),
      },
    },
  },
  CasePageArgs,
  async ({ caller, domain }, filter, args) => {
    const request = casePageRequest("reviewCampaigns", args);
    const page = await domain.reviews.page(caller, { filter, page: request });
    return toCaseConnection("reviewCampaigns", request, page, printedCampaign);
  },
);

export const reviewResolvers = [
  viewerMayOf(ReviewCampaignType, "REVIEW_CAMPAIGN"),
  viewerMayOf(ReviewItemType, "REVIEW_ITEM"),
  ReviewItemFields,
  ReviewCampaignFields,
  ReviewResolver,
  campaignList,
  ReviewCampaignConnection.resolver,
  ReviewItemConnection.resolver,
];
