import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { NamedSubject } from "../domain/consent/accessRequests/accessRequestInput.ts";
import {
  type AskedAccess as DomainAccess,
  type Inquiry as DomainInquiry,
  type InquiryReason,
  questionOf,
} from "../domain/monitoring/responses/inquiry.ts";
import type { InquiryFilter } from "../domain/monitoring/responses/store.ts";
import { SubjectInput } from "./authorize.ts";
import { actor, actorOrNull } from "./callers.ts";
import { viewerMayOf } from "./cases.ts";
import { CasePageArgs, caseConnectionOf, casePageRequest, toCaseConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { InquiryReasonEnum, InquiryStateEnum } from "./enums.ts";
import { id, int, objectType, oneOf, text, time } from "./graphqlTypes.ts";
import { itemFields } from "./itemFields.ts";
import { listOf } from "./lists.ts";

const ID_OF = { description: "The inquiry's id." };

const AskedAccess = objectType<Omit<DomainAccess, "callerId">>(
  "AskedAccess",
  "An access that somebody is asked about.",
  {
    decisionId: id("Its decision."),
    at: time("When it was decided."),
    action: text.orNull("What was done; null: it was a token."),
    resourceType: text.orNull("To what; null: it was a token."),
    patients: id.list("Whose data it was, to a reviewer stable pseudonyms; the first twenty."),
    patientCount: int("Of how many patients it was."),
  },
);

export const inquiryPrinted = (inquiry: DomainInquiry) => {
  const { alertId, answered, reason, state, subject, withdrawn } = inquiry;
  const orNull = (said: string | undefined): string | null => (said === undefined || said === "" ? null : said);
  return {
    ...{ id: inquiry.id, alertId: orNull(alertId), state },
    ...{ at: inquiry.askedAt, by: actorOrNull(inquiry.askedBy.callerId), until: inquiry.endsAt },
    subjectId: subject.id,
    subjectType: subject.type,
    reason: orNull(reason),
    answeredAt: answered?.at ?? null,
    answeredBy: actorOrNull(answered?.by),
    reasonCode: answered?.reasonCode ?? null,
    text: answered?.text ?? null,
    withdrawnAt: withdrawn?.at ?? null,
    withdrawReason: orNull(withdrawn?.reason),
    inquiry,
  };
};
type Printed = ReturnType<typeof inquiryPrinted>;

/** The characters of what people wrote in one. */
export const textsOf = ({ reason, text, withdrawReason }: Printed): number =>
  [reason, text, withdrawReason].reduce((sum, said) => sum + (said?.length ?? 0), 0);

export const Inquiry = objectType<Omit<Printed, "inquiry">>(
  "Inquiry",
  "A question to the person whom an alert is about. The answer is evidence for whoever judges the alert; it explains no access, and closes nothing.",
  {
    id: id("Its id."),
    alertId: id.orNull("The alert that it belongs to; null to who is asked, and to a service."),
    state: oneOf(InquiryStateEnum)("Where it stands now."),
    at: time("When it was asked."),
    by: actor.orNull("Who asked; null to who is asked, and to a service."),
    until: time("Until when it can be answered."),
    subjectId: id("Who is asked."),
    subjectType: text("The type of who is asked."),
    reason: text.orNull(
      "Why it was asked, as whoever asked said: to them and to auditors, who see the patients that it may name; else null.",
    ),
    answeredAt: time.orNull("When it was answered; null: it is not."),
    answeredBy: actor.orNull(
      "Who brought the answer of the person who is asked: they themselves, or a service that speaks for them. Null: nobody, or the person has a pseudonym here.",
    ),
    reasonCode: oneOf(InquiryReasonEnum).orNull("What the person says that it was for; null: it is not answered."),
    text: text.orNull("What the person says, to a reviewer without the ids of patients."),
    withdrawnAt: time.orNull("When it was withdrawn; null: it is not."),
    withdrawReason: text.orNull("Why it was withdrawn: to who withdrew it and to auditors; else null."),
  },
);

@Resolver(() => Inquiry)
class InquiryFields {
  @FieldResolver(() => [AskedAccess], { description: "What is asked about." })
  accesses(
    @Root() { inquiry: { accesses } }: Printed,
    @Ctx() { loaders }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): readonly DomainAccess[] {
    const named = accesses.reduce(
      (sum, { patients }) => sum + patients.reduce((all, { length }) => all + length, 0),
      0,
    );
    loaders.weighed(named * itemFields(info));
    return loaders.counted(accesses);
  }

  @FieldResolver(() => String, {
    description: "What the person is asked, in plain words. To show to them; it does not say what was found.",
  })
  question(@Root() { inquiry }: Printed, @Ctx() { loaders }: GraphqlContext): string {
    // Counted as often as it stands in the answer, by however many names.
    const question = questionOf(inquiry);
    loaders.weighed(question.length);
    return question;
  }

  @FieldResolver(() => Int, { description: "The revision of the policy now; inquiries do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

@Resolver()
class InquiryResolver {
  @Query(() => Inquiry, {
    nullable: true,
    description:
      "One inquiry as it is now; null when there is none of this id, or this caller may not see it: reviewers and auditors see all, people those in which they are asked, and a service those about decisions that it asked for itself, as it shows them to people.",
  })
  async inquiry(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain, caller }: GraphqlContext) {
    const found = await domain.inquiries.find(caller, given);
    return found === null ? null : inquiryPrinted(found);
  }

  @Mutation(() => Inquiry, {
    description:
      "Asks the person whom an alert is about what accesses were for, with seven days to answer. Receivers of webhooks are told at once. BAD_USER_INPUT; FORBIDDEN to whom the alert is about, by whatever key, and to who does not say who they are; CONFLICT while an alert of severity HIGH about them is not closed, for one that is about no one person, or about a patient where `subject` names nobody, and where a question to the same person waits for an answer already.",
  })
  async askSubject(
    @Arg("alertId", () => ID, { description: "The alert whose subject is asked." }) alertId: string,
    @Arg("reason", () => String, {
      description: "Why, in 1 to 2000 characters; kept on record, and not shown to who is asked.",
    })
    reason: string,
    @Arg("decisionIds", () => [ID], {
      nullable: true,
      description: "Which of the alert's decisions are asked about, 1 to 10; absent: the newest ten.",
    })
    decisionIds: readonly string[] | null | undefined,
    @Arg("subject", () => SubjectInput, {
      nullable: true,
      description:
        "Of an alert about a patient which of its `viewers` is asked: only `id` and `type`; absent: the alert's subject.",
    })
    subject: NamedSubject | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return inquiryPrinted(await domain.inquiries.ask(caller, { alertId, decisionIds, reason, subject }));
  }

  @Mutation(() => Inquiry, {
    description:
      "Keeps what the person says, once and before its end. By the person, with a key or token of theirs, or by the service that asked for all of its decisions, which says so in `answeredBy`. FORBIDDEN to anybody else, and to whoever asked; CONFLICT where it is not open.",
  })
  async answerInquiry(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("reasonCode", () => InquiryReasonEnum, { description: "What the accesses were for." })
    reasonCode: InquiryReason,
    @Arg("text", () => String, { description: "In the person's words, in 1 to 2000 characters; kept on record." })
    said: string,
    @Arg("answeredBy", () => SubjectInput, {
      nullable: true,
      description: "Who answers, if not the caller: only `id` and `type`, of the person who is asked.",
    })
    answeredBy: NamedSubject | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const input = { id: given, answeredBy, reasonCode, text: said };
    return inquiryPrinted(await domain.inquiries.answer(caller, input));
  }

  @Mutation(() => Inquiry, {
    description:
      "Withdraws an inquiry that nobody has answered yet. FORBIDDEN to whom the alert is about; CONFLICT where it is not open.",
  })
  async withdrawInquiry(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept on record." }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return inquiryPrinted(await domain.inquiries.withdraw(caller, { id: given, reason }));
  }
}

const connection = caseConnectionOf("Inquiry", "inquiries", Inquiry);
const inquiryList = listOf<InquiryFilter, CasePageArgs>(
  {
    name: "inquiries",
    description:
      "Inquiries: to reviewers and auditors all, to others those in which they are asked, to a service those of the person whom it names as `subjectId`, about decisions that it asked for itself.",
    connection: connection.type,
    filter: {
      type: "InquiryFilter",
      description: "Narrows a list of inquiries; all that is given must hold. Texts are compared exactly.",
      members: {
        alertId: id("Those of this alert. FORBIDDEN to who does not judge alerts."),
        states: oneOf(InquiryStateEnum).list("Those in one of these states now."),
        subjectId: id(
          "Those to this person. FORBIDDEN to a reviewer, to whom people who are patients have pseudonyms.",
        ),
      },
    },
  },
  CasePageArgs,
  async ({ domain, caller }, filter, args) => {
    const request = casePageRequest("inquiries", args);
    const page = await domain.inquiries.page(caller, { filter, page: request });
    return toCaseConnection("inquiries", request, page, inquiryPrinted);
  },
);

export const inquiryResolvers = [
  connection.resolver,
  viewerMayOf(Inquiry, "INQUIRY"),
  InquiryFields,
  InquiryResolver,
  inquiryList,
];
