import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { isPlainService } from "../domain/callers/person.ts";
import type { AccessRequest as DomainRequest } from "../domain/consent/accessRequests/accessRequest.ts";
import type { RequestAccessInput as Asked } from "../domain/consent/accessRequests/accessRequestInput.ts";
import type { EndedAccess as Ended, KeptAccess as Kept } from "../domain/consent/accessRequests/endAccess.ts";
import type { AccessRequestFilter } from "../domain/consent/accessRequests/store.ts";
import { ApiKey } from "./apiKeys.ts";
import { SubjectInput } from "./authorize.ts";
import { actor, actorOrNull } from "./callers.ts";
import { viewerMayOf } from "./cases.ts";
import { CasePageArgs, caseConnectionOf, casePageRequest, toCaseConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { AccessRequestStateEnum } from "./enums.ts";
import { flag, id, inputType, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";
import { NEW_ORGANIZATION, notesOf } from "./nameNotes.ts";
import { PolicyRevision } from "./revisions.ts";
import { revocationOf, TokenRevocation } from "./tokenRevocations.ts";

const REASON = "Why, in 1 to 2000 characters; kept on record.";
const ID_OF = { description: "The access request's id." };
const ONLY_NAMED = "Of a subject only `id` and `type` may be given here";

const RequestAccessInput = inputType<Asked>(
  "RequestAccessInput",
  "Access for a while: either a role in an organization, for a subject, or a scope, for a client.",
  {
    subject: of(SubjectInput).orNull(
      `For whom; absent: the caller itself, if it is a person. Only a caller who holds SERVICE asks for others. ${ONLY_NAMED}.`,
    ),
    clientId: id.orNull("The client that shall be granted the scope; with `scope` only."),
    role: text.orNull("The role that the subject shall hold, with `organization`."),
    organization: text.orNull("Where the role shall hold; `*`: in all organizations. With `role` only."),
    newOrganization: flag.or(false, NEW_ORGANIZATION),
    scope: text.orNull("The scope that the client shall be granted."),
    minutes: int(
      "For how long, from when it is approved: from 1 to what `accessRequestMaxMinutes` of the organization lets, of a scope that of `*`.",
    ),
    reason: text(REASON),
  },
);

/** What is shown of it as it is kept; the rest is resolved below. */
const printedOf = (request: DomainRequest) => {
  const { id, state, subject, role, organization, clientId, scope, minutes, reason } = request;
  return {
    id,
    state,
    subjectId: subject?.id ?? null,
    subjectType: subject?.type ?? null,
    role,
    organization,
    clientId,
    scope,
    minutes,
    reason,
    at: request.createdAt,
    by: request.requestedBy,
    until: request.expiresAt,
    decidedAt: request.decided?.at ?? null,
    decidedBy: request.decided?.by ?? null,
    decisionReason: request.decided?.reason ?? null,
    returnedAt: request.returned?.at ?? null,
    returnedBy: actorOrNull(request.returned?.by),
    returnReason: request.returned?.reason ?? null,
    accessRevision: request.policyRevision,
    named: { organizations: [organization] },
  };
};
type Printed = ReturnType<typeof printedOf>;

const AccessRequest = objectType<Omit<Printed, "named">>(
  "AccessRequest",
  "Access for a while that somebody asks for, and somebody else approves. It ends by itself.",
  {
    id: id("Its id."),
    state: oneOf(AccessRequestStateEnum)("Where it stands now."),
    subjectId: id.orNull("For whom it is asked; it may be null for a scope."),
    subjectType: text.orNull("The subject's type; null where there is no subject."),
    role: text.orNull("The role; null: it is about a scope."),
    organization: text.orNull("Where the role holds; `*`: in all organizations. Null of a scope."),
    clientId: id.orNull("The client; null: it is about a role."),
    scope: text.orNull("The scope; null: it is about a role."),
    minutes: int("For how long, from when it is approved."),
    reason: text("Why it is asked for."),
    at: time("When it was asked for."),
    by: actor("Who asked: nobody who may be the same can approve it."),
    until: time.orNull(
      "Until when it can be decided, seven days; once it is approved, when the access ends by itself.",
    ),
    decidedAt: time.orNull("When it was approved or refused; null: it was not."),
    decidedBy: actor.orNull("Who approved or refused it."),
    decisionReason: text.orNull("Why it was approved or refused."),
    returnedAt: time.orNull("When it was given back or withdrawn; null: it was not."),
    returnedBy: actor.orNull("Who gave it back or withdrew it."),
    returnReason: text.orNull("Why it was given back or withdrawn."),
    accessRevision: int.orNull("The revision of the policy that gave the access; null: none did."),
  },
);

@Resolver(() => AccessRequest)
class AccessRequestFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const KeptAccess = objectType<Kept>("KeptAccess", "An assignment that stays, as more would be allowed without it.", {
  role: text("The role."),
  organization: text("Where it holds; `*`: in all organizations."),
  because: text("What its end would open."),
});

/** As they are printed. */
interface PrintedEnd extends Omit<Ended, "accessRequests" | "apiKeys" | "tokenRevocations"> {
  readonly tokenRevocations: readonly InstanceType<typeof TokenRevocation>[];
  readonly accessRequests: readonly InstanceType<typeof AccessRequest>[];
  readonly apiKeys: readonly ApiKey[];
}
const EndedAccess = objectType<PrintedEnd>("EndedAccess", "The access of one subject that ended.", {
  revision: of(PolicyRevision)(
    "The revision that ended the assignments and grants, which its `changes` list, of more than 1,000 the last one; the one that stands where there were none.",
  ),
  assignments: int("How many assignments ended."),
  grants: int("How many grants ended; only clients have any."),
  accessRequests: of(AccessRequest).list(
    "The access requests that were closed: REFUSED what was open, RETURNED what was given.",
  ),
  apiKeys: of(ApiKey).list("The API keys that were revoked."),
  tokenRevocations: of(TokenRevocation).list(
    "Of the tokens of each account that the directory links to them (`accounts`), and of a client of those that each issuer gave it: none is accepted from now on.",
  ),
  kept: of(KeptAccess).list(
    "The assignments that stay, as more would be allowed without them: under four eyes, and where the caller is asked for a fresh sign-in.",
  ),
  proposalId: id.orNull("The proposal that ends what is kept; null: nothing is."),
});

@Resolver()
class AccessRequestResolver {
  @Query(() => AccessRequest, {
    nullable: true,
    description:
      "One access request as it is now; null when there is none of this id. Other callers than admins, reviewers and auditors see those that they asked for, and those for themselves.",
  })
  async accessRequest(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain, caller }: GraphqlContext) {
    const found = await domain.accessRequests.find(caller, given);
    return found === null ? null : printedOf(found);
  }

  @Mutation(() => AccessRequest, {
    description:
      "Asks for access for a while. Nothing changes until somebody else approves it. BAD_USER_INPUT, with paths from `input`, also for what is held for as long already, and where a known organization is one letter away from one that occurs nowhere (not to plain services), unless `newOrganization` is true; CONFLICT where the same is asked for already; FORBIDDEN for others than oneself, unless the caller holds SERVICE, and to who does not say who they are.",
  })
  async requestAccess(
    @Arg("input", () => RequestAccessInput, { description: "What, for how long, and why." }) input: Asked,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    // A program has passed on what somebody wrote, and nobody to ask.
    if (!isPlainService(caller)) await domain.requireNoSlip(input);
    return printedOf(await domain.accessRequests.request(caller, input));
  }

  @Mutation(() => AccessRequest, {
    description:
      "Approves an access request, and so gives the access from now on, or refuses it. It makes one assignment or grant with an end, and nothing else; under four eyes too, as somebody else has asked. FORBIDDEN to who asked and whom it is for, by whatever key; CONFLICT where it is not OPEN, or can't be given any more.",
  })
  async decideAccessRequest(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("approve", () => Boolean, { description: "True: approve; false: refuse." }) approve: boolean,
    @Arg("reason", () => String, { description: REASON }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return printedOf(await domain.accessRequests.decide(caller, { id: given, approve, reason }));
  }

  @Mutation(() => AccessRequest, {
    description:
      "Gives access back before its end, or withdraws a request that is open. The subject's earlier access comes back as it was. FORBIDDEN to all but the caller who asked, the subject, and admins; CONFLICT where it is neither OPEN nor APPROVED.",
  })
  async returnAccess(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("reason", () => String, { nullable: true, description: `${REASON} Absent: nothing is said.` })
    reason: string | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return printedOf(await domain.accessRequests.giveBack(caller, { id: given, reason }));
  }

  @Mutation(() => EndedAccess, {
    description:
      "Ends all that a subject has, as when somebody leaves: its assignments, of a client its grants too, in one revision; its access requests; its API keys; the access tokens of a person's accounts, and of a client all that an issuer gave it, whoever signed in. It never needs a second person, nor a fresh sign-in: under four eyes, and where one is asked, an assignment without which more would be allowed stays, is named in `kept`, and becomes part of one proposal. CONFLICT where that would revoke the caller's own key, as the last in force that holds ADMIN.",
  })
  async endAccess(
    @Arg("subject", () => SubjectInput, { description: `Whose access ends. ${ONLY_NAMED}.` })
    subject: InstanceType<typeof SubjectInput>,
    @Arg("reason", () => String, { description: REASON }) reason: string,
    @Ctx() { domain, caller, loaders }: GraphqlContext,
  ) {
    const ended = await domain.endAccess(caller, { subject, reason });
    return {
      ...ended,
      accessRequests: loaders.counted(ended.accessRequests.map(printedOf)),
      apiKeys: loaders.counted(ended.apiKeys),
      tokenRevocations: loaders.counted(
        ended.tokenRevocations.map((each) => revocationOf(domain.seenRevocation(caller, each))),
      ),
      kept: loaders.counted(ended.kept),
    };
  }
}

const accessRequestsConnection = caseConnectionOf("AccessRequest", "accessRequests", AccessRequest);
const accessRequestList = listOf<AccessRequestFilter, CasePageArgs>(
  {
    name: "accessRequests",
    description:
      "Access requests, newest first; those in the state OPEN wait for somebody. Other callers than admins, reviewers and auditors see those that they asked for.",
    connection: accessRequestsConnection.type,
    filter: {
      type: "AccessRequestFilter",
      description: "Narrows a list of access requests; all that is given must hold. Texts are compared exactly.",
      members: {
        states: oneOf(AccessRequestStateEnum).list("Those in one of these states now."),
        subjectId: id("Those for this subject."),
        subjectType: text("Those for subjects of this type."),
        clientId: id("Those for this client."),
        role: text("Those for this role."),
        scope: text("Those for this scope."),
        organization: text("Those for a role in this organization."),
        callerId: id("Those that this caller asked for."),
      },
    },
  },
  CasePageArgs,
  async ({ domain, caller }, filter, args) => {
    const request = casePageRequest("accessRequests", args);
    const page = await domain.accessRequests.page(caller, { filter, page: request });
    return toCaseConnection("accessRequests", request, page, printedOf);
  },
);

export const accessRequestResolvers = [
  accessRequestsConnection.resolver,
  AccessRequestFields,
  AccessRequestResolver,
  accessRequestList,
  notesOf(AccessRequest),
  viewerMayOf(AccessRequest, "ACCESS_REQUEST"),
];
