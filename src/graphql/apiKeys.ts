import { Arg, Args, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from "type-graphql";
import type { CallerRole, ApiKey as DomainApiKey } from "../domain/callers/types.ts";
import { badInput } from "../domain/kernel/errors.ts";
import { type Connection, connectionOf, PageArgs, pageRequest, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { CallerRoleEnum } from "./enums.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("ApiKey", {
  simpleResolvers: true,
  description:
    "A key with which a caller of this API authenticates. Its secret is shown once, when it is created, and stored nowhere.",
})
export class ApiKey implements DomainApiKey {
  @Field(() => ID, { description: "Its id, which stands in the key's text; the caller's id is `key:` and this." })
  readonly id!: string;
  @Field(() => String, { description: "Whose or what for." })
  readonly name!: string;
  @Field(() => [CallerRoleEnum], { description: "What its bearer may do." })
  readonly roles!: readonly CallerRole[];
  @Field(() => ID, {
    name: "clientId",
    // Its name here is not the property's.
    simple: false,
    nullable: true,
    description:
      "Its default client: the OAuth client that its bearer's questions over HTTP (AuthZEN) are about when they name none.",
  })
  readonly defaultClientId!: string | null;
  @Field(() => DateTime, { description: "When it was created." })
  readonly createdAt!: number;
  @Field(() => String, { description: "The id of the caller who created it." })
  readonly createdBy!: string;
  @Field(() => String, { description: "Why it was created." })
  readonly reason!: string;
  @Field(() => DateTime, { nullable: true, description: "When it ends by itself; null: never." })
  readonly expiresAt!: number | null;
  @Field(() => DateTime, { nullable: true, description: "When it was revoked." })
  readonly revokedAt!: number | null;
  @Field(() => String, { nullable: true, description: "The id of the caller who revoked it." })
  readonly revokedBy!: string | null;
  @Field(() => String, { nullable: true, description: "Why it was revoked." })
  readonly revocationReason!: string | null;
}
const ApiKeyConnection = connectionOf("ApiKey", "API keys", ApiKey);

@InputType("CreateApiKeyInput", { description: "An API key to be created." })
export class CreateApiKeyInput {
  @Field(() => String, { description: "Whose or what for, 1 to 256 characters." })
  readonly name!: string;
  @Field(() => [CallerRoleEnum], { description: "What its bearer may do: at least one, and for a person just one." })
  readonly roles!: readonly CallerRole[];
  @Field(() => ID, {
    nullable: true,
    description:
      "Its default client, 1 to 256 characters: the OAuth client that its bearer's questions over HTTP (AuthZEN) are about when they name none. Absent: they must name one.",
  })
  readonly clientId?: string | null;
  @Field(() => DateTime, { nullable: true, description: "When it ends by itself, in the future; absent: never." })
  readonly expiresAt?: number | null;
}

const CURRENT_REVISION = "The current policy revision, which keys do not change.";

@ObjectType("CreatedApiKey", {
  simpleResolvers: true,
  description: "A new API key, with its secret for this one time.",
})
export class CreatedApiKey {
  @Field(() => String, {
    description: "The key, to be sent as `Authorization: Bearer <key>`. Keep it now: it can't be shown again.",
  })
  readonly key!: string;
  @Field(() => ApiKey, { description: "What is stored of it." })
  readonly apiKey!: ApiKey;
  @Field(() => Int, { description: CURRENT_REVISION })
  readonly policyRevision!: number;
}

@ObjectType("RevokedApiKey", { simpleResolvers: true, description: "An API key that no longer authenticates." })
export class RevokedApiKey {
  @Field(() => ApiKey, { description: "The key as it is now." })
  readonly apiKey!: ApiKey;
  @Field(() => Int, { description: CURRENT_REVISION })
  readonly policyRevision!: number;
}

@Resolver()
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, {
    description: "The API keys without their secrets, newest first, expired and revoked ones included.",
  })
  async apiKeys(@Args(() => PageArgs) args: PageArgs, @Ctx() { domain }: GraphqlContext): Promise<Connection<ApiKey>> {
    const request = pageRequest("apiKeys", args);
    const keys = await domain.apiKeys.list();
    // Keys are few and are never deleted: the position after a key is found by its id.
    const before = request.after === null ? 0 : keys.findIndex((key) => key.id === request.after) + 1;
    if (request.after !== null && before === 0)
      throw badInput([{ path: "after", message: "must be a cursor of apiKeys, as an earlier page gave it" }]);
    const items = keys.slice(before, before + request.first).map((node) => ({ node, key: node.id }));
    return toConnection("apiKeys", request, { items, hasNextPage: before + request.first < keys.length }, (key) => key);
  }

  @Mutation(() => CreatedApiKey, { description: "Creates an API key. Its secret is in the answer and nowhere else." })
  async createApiKey(
    @Arg("input", () => CreateApiKeyInput, { description: "The key to create." }) input: CreateApiKeyInput,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept with the key." }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<CreatedApiKey> {
    const { name, roles, clientId, expiresAt } = input;
    // Read first: once the key is made, nothing may fail, or its secret would be lost.
    const policyRevision = domain.policy.current().revision;
    const created = await domain.apiKeys.create({
      name,
      roles,
      defaultClientId: clientId ?? null,
      expiresAt: expiresAt ?? null,
      reason,
      author: caller.id,
    });
    return { ...created, policyRevision };
  }

  @Mutation(() => RevokedApiKey, {
    description:
      "Revokes an API key, for good. NOT_FOUND when there is none of that id; revoking again changes nothing.",
  })
  async revokeApiKey(
    @Arg("id", () => ID, { description: "The key's id." }) id: string,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept with the key." }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<RevokedApiKey> {
    const policyRevision = domain.policy.current().revision;
    return { apiKey: await domain.apiKeys.revoke({ id, reason, author: caller.id }), policyRevision };
  }
}
