import { observedText } from "../domain/monitoring/reviews/advice.ts";
import type {
  Campaign,
  ReduceTo,
  ReviewAdvice,
  SeenEvidence,
  SeenItem,
} from "../domain/monitoring/reviews/campaign.ts";
import { verdictOf } from "../domain/monitoring/reviews/campaign.ts";
import type { StartReviewCampaignInput } from "../domain/monitoring/reviews/campaignInput.ts";
import type { ReduceToInput as Reduction } from "../domain/monitoring/reviews/decisionInput.ts";
import type { ReviewReport } from "../domain/monitoring/reviews/report.ts";
import type { ReviewerFigures } from "../domain/monitoring/reviews/reviewerFigures.ts";
import { actor, actorOrNull } from "./callers.ts";
import { caseConnectionOf } from "./connections.ts";
import { CampaignStateEnum, ReviewKindEnum, ReviewOutcomeEnum, ReviewVerdictEnum } from "./enums.ts";
import { HIDDEN } from "./fewPatients.ts";
import { flag, id, inputType, int, number, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";

export const StartReviewCampaign = inputType<StartReviewCampaignInput>(
  "StartReviewCampaignInput",
  "An access review that is to begin. All given members of `role`, `clientId`, `organization`, `unusedForDays` and `alertId` must hold; at least one is given.",
  {
    title: text("What it is about, in 1 to 200 characters."),
    role: text.orNull("Assignments of this role, by its own name."),
    clientId: id.orNull("Grants to this client, and the roles that it holds itself."),
    organization: text.orNull(
      "Assignments that hold in this organization, those that hold in all (`*`) included; no grants, which have none.",
    ),
    unusedForDays: int.orNull(
      "What nobody used for so many days, 1 to 400. Nothing is called unused that was there, or observed, for less.",
    ),
    alertId: id.orNull(
      "The access of whom this alert is about: the roles of its subject, else the roles and grants of its client; then without `clientId`. For who may judge the alert.",
    ),
    reviewers: text.listOrNull(
      "The ids of the people who decide, as their keys or tokens say them; at most 100. Absent: whoever holds the role.",
    ),
    dueAt: time("Until when the reviewers decide: in the future, at most 400 days from now."),
    fallbackReviewer: id.orNull(
      "To whom goes what is undecided when it is due, and the reviewers' own access at once: none of them. Absent: to nobody.",
    ),
    until: time.orNull(
      "Until when the fallback reviewer decides. Absent: for 7 days from `dueAt`; without one, until `dueAt`.",
    ),
    repeatEveryDays: int.orNull("It begins anew after so many days, 1 to 400, each time on the access of then."),
    repeatUntil: time.orNull("Until when it begins anew, at most 5 years from now; given if `repeatEveryDays` is."),
    reason: text("Why, in 1 to 2000 characters; kept on record."),
  },
);

export const ReduceToInput = inputType<Reduction>(
  "ReduceToInput",
  "To what access is reduced; one member at least is given.",
  {
    scopes: text.listOrNull("Of a SMART grant: narrower scopes in its place, for as long as it holds."),
    organizations: text.listOrNull("Of a role in all organizations: in these instead."),
    validUntil: time.orNull("An earlier end, in the future."),
  },
);

const ReduceToType = objectType<ReduceTo>("ReduceTo", "To what access is reduced.", {
  scopes: text.listOrNull("Scopes in the place of the grant; null: the same."),
  organizations: text.listOrNull("Organizations in the place of all; null: the same."),
  validUntil: time.orNull("An earlier end; null: the same."),
});

const SmallerSetType = objectType<NonNullable<SeenEvidence["smaller"]>>(
  "ReviewSmallerSet",
  "What of a grant would do for all that the client was allowed in the window, proven by deciding each access again.",
  {
    scopes: text.list("The grant itself: nothing smaller would do. None: other grants of the client serve as well."),
    checked: int.orNull(
      `How many accesses of the client were decided again; none came out otherwise. To who is no auditor rounded down to ten.${HIDDEN}`,
    ),
    complete: flag("False: there were more than 1,000, and the newest were looked at."),
  },
);

const Advice = objectType<ReviewAdvice>("ReviewAdvice", "What the evidence speaks for.", {
  verdict: oneOf(ReviewVerdictEnum)("KEEP, REMOVE or REDUCE."),
  to: of(ReduceToType).orNull("Of REDUCE: to what. `decideReviewItem` without `reduceTo` takes it."),
  formula: text("The figures that it follows from."),
});

/** What is shown of an item as it is kept; the rest is resolved with the resolvers. */
export const printedItem = (item: SeenItem) => {
  const { access, advice, decision, evidence, outcome } = item;
  return {
    id: item.id,
    campaignId: item.campaignId,
    ...access,
    uses: evidence.uses,
    lastUsedAt: evidence.lastUsedAt,
    few: evidence.few,
    observed: observedText(evidence),
    observedDays: evidence.observedDays,
    windowDays: evidence.windowDays,
    usedIn: evidence.usedIn,
    usedInCount: evidence.usedInCount,
    assignedAt: evidence.assigned?.at ?? null,
    assignedBy: actorOrNull(evidence.assigned?.by),
    assignedReason: evidence.assigned?.reason ?? null,
    assignedRevision: evidence.assigned?.revision ?? null,
    smaller: evidence.smaller,
    exceptedUntil: evidence.exceptUntil,
    advice,
    verdict: verdictOf(item),
    reduceTo: decision?.to ?? null,
    exceptUntil: decision?.exceptUntil ?? null,
    reason: decision?.reason ?? null,
    decidedAt: decision?.at ?? null,
    decidedBy: decision?.by ?? null,
    outcome: outcome?.is ?? null,
    outcomeNote: outcome?.note ?? null,
    item,
  };
};
export type PrintedItem = ReturnType<typeof printedItem>;

export const ReviewItemType = objectType<Omit<PrintedItem, "item">>(
  "ReviewItem",
  "One row of an access list, with what was known of it when the campaign began. Counts are of allowed accesses.",
  {
    id: id("Its id, for `decideReviewItem`."),
    campaignId: id("The campaign's id."),
    kind: oneOf(ReviewKindEnum)("A role that is held, or a scope that is granted."),
    subjectId: id.orNull("Who holds the role; null of grants, and of roles of clients."),
    subjectType: text.orNull("The subject's type."),
    clientId: id.orNull("The client that is granted the scope, or holds the role itself."),
    role: text.orNull("The role; null of grants."),
    organization: text.orNull("Where it is held; `*`: in all. Null of grants."),
    scope: text.orNull("The scope that is granted; null of roles."),
    validFrom: time.orNull("From when; null: always."),
    validUntil: time.orNull("Until when; null: without end."),
    uses: int.orNull(
      "How often it was used in the window; to who is no auditor rounded down to ten. Uses that can't be told apart count: a rule that is there no more, an organization that was not named. Null: of few patients, or of a holder whom the directory did not know as staff.",
    ),
    lastUsedAt: time.orNull(
      "When it was last used, in the last 400 days; to who is no auditor the day, and never of a holder whom the directory did not know as staff. Null: it was not.",
    ),
    few: flag(
      "Whether evidence is left out, which only auditors see: it is of 1 to 10 patients, or of a holder whom the directory did not know as staff, and who may be a patient.",
    ),
    observed: text(
      "For how long it was observed, such as `observed 12 of 90 days`: it was there, and decisions are on record.",
    ),
    observedDays: int("The days of the window in which it was observed."),
    windowDays: int("The days of the window."),
    usedIn: text.listOfNullable(
      "Of a role, the organizations in which it was used, the first 20 of them; null: none was named.",
    ),
    usedInCount: int.orNull(
      "In how many it was used; beyond 1,000, organizations that nobody was ever assigned to count as one. Null: see `few`.",
    ),
    assignedAt: time.orNull("When it was given as it stands."),
    assignedBy: actor.orNull("Who gave it, as it stands."),
    assignedReason: text.orNull("Why, as that change says."),
    assignedRevision: int.orNull("The revision with which it was given as it stands."),
    smaller: of(SmallerSetType).orNull(
      "What of a grant that was used would do; null: it was not looked for, or could not be proven.",
    ),
    exceptedUntil: time.orNull("Until when an earlier campaign lets it stand unused; null: none does."),
    advice: of(Advice).orNull("What the evidence speaks for; null: for nothing."),
    verdict: oneOf(ReviewVerdictEnum)("What was decided; UNDECIDED until then."),
    reduceTo: of(ReduceToType).orNull("Of REDUCE: to what."),
    exceptUntil: time.orNull("Of KEEP: until when it may stand unused."),
    reason: text.orNull("Why it was decided so."),
    decidedAt: time.orNull("When it was decided."),
    decidedBy: actor.orNull("Who decided it; null: nobody yet."),
    outcome: oneOf(ReviewOutcomeEnum).orNull("What became of it; null until the campaign is over."),
    outcomeNote: text.orNull("Why the proposal was rejected; or in which way what was removed is held still."),
  },
);

/** What is shown of a campaign as it is kept. */
export const printedCampaign = (campaign: Campaign) => {
  const { clientId, closed, decided, dueAt, fallbackReviewer, items, leftOut } = campaign;
  const { organization, policyRevision, proposalId, reason, repeatEveryDays, repeatUntil } = campaign;
  const { follows, reviewers, role, state, subjectId, subjectType, title, unusedForDays, windowDays } = campaign;
  return {
    id: campaign.id,
    state,
    title,
    reason,
    ...{ role, clientId, subjectId, subjectType, organization, unusedForDays, windowDays },
    ...{ reviewers, fallbackReviewer, dueAt, repeatEveryDays, repeatUntil },
    ...{ at: campaign.startedAt, by: campaign.startedBy, until: campaign.endsAt },
    follows,
    policyRevision,
    itemCount: items,
    leftOut,
    decided,
    undecided: items - decided,
    proposalId,
    closedAt: closed?.at ?? null,
    reportSha256: closed?.reportSha256 ?? null,
    campaign,
  };
};
export type PrintedCampaign = ReturnType<typeof printedCampaign>;

export const ReviewCampaignType = objectType<Omit<PrintedCampaign, "campaign">>(
  "ReviewCampaign",
  "An access review: the access list as of its start, each row of which somebody decides about.",
  {
    id: id("Its id."),
    state: oneOf(CampaignStateEnum)("Where it stands."),
    title: text("What it is about."),
    reason: text("Why it was begun."),
    role: text.orNull("The role that it is about; null: any."),
    clientId: id.orNull("The client that it is about; null: any."),
    subjectId: id.orNull("The subject that it is about; null: any, or the caller may not see whom."),
    subjectType: text.orNull("The type of this subject."),
    organization: text.orNull("The organization that it is about; null: any."),
    unusedForDays: int.orNull("For how many days its items were not used; null: used or not."),
    windowDays: int("The window in which uses are counted, in days until its start."),
    reviewers: text.list("The ids of the people who decide; none: whoever holds the role."),
    fallbackReviewer: id.orNull("Who decides from `dueAt` on."),
    at: time("When it was begun: what is listed, and its evidence, is of then."),
    by: actor("Who began it; the caller `scopewarden:reviews` if it began anew by itself."),
    dueAt: time("Until when the reviewers decide."),
    until: time("From when nobody decides any more."),
    repeatEveryDays: int.orNull("After how many days it begins anew; null: it does not."),
    repeatUntil: time.orNull("Until when it begins anew."),
    follows: id.orNull("The campaign that it repeats."),
    policyRevision: int("The revision of the policy as of which the access list is."),
    itemCount: int("How many items there are."),
    leftOut: int(
      "Rows of the access list that are no items: they were used, were not observed for long enough, or are excepted.",
    ),
    decided: int("How many items are decided."),
    undecided: int("How many items nobody has decided."),
    proposalId: id.orNull("The proposal of what is to go; null: there is none yet, or nothing had to go."),
    closedAt: time.orNull("When it was over; null: it is not."),
    reportSha256: text.orNull("Of one that is over, the SHA-256 of its report as JSON, which is on record."),
  },
);

export const ReviewReportType = objectType<ReviewReport>("ReviewReport", "An access review as a file.", {
  fileName: text("What to call it."),
  mediaType: text("What it is."),
  text: text("What stands in it."),
  sha256: text("The SHA-256 of `text` in UTF-8, in lower-case hexadecimal."),
});

export const ReviewItemConnection = caseConnectionOf("ReviewItem", "items of an access review", ReviewItemType);
export const ReviewCampaignConnection = caseConnectionOf("ReviewCampaign", "access reviews", ReviewCampaignType);

/** How somebody reviewed, for `ReviewCampaign.figures`. */
export const printedFigures = ({ callerId, person: _, ...figures }: ReviewerFigures) => ({
  ...figures,
  by: { callerId },
});
export const ReviewerFiguresType = objectType<ReturnType<typeof printedFigures>>(
  "ReviewerFigures",
  "How somebody reviewed: a reviewer who keeps all, in bulk, against advice, has not looked.",
  {
    by: actor("Who decided."),
    decided: int("How many items they decided."),
    kept: int("How many they kept."),
    removed: int("How many they removed."),
    reduced: int("How many they reduced."),
    shareKept: number("Kept of decided, from 0 to 1."),
    inBulk: int("How many they decided within 3 seconds of the one before."),
    medianSeconds: number.orNull(
      "The median of their pauses between two decisions, those beyond half an hour left out; null: there is none.",
    ),
    againstAdvice: int("How many they decided otherwise than advised."),
    withAdvice: int("For how many there was advice."),
  },
);
