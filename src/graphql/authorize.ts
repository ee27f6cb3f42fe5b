import { Arg, Ctx, Field, ID, InputType, Query, Resolver } from "type-graphql";
import type * as domain from "../domain/decisions/accessInput.ts";
import type { GraphqlContext } from "./context.ts";
import { decidingFields } from "./decidingFields.ts";
import { Decision } from "./decisions.ts";
import type { Whole } from "./inputs.ts";
import { Json } from "./scalars.ts";

const ATTRIBUTES = "A JSON object, at most 16384 characters and 6 levels deep, for conditions";

@InputType("SubjectInput", { description: "The person or service for whom the client acts." })
export class SubjectInput implements Whole<NonNullable<domain.AuthorizeInput["subject"]>> {
  @Field(() => ID, { description: "As roles are assigned to it: 1 to 256 characters." })
  readonly id!: string;
  @Field(() => String, { nullable: true, defaultValue: "user", description: "What kind of subject, for conditions." })
  readonly type!: string | null | undefined;
  @Field(() => String, { nullable: true, description: "The subject's organization, for conditions." })
  readonly organization!: string | null | undefined;
  @Field(() => Json, { nullable: true, description: `${ATTRIBUTES} (\`subject.attributes\`).` })
  readonly attributes!: unknown;
}

@InputType("ResourceInput", {
  description: "What is to be accessed: one resource, or, without an id, a type as a whole, as a search does.",
})
export class ResourceInput implements Whole<domain.AuthorizeInput["resource"]> {
  @Field(() => String, {
    description:
      "A FHIR R4 type or one of your own: a letter, then letters, digits, `_`, `.` or `-`; at most 64 characters.",
  })
  readonly type!: string;
  @Field(() => ID, { nullable: true, description: "The id of the resource, 1 to 256 characters." })
  readonly id!: string | null | undefined;
  @Field(() => ID, { nullable: true, description: "The patient whose resource it is." })
  readonly patient!: string | null | undefined;
  @Field(() => String, {
    nullable: true,
    description: "Whose resource it is; absent: reached only by roles that hold in all organizations.",
  })
  readonly organization!: string | null | undefined;
  @Field(() => [String], {
    nullable: true,
    description: "Security labels, such as `PSY` or `R`; at most 100. Absent is not the same as none.",
  })
  readonly labels!: readonly string[] | null | undefined;
  @Field(() => Json, {
    nullable: true,
    description: `${ATTRIBUTES}, and for the constraints of scopes, under the search parameter's name.`,
  })
  readonly attributes!: unknown;
}

@InputType("RequestContextInput", { description: "The circumstances of the access." })
export class RequestContextInput implements Whole<NonNullable<domain.AuthorizeInput["context"]>> {
  @Field(() => ID, { nullable: true, description: "The patient in context, whom a `patient/` scope needs." })
  readonly patient!: string | null | undefined;
  @Field(() => String, { nullable: true, description: "From where, at most 256 characters." })
  readonly ipAddress!: string | null | undefined;
  @Field(() => String, { nullable: true, description: "From which region, at most 256 characters." })
  readonly region!: string | null | undefined;
  @Field(() => String, { nullable: true, description: "With what, at most 1024 characters." })
  readonly userAgent!: string | null | undefined;
  @Field(() => String, {
    nullable: true,
    description: "The id (`jti`) of the access token, at most 256 characters; never the token itself.",
  })
  readonly tokenId!: string | null | undefined;
  @Field(() => Json, { nullable: true, description: `${ATTRIBUTES} (\`context.attributes\`).` })
  readonly attributes!: unknown;
}

@InputType("AuthorizeInput", {
  description: "May this client, for this subject, do this to that resource with these scopes?",
})
export class AuthorizeInput implements Whole<domain.AuthorizeInput> {
  @Field(() => ID, { description: "The OAuth client, 1 to 256 characters." })
  readonly clientId!: string;
  @Field(() => SubjectInput, { nullable: true, description: "For whom the client acts; absent: it acts as itself." })
  readonly subject!: SubjectInput | null | undefined;
  @Field(() => [String], {
    nullable: true,
    description: "The scopes of the access token, at most 256; absent: all that the client is granted.",
  })
  readonly scopes!: readonly string[] | null | undefined;
  @Field(() => String, {
    description: "read, search, create, update, delete, or any other name; at most 64 characters.",
  })
  readonly action!: string;
  @Field(() => ResourceInput, { description: "What is to be accessed." })
  readonly resource!: ResourceInput;
  @Field(() => String, {
    nullable: true,
    description: "A code of HL7 v3 PurposeOfUse, such as TREAT, HPAYMT, HOPERAT, ETREAT, BTG, HRESCH or PATRQT.",
  })
  readonly purposeOfUse!: string | null | undefined;
  @Field(() => RequestContextInput, { nullable: true, description: "The circumstances of the access." })
  readonly context!: RequestContextInput | null | undefined;
  @Field(() => ID, {
    nullable: true,
    description:
      "Makes a retry safe: the same id and input of the same caller give the same decision. The same id with another input is BAD_USER_INPUT.",
  })
  readonly requestId!: string | null | undefined;
}

@Resolver()
export class AuthorizeResolver {
  @Query(() => Decision, {
    description:
      "Decides, and answers when the decision is on disk. BAD_USER_INPUT: nothing was decided. POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE, with HTTP 503: there is no decision; deny, and try again.",
  })
  authorize(
    @Arg("input", () => AuthorizeInput, { description: "The question." }) input: AuthorizeInput,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Decision> {
    return decidingFields.authorize(ctx, input);
  }

  @Query(() => [Decision], {
    description:
      "Decides many questions against one state of the policy, and answers in their order when all are on disk. One that is not well formed refuses all.",
  })
  authorizeBatch(
    @Arg("inputs", () => [AuthorizeInput], {
      description:
        "The questions. LIMIT_EXCEEDED for a request of more decisions than the service is set to take, 100 if nothing is said.",
    })
    inputs: AuthorizeInput[],
    @Ctx() ctx: GraphqlContext,
  ): Promise<Decision[]> {
    return decidingFields.authorizeBatch(ctx, inputs);
  }
}
