import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import type { Restriction as DomainRestriction } from "../domain/decisions/restrictions/restriction.ts";
import type { RestrictionFilter } from "../domain/monitoring/responses/restrictionStore.ts";
import {
  type ImposeRestrictionInput as Imposing,
  MOST_MINUTES,
  USUAL_MINUTES,
} from "../domain/monitoring/responses/restrictions.ts";
import { SubjectInput } from "./authorize.ts";
import { actor } from "./callers.ts";
import { viewerMayOf } from "./cases.ts";
import { CasePageArgs, caseConnectionOf, casePageRequest, toCaseConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { AlertResponseEnum, RestrictionStateEnum } from "./enums.ts";
import { id, inputType, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";

const ID_OF = { description: "The restriction's id." };

export const restrictionPrinted = (restriction: DomainRestriction) => {
  const { alertId, holder, lifted, reason, response, rule, state } = restriction;
  const orNull = (said: string | undefined): string | null => (said === undefined || said === "" ? null : said);
  return {
    ...{ id: restriction.id, response, state, alertId },
    ...{ at: restriction.imposedAt, by: restriction.imposedBy, until: restriction.endsAt },
    clientId: holder.kind === "CLIENT" ? holder.id : null,
    subjectId: holder.kind === "SUBJECT" ? holder.id : null,
    subjectType: holder.kind === "SUBJECT" ? holder.type : null,
    reason: orNull(reason),
    ruleOrganization: rule?.organization ?? null,
    ruleRevision: rule?.revision ?? null,
    liftedAt: lifted?.at ?? null,
    liftedBy: lifted?.by ?? null,
    liftReason: orNull(lifted?.reason),
  };
};
type Printed = ReturnType<typeof restrictionPrinted>;

/** The characters of what people wrote in one. */
export const restrictionTexts = ({ liftReason, reason }: Printed): number =>
  (reason?.length ?? 0) + (liftReason?.length ?? 0);

export const Restriction = objectType<Printed>(
  "Restriction",
  "That the access of a client or a person is restricted for a while, because of an alert or without one. It ends by itself, and can be lifted before.",
  {
    id: id("Its id, which decisions name that rest on it."),
    response: oneOf(AlertResponseEnum)("In which way."),
    state: oneOf(RestrictionStateEnum)("Where it stands now."),
    alertId: id.orNull("The alert because of which it was imposed; null: somebody blocked a person without one."),
    clientId: id.orNull("The client whose access it is, whoever works with it; null: it is a person's."),
    subjectId: id.orNull(
      "The person whose access it is, by way of whichever client; to a reviewer a pseudonym where they are a patient in the alert. Null: it is a client's.",
    ),
    subjectType: text.orNull("The person's type."),
    at: time("From when it holds."),
    by: actor("Who imposed it; the caller `scopewarden:alerts`: the service by itself."),
    until: time("When it ends by itself. In an organization that sets a shorter time it ends there sooner."),
    reason: text.orNull(
      "Why, as whoever imposed it said: only they and auditors see it, else it is null. Everybody sees why the service imposed one.",
    ),
    ruleOrganization: id.orNull(
      "The entry whose `alertResponses` had the service impose it by itself, `*` among them; null: somebody imposed it.",
    ),
    ruleRevision: int.orNull("The revision of the policy by which it did; null: somebody imposed it."),
    liftedAt: time.orNull("When it was lifted before its time; null: it was not."),
    liftedBy: actor.orNull("Who lifted it; null: nobody did."),
    liftReason: text.orNull("Why it was lifted: to who lifted it and to auditors; else null."),
  },
);

@Resolver(() => Restriction)
class RestrictionFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now; restrictions do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const ImposeRestrictionInput = inputType<Imposing>(
  "ImposeRestrictionInput",
  "What is restricted: the access of a person (`subject`); or because of an alert (`alertId`) that of its subject, or of its client where it is about a client, or about no one person. Exactly one of the two is given.",
  {
    alertId: id.orNull("The alert, which nobody has closed. For reviewers."),
    subject: of(SubjectInput).orNull(
      "Who is blocked, without an alert and whatever `alertResponses` lets. Only `id` and `type` may be given here.",
    ),
    response: oneOf(AlertResponseEnum)("In which way; of a `subject` SUSPENSION."),
    minutes: int.or(
      USUAL_MINUTES,
      `For how long from now, in minutes: at least 1; at most what the setting \`alertResponses\` lets an alert do, and of a \`subject\` ${MOST_MINUTES}.`,
    ),
    reason: text("Why, in 1 to 2000 characters; kept on record, and not shown to whose access it is."),
  },
);

@Resolver()
class RestrictionResolver {
  @Query(() => Restriction, {
    nullable: true,
    description: "One restriction as it is now; null when there is none of this id.",
  })
  async restriction(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain, caller }: GraphqlContext) {
    const found = await domain.restrictions.find(caller, given);
    return found === null ? null : restrictionPrinted(found);
  }

  @Query(() => [Restriction], {
    description:
      "What restricts a person now, as far as the caller may see it: an auditor all; a reviewer what shows the person by name, and not under the pseudonym of a patient; an admin what somebody imposed without an alert. That an auditor read it is on record (kind `AUDIT`).",
  })
  async restrictionsOf(
    @Arg("subject", () => SubjectInput, { description: "Who: only `id` and `type`." })
    subject: InstanceType<typeof SubjectInput>,
    @Ctx() { domain, caller, loaders }: GraphqlContext,
  ) {
    return loaders.counted((await domain.restrictions.inForceOf(caller, subject)).map(restrictionPrinted));
  }

  @Mutation(() => Restriction, {
    description:
      "Restricts for a while the access of a person, or of whom an alert is about, from the next decision on, on every instance. BAD_USER_INPUT, with paths from `input`; FORBIDDEN where the policy lets no alert do this, to whom it or the alert is about, by whatever key, to an admin who names an alert, and to who does not say who they are; CONFLICT for an alert that is closed, and where one of this kind is in force for them already. A SUSPENSION takes an alert of severity HIGH, spares clients that are care-critical, and is not imposed on the same holder again without an alert that is opened after it.",
  })
  async imposeRestriction(
    @Arg("input", () => ImposeRestrictionInput, {
      description: "Whose access, or because of what; how, for how long and why.",
    })
    { alertId, minutes, reason, response, subject }: Imposing,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return restrictionPrinted(
      await domain.restrictions.impose(caller, { alertId, minutes, reason, response, subject }),
    );
  }

  @Mutation(() => Restriction, {
    description:
      "Lifts a restriction before its time: from the next decision on the policy alone counts. FORBIDDEN to whom it or its alert is about, and to an admin where it has an alert; NOT_FOUND where the person is not blocked; CONFLICT where it is over.",
  })
  async liftRestriction(
    @Arg("id", () => ID, { nullable: true, description: "The restriction's id; or `subject` is given." })
    given: string | null | undefined,
    @Arg("subject", () => SubjectInput, {
      nullable: true,
      description: "Who was blocked without an alert. Only `id` and `type` may be given here.",
    })
    subject: InstanceType<typeof SubjectInput> | null | undefined,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept on record." }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return restrictionPrinted(await domain.restrictions.lift(caller, { id: given, reason, subject }));
  }
}

const connection = caseConnectionOf("Restriction", "restrictions", Restriction);
const restrictionList = listOf<RestrictionFilter, CasePageArgs>(
  {
    name: "restrictions",
    description: "Restrictions of access.",
    connection: connection.type,
    filter: {
      type: "RestrictionFilter",
      description: "Narrows a list of restrictions; all that is given must hold. Texts are compared exactly.",
      members: {
        alertId: id("Those because of this alert."),
        response: oneOf(AlertResponseEnum)("Those of this kind."),
        states: oneOf(RestrictionStateEnum).list("Those in one of these states now."),
        clientId: id("Those of this client."),
        subjectId: id(
          "Those of this person. FORBIDDEN to a reviewer, to whom people who are patients have pseudonyms.",
        ),
      },
    },
  },
  CasePageArgs,
  async ({ domain, caller }, filter, args) => {
    const request = casePageRequest("restrictions", args);
    const page = await domain.restrictions.page(caller, { filter, page: request });
    return toCaseConnection("restrictions", request, page, restrictionPrinted);
  },
);

export const restrictionResolvers = [
  viewerMayOf(Restriction, "RESTRICTION"),
  RestrictionFields,
  RestrictionResolver,
  restrictionList,
  connection.resolver,
];
