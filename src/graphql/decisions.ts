import { Arg, Args, ArgsType, Ctx, Field, ID, InputType, Int, ObjectType, Query, Resolver } from "type-graphql";
import { journalView } from "../domain/callers/permissions.ts";
import type { ReasonCode } from "../domain/decisions/reason.ts";
import type { PrintedReason } from "../domain/decisions/reasonText.ts";
import type * as domain from "../domain/decisions/types.ts";
import { badInput } from "../domain/kernel/errors.ts";
import { identifierProblem } from "../domain/kernel/text.ts";
import { type Connection, connectionOf, numberedPageRequest, PageArgs, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionOf } from "./decisionOf.ts";
import { DecisionKindEnum, OutcomeEnum, ReasonCodeEnum, ScopeGrantOutcomeEnum } from "./enums.ts";
import { givenFilter } from "./inputs.ts";
import { Obligation } from "./obligations.ts";
import { DateTime, Json } from "./scalars.ts";

@ObjectType("Reason", {
  simpleResolvers: true,
  description: "Why a decision came out as it did. Made when it was decided, and stored.",
})
export class Reason implements PrintedReason {
  @Field(() => ReasonCodeEnum, { description: "The kind of reason, for programs." })
  readonly code!: ReasonCode;
  @Field(() => String, { description: "The reason in plain English, with what would have to change, for people." })
  readonly message!: string;
  @Field(() => String, { nullable: true, description: "The scope that it is about." })
  readonly scope!: string | null;
  @Field(() => String, { nullable: true, description: "The role that it is about." })
  readonly role!: string | null;
  @Field(() => ID, { nullable: true, description: "The rule that it is about." })
  readonly ruleId!: string | null;
}

@ObjectType("ScopeGrant", {
  simpleResolvers: true,
  description: "What became of one scope that was requested for a token.",
})
export class ScopeGrant implements Omit<domain.ScopeGrant, "reasons"> {
  @Field(() => String, { description: "The scope, as it was requested." })
  readonly requested!: string;
  @Field(() => ScopeGrantOutcomeEnum, { description: "What became of it." })
  readonly outcome!: domain.ScopeGrantOutcome;
  @Field(() => [String], {
    description: "What the token carries for it: itself, or what it was narrowed to; empty when refused.",
  })
  readonly scopes!: readonly string[];
  @Field(() => [Reason], {
    description:
      "How it can be used; of a narrowed or refused one, what stands against the rest, and what would have to change.",
  })
  readonly reasons!: readonly Reason[];
  @Field(() => String, {
    nullable: true,
    description: "Of a DEPRECATED scope, what to ask for instead, if there is something.",
  })
  readonly successor!: string | null;
  @Field(() => DateTime, { nullable: true, description: "Of a DEPRECATED scope, when it ends." })
  readonly sunsetAt!: number | null;
}

@ObjectType("Decision", {
  simpleResolvers: true,
  description: "One answer, as it stands in the journal: on disk before it was sent.",
})
export class Decision {
  @Field(() => ID, { description: "Its id in the journal." })
  readonly id!: string;
  @Field(() => DecisionKindEnum, { description: "What was decided: an access, or the scopes of a token." })
  readonly kind!: domain.DecisionKind;
  @Field(() => OutcomeEnum, { description: "The answer." })
  readonly outcome!: domain.Outcome;
  @Field(() => String, {
    nullable: true,
    description:
      "The scope that allowed it; of a GRANT, the scopes for the token, separated by spaces. Null when denied.",
  })
  readonly scope!: string | null;
  @Field(() => String, { description: "The answer and its nearest reason in one sentence, for people." })
  readonly summary!: string;
  @Field(() => [Reason], {
    description:
      "Why: of an ALLOW what allowed it; of a DENY what is in the way for each scope presented, that of the scope which got furthest first, the same kinds together. At most 16; `reasonCount` counts all.",
  })
  readonly reasons!: readonly Reason[];
  @Field(() => Int, { description: "How many reasons there were, those that are not listed included." })
  readonly reasonCount!: number;
  @Field(() => [String], {
    description:
      "Of a DENY for want of a scope, the least one that the client is granted and that would allow it if it were presented as well; else empty.",
  })
  readonly sufficientScopes!: readonly string[];
  @Field(() => [Obligation], { description: "What the caller must do, or else treat the answer as DENY." })
  readonly obligations!: readonly Obligation[];
  @Field(() => Int, { description: "The policy revision that it was decided against." })
  readonly policyRevision!: number;
  @Field(() => DateTime, { description: "When it was decided." })
  readonly decidedAt!: number;
  @Field(() => ID, { description: "The client that asked for access." })
  readonly clientId!: string;
  @Field(() => ID, { nullable: true, description: "For whom the client acts; null: for itself." })
  readonly subjectId!: string | null;
  @Field(() => String, { description: "The action, as it was asked; of a GRANT `grant`." })
  readonly action!: string;
  @Field(() => String, { description: "The type of the resource; of a GRANT `scope`." })
  readonly resourceType!: string;
  @Field(() => ID, { nullable: true, description: "The id of the resource; null for a search or a whole type." })
  readonly resourceId!: string | null;
  @Field(() => ID, {
    nullable: true,
    description: "The patient whose resource it is; of a GRANT, the patient in context.",
  })
  readonly patient!: string | null;
  @Field(() => String, { nullable: true, description: "The purpose of use, a code of HL7 v3 PurposeOfUse." })
  readonly purposeOfUse!: string | null;
  @Field(() => Json, {
    description: "The whole request in its canonical form: every member there, null where the caller said nothing.",
  })
  readonly request!: domain.DecisionRecord["request"];
  @Field(() => String, { description: "The caller of this service who asked." })
  readonly callerId!: string;
  @Field(() => [ScopeGrant], { nullable: true, description: "Of a GRANT, what became of each scope; else null." })
  readonly scopeGrants!: readonly ScopeGrant[] | null;
  @Field(() => [String], {
    nullable: true,
    description: "Of a GRANT, the scopes of the token that are not within those held before; else null.",
  })
  readonly newScopes!: readonly string[] | null;
}
const DecisionConnection = connectionOf("Decision", "decisions", () => Decision);

@InputType("DecisionFilter", {
  description: "Narrows a list of decisions; all that is given must hold. Texts are compared exactly.",
})
class DecisionFilter {
  @Field(() => DecisionKindEnum, { nullable: true, description: "Of this kind." })
  readonly kind?: domain.DecisionKind | null;
  @Field(() => ID, { nullable: true, description: "For this client." })
  readonly clientId?: string | null;
  @Field(() => ID, { nullable: true, description: "For this subject." })
  readonly subjectId?: string | null;
  @Field(() => ID, { nullable: true, description: "On resources of this patient." })
  readonly patient?: string | null;
  @Field(() => String, { nullable: true, description: "Allowed by this scope; of a GRANT, with exactly these scopes." })
  readonly scope?: string | null;
  @Field(() => OutcomeEnum, { nullable: true, description: "With this answer." })
  readonly outcome?: domain.Outcome | null;
  @Field(() => String, { nullable: true, description: "On resources of this type." })
  readonly resourceType?: string | null;
  @Field(() => ID, { nullable: true, description: "On the resource of this id." })
  readonly resourceId?: string | null;
  @Field(() => String, { nullable: true, description: "With this purpose of use." })
  readonly purposeOfUse?: string | null;
  @Field(() => ReasonCodeEnum, { nullable: true, description: "With a reason of this kind among others." })
  readonly reason?: ReasonCode | null;
  @Field(() => DateTime, { nullable: true, description: "Decided at or after this time." })
  readonly from?: number | null;
  @Field(() => DateTime, { nullable: true, description: "Decided before this time." })
  readonly to?: number | null;
}

@ArgsType()
class DecisionsArgs extends PageArgs {
  @Field(() => DecisionFilter, { nullable: true, description: "Absent: all that the caller may see." })
  readonly filter?: DecisionFilter | null;
}

@Resolver()
export class DecisionResolver {
  @Query(() => Decision, {
    nullable: true,
    description:
      "One decision of the journal; null when there is none of that id, or it is not for this caller to see.",
  })
  async decision(
    @Arg("id", () => ID, { description: "The decision's id." }) id: string,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Decision | null> {
    const problem = identifierProblem(id);
    if (problem !== null) throw badInput([{ path: "id", message: problem }]);
    const record = await ctx.domain.decisions.decision(id);
    const view = journalView(ctx.caller);
    return record === null || (view !== null && record.callerId !== view) ? null : decisionOf(record);
  }

  @Query(() => DecisionConnection, {
    description:
      "The decisions of the journal, newest first. A service sees those that it asked for; an auditor sees all.",
  })
  async decisions(
    @Args(() => DecisionsArgs) args: DecisionsArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Connection<Decision>> {
    const view = journalView(ctx.caller);
    const filter: domain.DecisionFilter = { ...givenFilter(args.filter), ...(view === null ? {} : { callerId: view }) };
    const request = numberedPageRequest("decisions", args);
    return toConnection(
      "decisions",
      request,
      await ctx.domain.decisions.decisions({ filter, page: request }),
      decisionOf,
    );
  }
}
