import { Arg, Ctx, Field, ID, InputType, Int, ObjectType, Query, Resolver } from "type-graphql";
import type * as input from "../domain/decisions/granting/grantInput.ts";
import type * as domain from "../domain/decisions/types.ts";
import { RequestContextInput, SubjectInput } from "./authorize.ts";
import type { GraphqlContext } from "./context.ts";
import { decidingFields } from "./decidingFields.ts";
import { Reason, ScopeGrant } from "./decisions.ts";
import { OutcomeEnum } from "./enums.ts";
import type { Whole } from "./inputs.ts";
import { DateTime, Json } from "./scalars.ts";

@InputType("DecideGrantInput", {
  description: "Which of these scopes may a token of this client carry, for this subject?",
})
export class DecideGrantInput implements Whole<input.DecideGrantInput> {
  @Field(() => ID, { description: "The OAuth client, 1 to 256 characters." })
  readonly clientId!: string;
  @Field(() => SubjectInput, {
    nullable: true,
    description:
      "For whom the token is; absent: for the client itself. What is not given of it counts as not known yet.",
  })
  readonly subject!: SubjectInput | null | undefined;
  @Field(() => [String], {
    description: "The scopes requested, at most 256, without those for which nothing is asked.",
  })
  readonly scopes!: readonly string[];
  @Field(() => [String], {
    nullable: true,
    description: "What the subject has allowed the client before, at most 256. Only `newScopes` depends on it.",
  })
  readonly heldScopes!: readonly string[] | null | undefined;
  @Field(() => String, {
    nullable: true,
    description: "The purpose of use of all that the token will be used for; absent: any.",
  })
  readonly purposeOfUse!: string | null | undefined;
  @Field(() => RequestContextInput, {
    nullable: true,
    description:
      "What will hold for as long as the token does. `patient` is the patient in launch context: without one, no `patient/` scope is granted.",
  })
  readonly context!: RequestContextInput | null | undefined;
  @Field(() => ID, {
    nullable: true,
    description:
      "Makes a retry safe: the same id and input of the same caller give the same decision. The same id with another input is BAD_USER_INPUT.",
  })
  readonly requestId!: string | null | undefined;
}

@ObjectType("GrantDecision", {
  simpleResolvers: true,
  description: "Which scopes a token may carry, as it stands in the journal: on disk before it was sent.",
})
export class GrantDecision {
  @Field(() => ID, { description: "Its id in the journal, where `decision` finds it." })
  readonly id!: string;
  @Field(() => OutcomeEnum, { description: "ALLOW if the token may carry any scope." })
  readonly outcome!: domain.Outcome;
  @Field(() => String, {
    nullable: true,
    description: "The scopes for the token, separated by spaces, in the order of the request; null if there is none.",
  })
  readonly scope!: string | null;
  @Field(() => [ScopeGrant], { description: "What became of each requested scope, in the order of the request." })
  readonly scopes!: readonly ScopeGrant[];
  @Field(() => [String], { description: "The scopes for the token that are not within those held before." })
  readonly newScopes!: readonly string[];
  @Field(() => String, { description: "The answer and its nearest reason in one sentence, for people." })
  readonly summary!: string;
  @Field(() => [Reason], {
    description: "The reasons of all scopes, each once; at most 16, and `reasonCount` counts all.",
  })
  readonly reasons!: readonly Reason[];
  @Field(() => Int, { description: "How many reasons there were, those that are not listed included." })
  readonly reasonCount!: number;
  @Field(() => Int, { description: "The policy revision that it was decided against." })
  readonly policyRevision!: number;
  @Field(() => DateTime, { description: "When it was decided." })
  readonly decidedAt!: number;
  @Field(() => ID, { description: "The client that is to be given the token." })
  readonly clientId!: string;
  @Field(() => ID, { nullable: true, description: "For whom the token is; null: for the client itself." })
  readonly subjectId!: string | null;
  @Field(() => ID, { nullable: true, description: "The patient in context." })
  readonly patient!: string | null;
  @Field(() => String, { nullable: true, description: "The purpose of use, a code of HL7 v3 PurposeOfUse." })
  readonly purposeOfUse!: string | null;
  @Field(() => Json, { description: "The whole request in its canonical form." })
  readonly request!: domain.GrantRequest;
  @Field(() => String, { description: "The caller of this service who asked." })
  readonly callerId!: string;
}

@Resolver()
export class DecideGrantResolver {
  @Query(() => GrantDecision, {
    description:
      "Decides which scopes a token may carry, and answers when that is on disk. It never grants a scope that `authorize` would then refuse for every resource. Errors are those of `authorize`.",
  })
  decideGrant(
    @Arg("input", () => DecideGrantInput, { description: "The question." }) input: DecideGrantInput,
    @Ctx() ctx: GraphqlContext,
  ): Promise<GrantDecision> {
    return decidingFields.decideGrant(ctx, input);
  }
}
