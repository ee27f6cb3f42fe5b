import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { BreakGlass as DomainBreakGlass } from "../domain/consent/breakGlass/breakGlass.ts";
import type { BreakGlassInput as Asked } from "../domain/consent/breakGlass/breakGlassInput.ts";
import type { BreakGlassFilter } from "../domain/consent/breakGlass/store.ts";
import { SubjectInput } from "./authorize.ts";
import { actor } from "./callers.ts";
import { viewerMayOf } from "./cases.ts";
import { CasePageArgs, caseConnectionOf, casePageRequest, toCaseConnection, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionOf } from "./decisionOf.ts";
import { DecisionConnection } from "./decisions.ts";
import { BreakGlassStateEnum } from "./enums.ts";
import { flag, id, inputType, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { itemFields } from "./itemFields.ts";
import { listOf } from "./lists.ts";

const FIRST_DECISIONS = "How many at most, from 1 to 200: less counts as 1, and more as 200.";
const ID_OF = { description: "The emergency's id." };

const BreakGlassInput = inputType<Asked>("BreakGlassInput", "An emergency that is to be opened, from now on.", {
  subject: of(SubjectInput)(
    "The person for whom clients act in it, who holds one of the roles of the organization's setting `breakGlass` there. Only its `id` and `type` may be given here; no client breaks glass by itself.",
  ),
  patient: id("Whose data it is about, as an id or `Patient/id`. The directory need not know the patient."),
  organization: text("In which organization; `*` is none."),
  reason: text("What has happened, in 1 to 2000 characters; kept on record, and read by whoever reviews it."),
  minutes: int("For how long, from 1 to the `maxMinutes` of the organization's setting `breakGlass`."),
});

/** What is shown of it as it is kept; the rest is resolved below. */
const printedOf = (breakGlass: DomainBreakGlass, notes: readonly string[] = []) => {
  const { ended, id, organization, patient, reason, review, reviewDueAt, state, subject } = breakGlass;
  return {
    id,
    state,
    subjectId: subject.id,
    subjectType: subject.type,
    patient,
    organization,
    reason,
    at: breakGlass.startedAt,
    by: breakGlass.openedBy,
    until: breakGlass.endsAt,
    endedAt: ended?.at ?? null,
    endReason: ended?.reason ?? null,
    reviewDueAt,
    reviewedAt: review?.at ?? null,
    reviewedBy: review?.by ?? null,
    verdict: review === null ? null : review.justified ? "JUSTIFIED" : "NOT_JUSTIFIED",
    text: review?.text ?? null,
    notes,
  };
};
type Printed = ReturnType<typeof printedOf>;

const BreakGlass = objectType<Printed>(
  "BreakGlass",
  "An emergency: glass that was broken for one person, one patient and one organization. It ends by itself, and somebody else reviews it.",
  {
    id: id("Its id, which decisions in it name."),
    state: oneOf(BreakGlassStateEnum)("Where it stands now."),
    subjectId: id("For whom clients act in it."),
    subjectType: text("The subject's type."),
    patient: id("Whose data it is about; to a reviewer a stable pseudonym."),
    organization: text("Where it is open."),
    reason: text("What has happened, as whoever opened it said."),
    at: time("When it was opened."),
    by: actor("Who opened it. That caller alone can end it."),
    until: time("When it ends by itself."),
    endedAt: time.orNull("When it was ended before that; null: it was not."),
    endReason: text.orNull("Why it was ended, if that was said."),
    reviewDueAt: time("Until when somebody else shall have reviewed it."),
    reviewedAt: time.orNull("When it was reviewed; null: it was not."),
    reviewedBy: actor.orNull("Who reviewed it; null: nobody yet."),
    verdict: text.orNull("JUSTIFIED or NOT_JUSTIFIED; null: it was not reviewed."),
    text: text.orNull("What whoever reviewed it says of it."),
    notes: text.list(
      "In the answer to `breakGlass`: sentences about what may not have been meant, such as an organization that occurs nowhere in policy and directory. Else empty.",
    ),
  },
);

@Resolver(() => BreakGlass)
class BreakGlassFields {
  @FieldResolver(() => DecisionConnection, {
    description:
      "The decisions that name it, allowed and denied, newest first: to an auditor as they are, to a reviewer under pseudonyms and without those in which the subject, who is named, is a patient, to a service those that it asked for itself. The newest alone; `decisions`, narrowed by subject, patient and time, has them all.",
  })
  async decisions(
    @Root() { id }: Printed,
    // Judged by nobody, so that an emergency is not opened and then answered with an error.
    @Arg("first", () => Int, { nullable: true, defaultValue: 50, description: FIRST_DECISIONS })
    first: number | null | undefined,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const page = { first: Math.min(Math.max(first ?? 50, 1), 200), after: null };
    const found = await domain.breakGlassDecisions(caller, id, page);
    const { edges, ...rest } = toConnection("breakGlassDecisions", page, found, decisionOf);
    return { ...rest, edges: loaders.inParts(edges, itemFields(info)) };
  }

  @FieldResolver(() => Int, { description: "The revision of the policy now; emergencies do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

@Resolver()
class BreakGlassResolver {
  @Query(() => BreakGlass, {
    nullable: true,
    description:
      "One emergency as it is now; null when there is none of this id. A service sees those that it opened itself.",
  })
  async breakGlassById(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain, caller }: GraphqlContext) {
    const found = await domain.breakGlasses.find(caller, given);
    return found === null ? null : printedOf(found);
  }

  @Mutation(() => BreakGlass, {
    description:
      "Opens an emergency from now on, until it ends by itself. While it is open, decisions for the purpose BTG about this subject, patient and organization may pass where scopes, grants and rules let them; each is marked with it. BAD_USER_INPUT, with paths from `input`; FORBIDDEN where the subject holds no role that may, and to who does not say who they are; CONFLICT, naming it, where one is open already.",
  })
  async breakGlass(
    @Arg("input", () => BreakGlassInput, { description: "For whom, for whose data, where, why and for how long." })
    input: Asked,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const opened = await domain.breakGlasses.open(caller, input);
    return printedOf(opened, opened.notes);
  }

  @Mutation(() => BreakGlass, {
    description:
      "Ends an emergency before its time is over: the next decision finds none. FORBIDDEN to others than the caller who opened it; CONFLICT where it is over.",
  })
  async endBreakGlass(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("reason", () => String, {
      nullable: true,
      description: "Why, in 1 to 2000 characters; kept on record. Absent: nothing is said.",
    })
    reason: string | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return printedOf(await domain.breakGlasses.end(caller, { id: given, reason }));
  }

  @Mutation(() => BreakGlass, {
    description:
      "Says whether an emergency that is over was one, once and for all. FORBIDDEN to who opened it and for whom it was, by whatever key; CONFLICT while it is open, and where it is reviewed.",
  })
  async reviewBreakGlass(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("justified", () => Boolean, { description: "Whether it was justified." }) justified: boolean,
    @Arg("text", () => String, { description: "What was found, in 1 to 2000 characters; kept on record." })
    found: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return printedOf(await domain.breakGlasses.review(caller, { id: given, justified, text: found }));
  }
}

const breakGlassesConnection = caseConnectionOf("BreakGlass", "breakGlasses", BreakGlass);
const breakGlassList = listOf<BreakGlassFilter, CasePageArgs>(
  {
    name: "breakGlasses",
    description:
      "Emergencies, newest first. A service sees those that it opened itself. Those in the state AWAITING_REVIEW wait for somebody; `overdue` are those whose `reviewDueAt` has passed.",
    connection: breakGlassesConnection.type,
    filter: {
      type: "BreakGlassFilter",
      description: "Narrows a list of emergencies; all that is given must hold. Texts are compared exactly.",
      members: {
        open: flag("Whether they are open now."),
        states: oneOf(BreakGlassStateEnum).list("Those in one of these states now."),
        overdue: flag("Whether their review is overdue."),
        patient: id(
          "About this patient, as an id or `Patient/id`. FORBIDDEN to a reviewer, to whom patients have pseudonyms.",
        ),
        subjectId: id(
          "For subjects of this id; to a reviewer without those in which the subject is the patient, who has a pseudonym.",
        ),
      },
    },
  },
  CasePageArgs,
  async ({ domain, caller }, filter, args) => {
    const request = casePageRequest("breakGlasses", args);
    const page = await domain.breakGlasses.page(caller, { filter, page: request });
    return toCaseConnection("breakGlasses", request, page, (each) => printedOf(each));
  },
);

export const breakGlassResolvers = [
  breakGlassesConnection.resolver,
  BreakGlassFields,
  BreakGlassResolver,
  breakGlassList,
  viewerMayOf(BreakGlass, "BREAK_GLASS"),
];
