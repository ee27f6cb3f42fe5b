import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { AskGrantInput } from "../domain/decisions/asking/consentAsking.ts";
import { RequestContextInput, SubjectInput } from "./authorize.ts";
import { actor } from "./callers.ts";
import { ConsentRequest } from "./consentRequestTypes.ts";
import type { GraphqlContext } from "./context.ts";
import { decidingFields } from "./decidingFields.ts";
import { Reason, ScopeGrant } from "./decisions.ts";
import { GrantActionEnum, OutcomeEnum } from "./enums.ts";
import { id, inputType, int, json, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";

const DecideGrantInput = inputType<AskGrantInput>(
  "DecideGrantInput",
  "Which of these scopes may a token of this client carry, for this subject?",
  {
    clientId: id("The OAuth client, 1 to 256 characters."),
    subject: of(SubjectInput).orNull(
      "For whom the token is; absent: for the client itself. Members not given count as not known yet.",
    ),
    scopes: text.list("The scopes requested, at most 1000, without those for which nothing is asked."),
    heldScopes: text.listOrNull(
      "What the subject has allowed the client before, at most 1000. Only `newScopes` depends on it.",
    ),
    languages: text.listOrNull(
      "The languages of who is asked to agree, as BCP 47 writes them, the best first; at most 10. `title` and `description` of each scope are in the first that it has.",
    ),
    purposeOfUse: text.orNull("The purpose of use of all that the token will be used for; absent: any."),
    context: of(RequestContextInput).orNull(
      "What will hold for as long as the token does. `patient` is the patient in launch context: without one, no `patient/` scope is granted.",
    ),
    grantId: id.orNull(
      "The grant that the patient gave before, as `grantId` told it. Absent: the one that there is of this patient, client, subject and purposes. BAD_USER_INPUT where it is another's, or was withdrawn.",
    ),
    grantAction: oneOf(GrantActionEnum).orNull(
      "What an answer to the consent request does to the grant; absent: MERGE.",
    ),
    requestId: id.orNull(
      "Makes a retry safe: for five minutes the same id and input of the same caller give the same decision, an ALLOW only while it would be the same now. The same id with another input is BAD_USER_INPUT for so long.",
    ),
  },
);

type Decided = Awaited<ReturnType<typeof decidingFields.decideGrant>>;

/** Of a decision all that is not the same for every grant. */
const GrantDecision = objectType<
  Omit<
    Decided,
    | "kind"
    | "obligations"
    | "sufficientScopes"
    | "countedAs"
    | "action"
    | "resourceType"
    | "resourceId"
    | "patients"
    | "record"
    | "erased"
  >
>("GrantDecision", "Which scopes a token may carry, as it stands in the journal: on disk before it was sent.", {
  id: id("Its id in the journal, where `decision` finds it."),
  outcome: oneOf(OutcomeEnum)("ALLOW if the token may carry any scope."),
  scope: text.orNull(
    "The scopes for the token, separated by spaces, in their shortest form and in the order of the request; null if there is none.",
  ),
  scopes: of(ScopeGrant).list("What became of each requested scope, in the order of the request."),
  newScopes: text.list("The scopes for the token that are not within those held before."),
  summary: text("The answer and its nearest reason in one sentence, for people."),
  reasons: of(Reason).list("The reasons of all scopes, each once; at most 16, and `reasonCount` counts all."),
  reasonCount: int("How many reasons there were, those that are not listed included."),
  policyRevision: int("The policy revision that it was decided against."),
  decidedAt: time("When it was decided."),
  clientId: id("The client that is to be given the token."),
  subjectId: id.orNull("For whom the token is; null: for the client itself."),
  subjectType: text.orNull("What kind of subject that is; null: there is none."),
  patient: id.orNull("The patient in context."),
  purposeOfUse: text.orNull("The purpose of use, a code of HL7 v3 PurposeOfUse."),
  request: json("The whole request in its canonical form."),
  by: actor("Who asked."),
  consentRequest: of(ConsentRequest).orNull(
    "What to ask the patient in context so that more could be granted: show it, bring the answer with `answerConsentRequest`, and ask again. Null: nothing.",
  ),
});

@Resolver(() => GrantDecision)
class GrantDecisionFields {
  @FieldResolver(() => ID, {
    nullable: true,
    description:
      "The consent that answers of this patient made for this client, subject and purposes: `withdrawConsent` revokes it as a whole. Null: none is in force.",
  })
  grantId(@Root() { record }: Decided, @Ctx() { domain }: GraphqlContext): Promise<string | null> {
    return domain.consentAsking.grantId(record);
  }
}

@Resolver()
class DecideGrantResolver {
  @Query(() => GrantDecision, {
    description:
      "Decides which scopes a token may carry, and answers when that is on disk. It never grants a scope that `authorize` would then refuse for every resource. Errors are those of `authorize`.",
  })
  decideGrant(
    @Arg("input", () => DecideGrantInput, { description: "The question." }) question: AskGrantInput,
    @Ctx() ctx: GraphqlContext,
  ) {
    return decidingFields.decideGrant(ctx, question);
  }
}

export const grantDecisionResolvers = [DecideGrantResolver, GrantDecisionFields];
