import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { AnswerConsentRequestInput as Answer } from "../domain/consent/requests/consentRequests.ts";
import type { ConsentRequestFilter } from "../domain/consent/requests/store.ts";
import { SubjectInput } from "./authorize.ts";
import { viewerMayOf } from "./cases.ts";
import { CasePageArgs, caseConnectionOf, casePageRequest, toCaseConnection } from "./connections.ts";
import { ConsentRequest } from "./consentRequestTypes.ts";
import { Consent, consentOf, type ShownConsent } from "./consentTypes.ts";
import type { GraphqlContext } from "./context.ts";
import { ConsentRequestStateEnum } from "./enums.ts";
import { id, inputType, of, oneOf, text } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";
import { type ShownRequest, shownRequest } from "./shownRequest.ts";

const AnswerConsentRequestInput = inputType<Answer>(
  "AnswerConsentRequestInput",
  "A patient's answer. Scopes in neither list were not answered, and can be asked again.",
  {
    id: id("The consent request's id."),
    answeredBy: of(SubjectInput)(
      "Who answered: the patient, by the same id (of the type `user`, `patient` or `Patient`) or by `patientRecord` in the directory, or who `represents` the patient there. Only `id` and `type` may be given here.",
    ),
    agreed: text.list("The scopes that are agreed to, of those asked."),
    refused: text.list("The scopes that are refused, of those asked."),
  },
);

type Consents = Awaited<ReturnType<GraphqlContext["domain"]["consentRequests"]["consentsOf"]>>;

@Resolver(() => ConsentRequest)
class ConsentRequestFields {
  /** Both fields are one read. */
  readonly #read = new WeakMap<object, Promise<Consents>>();

  #consentsOf({ request }: ShownRequest, { caller, domain }: GraphqlContext): Promise<Consents> {
    let found = this.#read.get(request);
    if (found === undefined) {
      found = domain.consentRequests.consentsOf(caller, request);
      this.#read.set(request, found);
    }
    return found;
  }

  @FieldResolver(() => [Consent], {
    description:
      "Refusals of more than this client that stand in the way, as they are now: a yes makes an exception to them, for this client, subject, purposes and scopes alone. Show them. Needs CONSENT; that they were read is on record before the answer.",
  })
  async inTheWay(@Root() root: ShownRequest, @Ctx() ctx: GraphqlContext): Promise<readonly ShownConsent[]> {
    return ctx.loaders.counted((await this.#consentsOf(root, ctx)).inTheWay.map(consentOf));
  }

  @FieldResolver(() => Consent, {
    nullable: true,
    description:
      "The consent that the answer made, in that version; null: there is no answer. Needs CONSENT, likewise.",
  })
  async consent(@Root() root: ShownRequest, @Ctx() ctx: GraphqlContext): Promise<ShownConsent | null> {
    const { consent } = await this.#consentsOf(root, ctx);
    return consent === null ? null : consentOf(consent);
  }

  @FieldResolver(() => Int, { description: "The revision of the policy now; consents do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

@Resolver()
class ConsentRequestResolver {
  @Query(() => ConsentRequest, {
    nullable: true,
    description:
      "What a patient is asked, as it is now; null when there is none of this id. A service sees those that it asked for itself.",
  })
  async consentRequest(
    @Arg("id", () => ID, { description: "The consent request's id." }) given: string,
    @Ctx() { caller, domain }: GraphqlContext,
  ) {
    const found = await domain.consentRequests.find(caller, given);
    return found === null ? null : shownRequest(domain.policy.current(), found);
  }

  @Mutation(() => ConsentRequest, {
    description:
      "Keeps what a patient answers; decisions rest on it from the next one on. NOT_FOUND; CONFLICT where it was answered or has expired, or what the patient said has changed meanwhile; BAD_USER_INPUT for what was not asked; FORBIDDEN where who answered is neither the patient nor represents the patient. Nothing has changed then.",
  })
  async answerConsentRequest(
    @Arg("input", () => AnswerConsentRequestInput, { description: "The answer." }) input: Answer,
    @Ctx() { caller, domain }: GraphqlContext,
  ) {
    return shownRequest(domain.policy.current(), await domain.consentRequests.answer(caller, input));
  }
}

const connection = caseConnectionOf("ConsentRequest", "consent requests", ConsentRequest);
const requestList = listOf<ConsentRequestFilter, CasePageArgs>(
  {
    name: "consentRequests",
    description:
      "What one patient was asked, whoever asked it: what waits for an answer, what was answered, and for a day what nobody answered in time. That they were read is on record before the answer.",
    connection: connection.type,
    filter: {
      type: "ConsentRequestFilter",
      description: "Narrows a list of consent requests; all that is given must hold.",
      all: "BAD_USER_INPUT, as the patient must be named",
      members: {
        states: oneOf(ConsentRequestStateEnum).list("Those in one of these states now."),
        patient: id("What this patient was asked, as an id or `Patient/id`; it must be given."),
      },
    },
  },
  CasePageArgs,
  async ({ caller, domain }, filter, args) => {
    const request = casePageRequest("consentRequests", args);
    const page = await domain.consentRequests.page(caller, { filter, page: request });
    return toCaseConnection("consentRequests", request, page, (found) => shownRequest(domain.policy.current(), found));
  },
);

export const consentRequestResolvers = [
  requestList,
  connection.resolver,
  ConsentRequestFields,
  ConsentRequestResolver,
  viewerMayOf(ConsentRequest, "CONSENT_REQUEST"),
];
