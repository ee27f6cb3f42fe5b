import type { GraphQLResolveInfo } from "graphql";
import { Arg, ArgsType, Ctx, Field, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { NewEntity } from "../domain/directory/entity.ts";
import type { Domain } from "../domain/domain.ts";
import {
  type AlertFilter,
  type AlertOrder,
  type Alert as DomainAlert,
  type AlertSuppression as DomainSuppression,
  type FindingFilter,
  personOf,
  stateOf,
} from "../domain/monitoring/alerts/alert.ts";
import type { ShownViewer } from "../domain/monitoring/alerts/alerts.ts";
import type { SuppressAlertsInput as Suppressing } from "../domain/monitoring/alerts/suppressing.ts";
import type { AlertCause, AlertVerdict, WithheldResponse as WithheldRow } from "../domain/monitoring/watch/story.ts";
import { actor, actorOrNull } from "./callers.ts";
import { viewerMayOf } from "./cases.ts";
import {
  caseConnectionOf,
  connectionOf,
  numberedPageRequest,
  PageArgs,
  pageRequest,
  toConnection,
} from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionOf } from "./decisionOf.ts";
import { DecisionConnection } from "./decisions.ts";
import {
  AlertCauseEnum,
  AlertOrderEnum,
  AlertRankEnum,
  AlertResponseEnum,
  AlertStateEnum,
  AlertVerdictEnum,
  DetectorCodeEnum,
  InquiryStateEnum,
  SeverityEnum,
  WithheldBecauseEnum,
} from "./enums.ts";
import { Finding, FindingFields, findingOf } from "./findings.ts";
import { flag, id, inputType, int, json, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { Inquiry, inquiryPrinted, textsOf } from "./inquiries.ts";
import { itemFields } from "./itemFields.ts";
import { listOf } from "./lists.ts";
import { Restriction, restrictionPrinted, restrictionTexts } from "./restrictions.ts";
import { printedCampaign, ReviewCampaignType } from "./reviewTypes.ts";
import { DateTime } from "./scalars.ts";

const FIRST_DECISIONS = "How many at most, from 1 to 200: less counts as 1, and more as 200.";
const ID_OF = { description: "The alert's id." };

const printedOf = (domain: Pick<Domain, "alerts">, alert: DomainAlert) => {
  const { count, detectors, firstAt, lastAt, patient, points, severity } = alert;
  const subject = personOf(alert);
  const { acknowledged, closed, openedAt, replaced, withheld } = alert.alert;
  return {
    ...{ id: alert.id, detectors, points, severity, patient, clientId: alert.clientId, count, firstAt, lastAt },
    state: stateOf(alert),
    rank: alert.rank,
    earlierId: alert.earlierId,
    partOfId: alert.partOfId,
    correctedVerdicts: replaced.map(({ takenBackAt = null, ...verdict }) => ({ ...verdict, takenBackAt })),
    title: domain.alerts.title(alert),
    subjectId: subject?.id ?? null,
    subjectType: subject?.type ?? null,
    at: openedAt,
    acknowledgedAt: acknowledged?.at ?? null,
    acknowledgedBy: acknowledged?.by ?? null,
    closedAt: closed?.at ?? null,
    closedBy: closed?.by ?? null,
    verdict: closed?.verdict ?? null,
    cause: closed?.cause ?? null,
    text: closed?.text ?? null,
    withheld,
    alert,
  };
};
type Printed = ReturnType<typeof printedOf>;

const WithheldResponse = objectType<WithheldRow>(
  "WithheldResponse",
  "That the service did not restrict access by itself because of an alert. A reviewer may.",
  {
    response: oneOf(AlertResponseEnum)("In which way."),
    because: oneOf(WithheldBecauseEnum)("Why not."),
    at: time("When it would have."),
  },
);

type CorrectedRow = Printed["correctedVerdicts"][number];
const CorrectedVerdict = objectType<CorrectedRow>(
  "CorrectedVerdict",
  "What somebody said of an alert, before it was corrected or taken back.",
  {
    verdict: oneOf(AlertVerdictEnum)("What had come out."),
    cause: oneOf(AlertCauseEnum).orNull("What it was, or what made it look unusual; null: it was not said."),
    text: text("What whoever gave it said."),
    at: time("When it was given."),
    by: actor("Who gave it."),
    takenBackAt: time.orNull("When whoever gave it took it back; null: it was corrected."),
  },
);

const Alert = objectType<Omit<Printed, "alert">>(
  "Alert",
  "What was found of one client, person or patient in a week, and came to enough points that people are to look at it; with all that was found of the same matter since, as long as it is open.",
  {
    id: id("Its id."),
    state: oneOf(AlertStateEnum)("Where it stands."),
    detectors: oneOf(DetectorCodeEnum).list("Which detectors found it, in the order in which they did."),
    rank: oneOf(AlertRankEnum)("How soon to look at it: the highest of its findings. `alerts` lists by it."),
    points: int("What its findings come to in the week in which most was found."),
    severity: oneOf(SeverityEnum)("The highest of its findings."),
    title: text("What it is about, in a few words that name nobody."),
    patient: id.orNull(
      "The patient of all its decisions, to a reviewer a stable pseudonym; null: they differ, or have none.",
    ),
    clientId: id.orNull("The client of all its decisions; null: they differ."),
    subjectId: id.orNull(
      "For whom clients acted in all of them; null: they differ, there is nobody, or it is about a patient: `viewers` are who saw that one.",
    ),
    subjectType: text.orNull("The subject's type."),
    count: int("Decisions with findings."),
    firstAt: time("When the first of them was made."),
    lastAt: time("When the last of them was made."),
    earlierId: id.orNull(
      "The alert about the same matter that was closed, and began within the 30 days before it; null: there is none.",
    ),
    partOfId: id.orNull(
      "The open alert about its patient, of whose viewers this person is one; null: none, or this one is HIGH. It is listed behind the others.",
    ),
    at: time("When the decision was made that brought it to enough points."),
    acknowledgedAt: time.orNull("When somebody said that they look into it; null: nobody has."),
    acknowledgedBy: actor.orNull("Who looks into it; null: nobody said so."),
    closedAt: time.orNull("When its verdict was given; null: it is not closed."),
    closedBy: actor.orNull("Who closed it; null: it is not closed."),
    verdict: oneOf(AlertVerdictEnum).orNull("What came out; null: it is not closed."),
    cause: oneOf(AlertCauseEnum).orNull(
      "What it was, or what made it look unusual; null: it is not closed, or it was not said.",
    ),
    text: text.orNull("What whoever closed it says of it."),
    correctedVerdicts: of(CorrectedVerdict).list(
      "The verdicts before this one, the oldest first: each was corrected by the next, or taken back.",
    ),
    withheld: of(WithheldResponse).list(
      "What the policy has the service impose by itself because of it, and the service did not.",
    ),
  },
);

const viewerOf = ({ inquiry, subject, ...rest }: ShownViewer) => ({
  ...rest,
  subjectId: subject.id,
  subjectType: subject.type,
  inquiryState: inquiry?.state ?? null,
  askedAt: inquiry?.askedAt ?? null,
});
const AlertViewer = objectType<ReturnType<typeof viewerOf>>(
  "AlertViewer",
  "Somebody who saw the patient of an alert in its time.",
  {
    subjectId: id("Who."),
    subjectType: text("Their type."),
    accesses: int("How often."),
    unexplained: int("How many of these nothing explains."),
    lastAt: time("The last time."),
    alertId: id.orNull("Their own open alert about this patient; null: there is none, or they have a pseudonym in it."),
    inquiryState: oneOf(InquiryStateEnum).orNull(
      "Where the last question to them about this alert stands; null: they were not asked.",
    ),
    askedAt: time.orNull("When they were asked; null: they were not."),
  },
);

@Resolver(() => Alert)
class AlertFields {
  @FieldResolver(() => String, {
    description:
      "What to do next, in one sentence that names nobody. It changes with what was asked, answered and restricted.",
  })
  nextStep(@Root() { alert }: Printed, @Ctx() { domain, loaders }: GraphqlContext): Promise<string> {
    return loaders.batched("Alert.nextStep", alert, (alerts) => domain.alerts.nextSteps(alerts));
  }

  @FieldResolver(() => [AlertViewer], {
    description:
      "Of an alert about a patient who saw that patient in its time, those whom less explains first, 200 at most: but who is the patient, and to a reviewer who has a pseudonym there. Of another alert nobody.",
  })
  async viewers(@Root() { alert }: Printed, @Ctx() { caller, domain, loaders }: GraphqlContext) {
    const found = await loaders.once(`viewers ${alert.id}`, () => domain.alerts.viewersOf(caller, alert.id));
    return loaders.counted(found.map(viewerOf));
  }

  @FieldResolver(() => DecisionConnection, {
    description:
      "The decisions with its findings, newest first: to an auditor as they are, to a reviewer under pseudonyms. The newest alone; `findings`, narrowed by `alertId`, has them all.",
  })
  async decisions(
    @Root() { alert }: Printed,
    // Judged by nobody, so that an alert is not closed and then answered with an error.
    @Arg("first", () => Int, { nullable: true, defaultValue: 50, description: FIRST_DECISIONS })
    first: number | null | undefined,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const page = { first: Math.min(Math.max(first ?? 50, 1), 200), after: null };
    const found = await domain.alerts.decisions(caller, alert.id, page);
    const { edges, ...rest } = toConnection("alertDecisions", page, found, decisionOf);
    return { ...rest, edges: loaders.inParts(edges, itemFields(info)) };
  }

  @FieldResolver(() => [Finding], {
    description:
      "What was found, each with a sentence that says what is unusual and against what: those with the most points, twenty at most. The list `findings`, narrowed by `alertId`, has them all.",
  })
  async findings(
    @Root() { alert }: Printed,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const found = await loaders.once(`findings ${alert.id}`, () => domain.alerts.findingsOf(caller, alert.id, 20));
    return loaders.inParts(loaders.counted(found.map(findingOf)), itemFields(info));
  }

  @FieldResolver(() => PutEntityOffer, {
    nullable: true,
    description:
      "An item for `putEntities` that explains such accesses from then on: the patient as the directory has it, with this person among `referrals`. Null where the alert is not about one person's looks at one patient, and to a reviewer, to whom patients have pseudonyms.",
  })
  async relationToEnter(@Root() { alert }: Printed, @Ctx() { caller, domain }: GraphqlContext) {
    return domain.alerts.relationToEnter(caller, alert.id);
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      "Until when looks of this person at this patient make no alert because of this one: its verdict explains them, or a suppression was proposed. Null: they do.",
  })
  async quietUntil(@Root() { alert }: Printed, @Ctx() { domain }: GraphqlContext) {
    return domain.alerts.quietUntil(alert.id);
  }

  @FieldResolver(() => [Inquiry], {
    description:
      "What the person whom it is about was asked, newest first: the last twenty. Evidence, which closes nothing.",
  })
  async inquiries(
    @Root() { alert }: Printed,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const page = { first: 20, after: null, orderBy: "NEWEST" } as const;
    const printed = await loaders.once(`inquiries ${alert.id}`, async () => {
      const { items } = await domain.inquiries.page(caller, { filter: { alertId: alert.id }, page });
      return items.map(({ node }) => inquiryPrinted(node));
    });
    const fields = itemFields(info);
    // Their texts may stand in the answer under many names.
    for (const each of printed) loaders.weighed(textsOf(each) * fields);
    return loaders.inParts(loaders.counted(printed), fields);
  }

  @FieldResolver(() => [Restriction], {
    description: "How access was restricted because of it, newest first: the last twenty.",
  })
  async restrictions(
    @Root() { alert }: Printed,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const page = { first: 20, after: null, orderBy: "NEWEST" } as const;
    const printed = await loaders.once(`restrictions ${alert.id}`, async () => {
      const { items } = await domain.restrictions.page(caller, { filter: { alertId: alert.id }, page });
      return items.map(({ node }) => restrictionPrinted(node));
    });
    const fields = itemFields(info);
    // Their texts may stand in the answer under many names.
    for (const each of printed) loaders.weighed(restrictionTexts(each) * fields);
    return loaders.inParts(loaders.counted(printed), fields);
  }

  @FieldResolver(() => [ReviewCampaignType], {
    description: "The access reviews that were begun because of it, newest first: the last twenty.",
  })
  async reviews(@Root() { alert }: Printed, @Ctx() { caller, domain }: GraphqlContext) {
    return (await domain.reviews.ofAlert(caller, alert.id)).map(printedCampaign);
  }

  @FieldResolver(() => Int, { description: "The revision of the policy now; alerts do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const PutEntityOffer = objectType<NewEntity>(
  "PutEntityOffer",
  "An entity of the directory as `putEntities` takes it.",
  {
    type: text("Its type."),
    id: id("Its id."),
    properties: json.orNull("All that the directory would know of it."),
  },
);

const suppressionOf = (suppression: DomainSuppression) => {
  const { alertId, detector, ended, from, reason, until } = suppression;
  return {
    ...{ id: suppression.id, alertId, detector, from, until, reason },
    ...{ by: { callerId: suppression.by }, endedAt: ended?.at ?? null, endedBy: actorOrNull(ended?.by) },
  };
};

const AlertSuppression = objectType<ReturnType<typeof suppressionOf>>(
  "AlertSuppression",
  "That for a while nothing that is found of somebody makes an alert. Whom it is about is seen at its alert.",
  {
    id: id("Its id."),
    alertId: id("The alert that is about the same client, person or patient."),
    detector: oneOf(DetectorCodeEnum).orNull("Which detector's findings; null: those of all."),
    from: time("From decisions that were made then."),
    until: time("Until then, if it was not ended before."),
    by: actor("Who began it."),
    reason: text("Why, as whoever began it said."),
    endedAt: time.orNull("When somebody ended it before its time; null: nobody has."),
    endedBy: actor.orNull("Who ended it; null: nobody has."),
  },
);

@Resolver(() => AlertSuppression)
class AlertSuppressionFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now; suppressions do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const SuppressAlertsInput = inputType<Suppressing>("SuppressAlertsInput", "About whom no alert is made for a while.", {
  alertId: id("An alert that is about the client, person or patient."),
  detector: oneOf(DetectorCodeEnum).orNull("Only what this detector finds; absent: whatever is found."),
  until: time("Until then: later than now, and within 90 days."),
  reason: text("Why, in 1 to 2000 characters; kept on record."),
});

@Resolver()
class AlertResolver {
  @Query(() => Alert, { nullable: true, description: "One alert as it is now; null when there is none of this id." })
  async alert(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain, caller }: GraphqlContext) {
    const found = await domain.alerts.find(caller, given);
    return found === null ? null : printedOf(domain, found);
  }

  @Mutation(() => Alert, {
    description:
      "Says that the caller looks into an alert. FORBIDDEN to whom it is about, by whatever key, and to who does not say who they are; CONFLICT where somebody has said so already.",
  })
  async acknowledgeAlert(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain, caller }: GraphqlContext) {
    return printedOf(domain, await domain.alerts.acknowledge(caller, given));
  }

  @Mutation(() => Alert, {
    description:
      "Says what came out of an alert; what is found after it begins another. A verdict EXPECTED, or FALSE_POSITIVE with MISSING_RELATION, on one person's looks at one patient suppresses such looks for 30 days, but not under four eyes, nor by who is asked for a fresh sign-in. FORBIDDEN to whom it is about, by whatever key, and to who does not say who they are; CONFLICT where it is closed.",
  })
  async closeAlert(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("verdict", () => AlertVerdictEnum, { description: "What came out." }) verdict: AlertVerdict,
    @Arg("text", () => String, { description: "What was found, in 1 to 2000 characters; kept on record." })
    said: string,
    @Arg("cause", () => AlertCauseEnum, {
      nullable: true,
      description: "What it was, or what made it look unusual; absent: that is not said.",
    })
    cause: AlertCause | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const about = { id: given, verdict, cause: cause ?? null, text: said };
    return printedOf(domain, await domain.alerts.close(caller, about));
  }

  @Mutation(() => Alert, {
    description:
      "Puts another verdict in the place of the standing one; both stay on record. What is suppressed because of the alert ends, where the new one no longer explains it. FORBIDDEN to who gave the standing one, to whom the alert is about, by whatever key, and to who does not say who they are; CONFLICT where it is not closed.",
  })
  async correctVerdict(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("verdict", () => AlertVerdictEnum, { description: "What came out after all." }) verdict: AlertVerdict,
    @Arg("text", () => String, {
      description: "Why the one before was wrong, in 1 to 2000 characters; kept on record.",
    })
    said: string,
    @Arg("cause", () => AlertCauseEnum, {
      nullable: true,
      description: "What it was, or what made it look unusual; absent: that is not said.",
    })
    cause: AlertCause | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const about = { id: given, verdict, cause: cause ?? null, text: said };
    return printedOf(domain, await domain.alerts.correct(caller, about));
  }

  @Mutation(() => Alert, {
    description:
      "Takes a verdict back within ten minutes, by who gave it: the alert is open again, and what the verdict suppressed ends. The verdict stays on record. FORBIDDEN to anybody else; CONFLICT where it is not closed, is too late, the verdict corrects another one, or another alert about the same has been opened since.",
  })
  async reopenAlert(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain, caller }: GraphqlContext) {
    return printedOf(domain, await domain.alerts.reopen(caller, given));
  }

  @Mutation(() => AlertSuppression, {
    description:
      "From now on, for a while, nothing that is found of whom an alert is about makes an alert; of an alert about one person's looks at one patient, no such look. What is found is kept, and marked. BAD_USER_INPUT, with paths from `input`; FORBIDDEN to whom it is about; FOUR_EYES_REQUIRED under four eyes, where nobody does; INSUFFICIENT_USER_AUTHENTICATION where a fresh sign-in is asked.",
  })
  async suppressAlerts(
    @Arg("input", () => SuppressAlertsInput, { description: "Of whom, for how long and why." })
    { alertId, detector = null, reason, until }: Suppressing,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return suppressionOf(await domain.alerts.suppress(caller, { alertId, detector, reason, until }));
  }

  @Mutation(() => AlertSuppression, {
    description: "Ends a suppression before its time. CONFLICT where it is over.",
  })
  async endAlertSuppression(
    @Arg("id", () => ID, { description: "The suppression's id." }) given: string,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept on record." }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return suppressionOf(await domain.alerts.endSuppression(caller, { id: given, reason }));
  }
}

@ArgsType()
class AlertPageArgs extends PageArgs {
  @Field(() => AlertOrderEnum, { nullable: true, defaultValue: "RANK", description: "In which order they come." })
  readonly orderBy?: AlertOrder | null;
}

const AS_OF = "All that was on record at this time was watched.";
const alertConnection = caseConnectionOf("Alert", "alerts", Alert, { asOf: time(AS_OF) });
const alertList = listOf<AlertFilter, AlertPageArgs>(
  {
    name: "alerts",
    description:
      "Alerts: those of severity HIGH first, then by `rank`, then points, then the newest first; those that are part of another come after, and closed ones last.",
    connection: alertConnection.type,
    filter: {
      type: "AlertFilter",
      description: "Narrows a list of alerts; all that is given must hold. Texts are compared exactly.",
      members: {
        states: oneOf(AlertStateEnum).list("Those in one of these states now."),
        severity: oneOf(SeverityEnum)("Those of this severity."),
        verdict: oneOf(AlertVerdictEnum)("Those of which this came out."),
        detector: oneOf(DetectorCodeEnum)("Those with a finding of this detector."),
        clientId: id("Those whose decisions all have this client."),
        subjectId: id("Those in whose decisions clients acted for this subject alone."),
        patient: id(
          "Those about this patient, as an id or `Patient/id`. FORBIDDEN to a reviewer, to whom patients have pseudonyms.",
        ),
        from: time("Opened at this time or later."),
        to: time("Opened before this time."),
      },
    },
  },
  AlertPageArgs,
  async ({ domain, caller }, filter, args) => {
    const orderBy = args.orderBy ?? "RANK";
    // A cursor belongs to one order.
    const name = orderBy === "RANK" ? "alerts" : `alerts by ${orderBy}`;
    const request = pageRequest(name, args);
    const page = await domain.alerts.page(caller, { filter, page: { ...request, orderBy } });
    const { asOf, total } = page;
    return { ...toConnection(name, request, page, (alert) => printedOf(domain, alert)), asOf, total };
  },
);

const findingList = listOf<FindingFilter, PageArgs>(
  {
    name: "findings",
    description:
      "What detectors found, newest first: what makes alerts, what came to too few points, what was found in SHADOW, and what was suppressed.",
    connection: connectionOf("Finding", "findings", Finding, { asOf: time(AS_OF) }),
    filter: {
      type: "FindingFilter",
      description: "Narrows a list of findings; all that is given must hold. Texts are compared exactly.",
      members: {
        detector: oneOf(DetectorCodeEnum)("Those of this detector."),
        shadow: flag("Whether their detector was in SHADOW."),
        suppressed: flag("Whether alerts of them were suppressed."),
        severity: oneOf(SeverityEnum)("Those of this severity."),
        clientId: id("Those about decisions of this client."),
        subjectId: id("Those about decisions in which clients acted for this subject."),
        decisionId: id("Those about this decision."),
        alertId: id("Those of this alert."),
        from: time("About decisions that were made at this time or later."),
        to: time("About decisions that were made before this time."),
      },
    },
  },
  PageArgs,
  async ({ domain, caller }, filter, args) => {
    const request = numberedPageRequest("findings", args);
    const page = await domain.alerts.findings(caller, { filter, page: request });
    return { ...toConnection("findings", request, page, findingOf), asOf: page.asOf };
  },
);

const suppressionList = listOf<{ readonly inForce?: boolean | undefined }, PageArgs>(
  {
    name: "alertSuppressions",
    description: "Suppressions of alerts, newest first.",
    connection: connectionOf("AlertSuppression", "suppressions of alerts", AlertSuppression),
    filter: {
      type: "AlertSuppressionFilter",
      description: "Narrows a list of suppressions.",
      members: { inForce: flag("With true those that are in force now alone.") },
    },
  },
  PageArgs,
  async ({ domain }, filter, args) => {
    const request = pageRequest("alertSuppressions", args);
    const page = await domain.alerts.suppressions({ filter, page: request });
    return toConnection("alertSuppressions", request, page, suppressionOf);
  },
);

export const alertResolvers = [
  viewerMayOf(Alert, "ALERT"),
  AlertFields,
  FindingFields,
  AlertSuppressionFields,
  AlertResolver,
  alertList,
  alertConnection.resolver,
  findingList,
  suppressionList,
];
