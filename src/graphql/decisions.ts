import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { AskedScope as DomainAsked } from "../domain/decisions/asking/askedScope.ts";
import { canonicalFilter } from "../domain/decisions/canonicalFilter.ts";
import type * as domain from "../domain/decisions/types.ts";
import { badInput } from "../domain/kernel/errors.ts";
import { networkProblem } from "../domain/kernel/ipAddress.ts";
import { identifierProblem } from "../domain/kernel/text.ts";
import type {
  RequestableAccess as DomainRequestable,
  SufficientAccess as DomainSufficient,
} from "../domain/simulation/sufficientAccess.ts";
import { archivedOf } from "./archivedMonths.ts";
import { actor } from "./callers.ts";
import { connectionOf, numberedPageRequest, PageArgs, toConnection } from "./connections.ts";
import { AskedScope } from "./consentRequestTypes.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionOf, recordOf } from "./decisionOf.ts";
import { CountedAsEnum, DecisionKindEnum, OutcomeEnum, ReasonCodeEnum, ScopeGrantOutcomeEnum } from "./enums.ts";
import { id, int, json, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";
import { notesOf } from "./nameNotes.ts";
import { Obligation } from "./obligations.ts";
import type { RecordedScopeGrant, ShownReason } from "./recordedReason.ts";

export const Reason = objectType<ShownReason>(
  "Reason",
  "Why a decision came out as it did. Made when it was decided, and stored.",
  {
    code: oneOf(ReasonCodeEnum)("The kind of reason, for programs."),
    message: text("The reason in plain English, with what would have to change, for people."),
    scope: text.orNull("The scope that it is about."),
    role: text.orNull("The role that it is about."),
    ruleId: id.orNull("The rule that it is about."),
    parameters: json(
      "What the message is printed of beside scope, role and rule, for programs: which members there are depends on the code, and times are milliseconds since 1970. It names whom the message names, to the same callers. Empty: the code says all.",
    ),
  },
);

export const ScopeGrant = objectType<Omit<RecordedScopeGrant, "words">>(
  "ScopeGrant",
  "What became of one scope that was requested for a token.",
  {
    requested: text("The scope, as it was requested."),
    outcome: oneOf(ScopeGrantOutcomeEnum)("What became of it."),
    scopes: text.list(
      "What is granted of it: itself, or what it was narrowed to; empty when refused. The token says the same in its shortest form.",
    ),
    reasons: of(Reason).list(
      "How it can be used; for a narrowed or refused scope, what stands against the rest, and what would have to change.",
    ),
    successor: text.orNull("Of a DEPRECATED scope, what to ask for instead, if there is something."),
    sunsetAt: time.orNull("Of a DEPRECATED scope, when it ends."),
    validUntil: time.orNull(
      "The earliest end of what it rests on: the grant, the role by which a rule allows it, the consent, its sunset. Null: none has an end.",
    ),
  },
);

/** What a person is shown of it, made from the policy as it is now. */
@Resolver(() => ScopeGrant)
class ScopeGrantWords {
  @FieldResolver(() => String, {
    nullable: true,
    description:
      "The title of the registered scope, in the first of the request's `languages` that it has; null: it has none, and `reaches` says what it is.",
  })
  title(@Root() grant: RecordedScopeGrant, @Ctx() { domain }: GraphqlContext): string | null {
    return grant.words(domain.policy.current()).title;
  }

  @FieldResolver(() => String, { nullable: true, description: "The description of the registered scope, likewise." })
  description(@Root() grant: RecordedScopeGrant, @Ctx() { domain }: GraphqlContext): string | null {
    return grant.words(domain.policy.current()).description;
  }

  @FieldResolver(() => [String], {
    description:
      "What can be reached with what is granted of it, in plain English, each kind of record in a sentence; empty when refused.",
  })
  reaches(@Root() grant: RecordedScopeGrant, @Ctx() { domain }: GraphqlContext): readonly string[] {
    return grant.words(domain.policy.current()).reaches;
  }
}

export const Decision = objectType<ReturnType<typeof decisionOf>>(
  "Decision",
  "One answer, as it stands in the journal: on disk before it was sent.",
  {
    id: id("Its id in the journal."),
    kind: oneOf(DecisionKindEnum)("What was decided: an access, or the scopes of a token."),
    outcome: oneOf(OutcomeEnum)("The answer."),
    countedAs: oneOf(CountedAsEnum)(
      "As what accesses, counts, alerts and lists take it: its answer, or, of a part of a search, no access of its own.",
    ),
    scope: text.orNull(
      "The scope that allowed it; for a GRANT, the scopes for the token, separated by spaces. Null when denied.",
    ),
    summary: text("The answer and its nearest reason in one sentence, for people."),
    reasons: of(Reason).list(
      "Why: for an ALLOW what allowed it; for a DENY what is in the way for each scope presented, the scope that got furthest first, the same kinds together. At most 16; `reasonCount` counts all.",
    ),
    decisiveReason: oneOf(ReasonCodeEnum).orNull("The kind of the one reason that the summary tells."),
    reasonCount: int("How many reasons there were, those that are not listed included."),
    sufficientScopes: text.list(
      "Of a DENY for want of a scope, the least one that the client is granted and that would allow it if it were presented as well; else empty.",
    ),
    obligations: of(Obligation).list("What the caller must do, or else treat the answer as DENY."),
    policyRevision: int("The policy revision that it was decided against."),
    decidedAt: time("When it was decided."),
    clientId: id("The client that asked for access."),
    subjectId: id.orNull("For whom the client acts; null: for itself."),
    subjectType: text.orNull("What kind of subject that is; null: there is none."),
    action: text("The action, as it was asked; for a GRANT `grant`."),
    resourceType: text("The type of the resource; for a GRANT `scope`."),
    resourceId: id.orNull("The id of the resource; null for a search or a whole type."),
    patient: id.orNull("The patient whose resource it is, the first of several; for a GRANT, the patient in context."),
    patients: id.list("All whose resource it is."),
    purposeOfUse: text.orNull("The purpose of use, a code of HL7 v3 PurposeOfUse."),
    request: json("The whole request in its canonical form: every member there, null where the caller said nothing."),
    by: actor("Who asked."),
    scopeGrants: of(ScopeGrant).listOrNull("Of a GRANT, what became of each scope; else null."),
    newScopes: text.listOrNull("Of a GRANT, the scopes of the token that are not within those held before; else null."),
    erased: text.list(
      "What identified people and was erased after its time, as paths in the record such as `request.subject.id`: null here, where it was not null. Empty: nothing was.",
    ),
  },
);

const RequestableAccess = objectType<DomainRequestable>(
  "RequestableAccess",
  "Access that can be requested: what `requestAccess` takes, for a subject or a client.",
  {
    role: text.orNull("The role, for the subject of the decision; null: it is about a scope."),
    organization: text.orNull("Where; `*`: in all organizations. Null of a scope."),
    clientId: id.orNull("The client; null: it is about a role."),
    scope: text.orNull("The scope; null: it is about a role."),
    maxMinutes: int("For how many minutes at most."),
  },
);

export const SufficientAccess = objectType<DomainSufficient>(
  "SufficientAccess",
  "A role or a scope that would make an ALLOW of a denial if it were given: what `assignRole` or `grantScope` takes.",
  {
    role: text.orNull(
      "The role, for the subject of the decision, or, where `clientId` is given too, for the client. Null: it is about a scope.",
    ),
    organization: text.orNull("Where; `*`: in all organizations. Null of a scope."),
    clientId: id.orNull("The client; null: it is about a role of the subject."),
    scope: text.orNull("The scope; null: it is about a role."),
  },
);

@Resolver(() => Decision)
class DecisionFields {
  @FieldResolver(() => [RequestableAccess], {
    description:
      "Of a denied access, the access requests any one of which, once approved, would make it an ALLOW: each is tried, by the policy as it is now. Empty where one request is not enough, and for tokens.",
  })
  async requestableAccess(
    @Root() decision: ReturnType<typeof decisionOf>,
    @Ctx() { domain, loaders }: GraphqlContext,
  ): Promise<readonly DomainRequestable[]> {
    return loaders.counted(await domain.requestableAccess(recordOf(decision)));
  }

  @FieldResolver(() => [SufficientAccess], {
    description:
      "Of a denied access, the roles and scopes any one of which, given, would make it an ALLOW: each is tried, by the policy as it is now. Empty where one of them is not enough, and for tokens. LIMIT_EXCEEDED for more than 5 decisions of a request.",
  })
  async sufficientAccess(
    @Root() decision: ReturnType<typeof decisionOf>,
    @Ctx() { domain, loaders }: GraphqlContext,
  ): Promise<readonly DomainSufficient[]> {
    const record = recordOf(decision);
    if (record.outcome === "ALLOW") return [];
    return loaders.counted(await loaders.dear("sufficientAccess", () => domain.sufficientAccess(record)));
  }

  @FieldResolver(() => [AskedScope], {
    description:
      "What patients could be asked to agree to where consent is missing: for a denied access each scope by itself would make it an ALLOW, for a GRANT they are what `decideGrant` asks. Each is tried, by the facts of now; nobody is asked. LIMIT_EXCEEDED where more than 5 decisions of a request lack consent.",
  })
  async askableConsent(
    @Root() decision: ReturnType<typeof decisionOf>,
    @Ctx() { domain, loaders }: GraphqlContext,
  ): Promise<readonly DomainAsked[]> {
    const record = recordOf(decision);
    if (!domain.consentAsking.lacks(record)) return [];
    return loaders.counted(await loaders.dear("askableConsent", () => domain.consentAsking.askable(record)));
  }
}

@Resolver()
class DecisionResolver {
  @Query(() => Decision, {
    nullable: true,
    description:
      "One decision of the journal; null when there is none of that id, or it is not for this caller to see.",
  })
  async decision(@Arg("id", () => ID, { description: "The decision's id." }) id: string, @Ctx() ctx: GraphqlContext) {
    const problem = identifierProblem(id);
    if (problem !== null) throw badInput([{ path: "id", message: problem }]);
    const record = await ctx.domain.recordReads.decision(ctx.caller, id);
    return record === null ? null : decisionOf(record);
  }
}

export const DecisionConnection = connectionOf<ReturnType<typeof decisionOf>, { readonly searchedTo: number | null }>(
  "Decision",
  "decisions",
  Decision,
  {
    searchedTo: time.orNull(
      "Where a search took so long that it ended the page early: down to about this time all was looked at, and `endCursor` goes on from there. Null: the page is full, or nothing follows.",
    ),
  },
);

export const decisionList = listOf(
  {
    name: "decisions",
    description:
      "The decisions of the journal, newest first. A service sees those that it asked for; an auditor sees all, and each page is on record before the answer (kind `AUDIT`).",
    connection: DecisionConnection,
    filter: {
      type: "DecisionFilter",
      description: "Narrows a list of decisions; all that is given must hold. Texts are compared exactly.",
      all: "all that the caller may see",
      members: {
        kind: oneOf(DecisionKindEnum)("Of this kind."),
        clientId: id("For this client."),
        subjectId: id("For subjects of this id."),
        subjectType: text("For subjects of this type; absent: any."),
        patient: id(
          "On resources that name this patient, alone or among others, as an id or `Patient/id`; and searches that a filter confines to the patient.",
        ),
        scope: text("Allowed by this scope; for a GRANT, with exactly these scopes."),
        outcome: oneOf(OutcomeEnum)("With this answer."),
        resourceType: text("On resources of this type."),
        resourceId: id("On the resource of this id."),
        purposeOfUse: text("With this purpose of use."),
        organization: text("On resources of this organization, as the request named it."),
        partOf: id(
          "Parts of the search of this decision. Without it, and without `resourceId`, those that count as no access of their own are left out.",
        ),
        ipAddress: text("From this address, as the request told it; compared as a text."),
        network: text("From an address within this network, IPv4 or IPv6: `192.0.2.0/24`, `2001:db8::/32`."),
        ruleId: id("With a reason that names this rule."),
        callerId: id("Asked by this caller of the service: `key:` and a key's id, say. A service sees its own alone."),
        reason: oneOf(ReasonCodeEnum)("With a reason of this kind among others."),
        decisiveReason: oneOf(ReasonCodeEnum)("With this kind of reason as the one that its summary tells."),
        from: time("Decided at or after this time."),
        to: time("Decided before this time."),
      },
    },
  },
  PageArgs,
  async ({ domain, caller }, given: domain.DecisionFilter, args) => {
    const { network = null } = given;
    const problem = network === null ? null : networkProblem(network);
    if (problem !== null) throw badInput([{ path: "filter.network", message: problem }]);
    const page = numberedPageRequest("decisions", args);
    const found = await domain.recordReads.decisions(caller, { filter: canonicalFilter(given), page });
    const { clientId, organization, patient, purposeOfUse, resourceId, resourceType, ruleId, scope, subjectId } = given;
    const isEmpty = page.after === null && found.items.length === 0 && !found.hasNextPage;
    const named = {
      clients: [clientId],
      scopes: scope?.split(" ") ?? [],
      rules: [ruleId],
      organizations: [organization],
      resourceTypes: [resourceType],
      purposes: [purposeOfUse],
      patients: [patient],
      subjects: [{ id: subjectId, type: given.subjectType }],
      resources: [{ id: resourceId, type: resourceType }],
    };
    return {
      ...toConnection("decisions", page, found, decisionOf),
      searchedTo: found.searchedTo ?? null,
      window: { from: given.from, to: given.to },
      named: isEmpty ? named : undefined,
    };
  },
);

export const decisionResolvers = [
  DecisionResolver,
  DecisionFields,
  ScopeGrantWords,
  decisionList,
  archivedOf(DecisionConnection),
  notesOf(DecisionConnection),
];
