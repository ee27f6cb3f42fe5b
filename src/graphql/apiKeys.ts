import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import type { KeyContent } from "../domain/callers/apiKeys.ts";
import { subjectOfKey } from "../domain/callers/callerName.ts";
import type {
  CallerRole,
  ApiKey as DomainApiKey,
  AssertableRole as DomainAssertable,
} from "../domain/callers/types.ts";
import { badInput } from "../domain/kernel/errors.ts";
import { Actor, actorOrNull, CallerSubject } from "./callers.ts";
import { type Connection, connectionOf, PageArgs, pageRequest, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { CallerRoleEnum } from "./enums.ts";
import { inputType, objectType, text } from "./graphqlTypes.ts";
import { DateTime } from "./scalars.ts";

export const AssertableRole = objectType<DomainAssertable>(
  "AssertableRole",
  "A role that a caller may say a subject has, as a token says it, and where.",
  {
    role: text("The role."),
    organization: text("Where; `*`: in every organization, and for what names none."),
  },
);

@ObjectType("ApiKey", {
  simpleResolvers: true,
  description:
    "A key with which a caller of this API authenticates. Its secret is shown once, when it is created, and stored nowhere.",
})
export class ApiKey implements Omit<DomainApiKey, "createdBy" | "revokedBy" | "subject"> {
  @Field(() => ID, { description: "Its id, which stands in the key's text; the caller's id is `key:` and this." })
  readonly id!: string;
  @Field(() => String, { description: "Whose or what for." })
  readonly name!: string;
  @Field(() => [CallerRoleEnum], { description: "What its bearer may do." })
  readonly roles!: readonly CallerRole[];
  @Field(() => DateTime, {
    nullable: true,
    description: "Of the key that the first start made: until when it holds every role. Null of every other.",
  })
  readonly allRolesUntil!: number | null;
  // Where the name here is not the property's, no resolver is simple.
  @Field(() => ID, {
    name: "clientId",
    simple: false,
    nullable: true,
    description:
      "Its default client: the OAuth client that its bearer's questions over HTTP (AuthZEN) are about when they name none.",
  })
  readonly defaultClientId!: string | null;
  @Field(() => [AssertableRole], { description: "The roles that its bearer's questions may bring along, and where." })
  readonly assertRoles!: readonly DomainAssertable[];
  @Field(() => DateTime, { name: "at", simple: false, description: "When it was created." })
  readonly createdAt!: number;
  @Field(() => String, { description: "Why it was created." })
  readonly reason!: string;
  @Field(() => DateTime, {
    name: "until",
    simple: false,
    nullable: true,
    description: "When it ends by itself; null: never.",
  })
  readonly expiresAt!: number | null;
  @Field(() => DateTime, {
    nullable: true,
    description: "When it was last used, as known a minute later; null: not yet.",
  })
  readonly lastUsedAt!: number | null;
  @Field(() => DateTime, { nullable: true, description: "When it was revoked." })
  readonly revokedAt!: number | null;
  @Field(() => String, { nullable: true, description: "Why it was revoked." })
  readonly revocationReason!: string | null;
}

@Resolver(() => ApiKey)
export class ApiKeyFields {
  @FieldResolver(() => CallerSubject, {
    nullable: true,
    description: "The person or program to whom it belongs; null: not said.",
  })
  subject(@Root() key: DomainApiKey): CallerSubject | null {
    return subjectOfKey(key);
  }

  @FieldResolver(() => Actor, { description: "Who created it." })
  by(@Root() key: DomainApiKey): Actor {
    return { callerId: key.createdBy };
  }

  @FieldResolver(() => Actor, { nullable: true, description: "Who revoked it." })
  revokedBy(@Root() key: DomainApiKey): Actor | null {
    return actorOrNull(key.revokedBy);
  }
}

const ApiKeyConnection = connectionOf("ApiKey", "API keys", ApiKey);

@InputType("ApiKeySubjectInput", { description: "To whom an API key belongs." })
export class ApiKeySubjectInput {
  @Field(() => String, {
    defaultValue: "user",
    description: "`user` for a person, `client` for a program, or another name of yours.",
  })
  readonly type!: string;
  @Field(() => ID, {
    description:
      "Its id, 1 to 256 characters; for a person the one under which all else knows them (`sub` in a token).",
  })
  readonly id!: string;
}

const AssertableRoleInput = inputType<DomainAssertable>(
  "AssertableRoleInput",
  "A role that a caller may say a subject has, and where.",
  {
    role: text("The role, 1 to 256 characters."),
    organization: text("An organization, where it holds for its resources alone; `*`: all, and what names none."),
  },
);

@InputType("CreateApiKeyInput", { description: "An API key to be created." })
export class CreateApiKeyInput {
  @Field(() => String, { description: "Whose or what for, 1 to 256 characters." })
  readonly name!: string;
  @Field(() => [CallerRoleEnum], { description: "What its bearer may do: at least one, and for a person just one." })
  readonly roles!: readonly CallerRole[];
  @Field(() => ApiKeySubjectInput, {
    nullable: true,
    description:
      "To whom it belongs. A key that holds ADMIN, REVIEWER or AUDITOR must say it. Where somebody else is required, this is compared: two keys of one person are one person.",
  })
  readonly subject?: ApiKeySubjectInput | null;
  @Field(() => ID, {
    nullable: true,
    description:
      "Its default client, 1 to 256 characters: the OAuth client that its bearer's questions over HTTP (AuthZEN) are about when they name none. Absent: they must name one.",
  })
  readonly clientId?: string | null;
  @Field(() => [AssertableRoleInput], {
    nullable: true,
    description:
      "The roles that its bearer's questions may bring along in `subject.roles`, at most 100; only of a key that holds SERVICE. Absent: none. The bearer of the key can give these roles to anybody: list only what its tokens really say.",
  })
  readonly assertRoles?: readonly DomainAssertable[] | null;
  @Field(() => DateTime, { nullable: true, description: "When it ends by itself, in the future; absent: never." })
  readonly until?: number | null;
}

/** What of a key's input is the key, without why it is made. */
export const keyContentOf = ({
  name,
  roles,
  subject,
  clientId,
  assertRoles,
  until,
}: CreateApiKeyInput): KeyContent => ({
  name,
  roles,
  subject: subject ? { type: subject.type, id: subject.id } : null,
  defaultClientId: clientId ?? null,
  assertRoles: (assertRoles ?? []).map(({ role, organization }) => ({ role, organization })),
  expiresAt: until ?? null,
});

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
  readonly apiKey!: DomainApiKey;
  @Field(() => Int, { description: CURRENT_REVISION })
  readonly policyRevision!: number;
}

@ObjectType("RevokedApiKey", { simpleResolvers: true, description: "An API key that no longer authenticates." })
export class RevokedApiKey {
  @Field(() => ApiKey, { description: "The key as it is now." })
  readonly apiKey!: DomainApiKey;
  @Field(() => Int, { description: CURRENT_REVISION })
  readonly policyRevision!: number;
}

@Resolver()
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, {
    description: "The API keys without their secrets, newest first, expired and revoked ones included.",
  })
  async apiKeys(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { domain }: GraphqlContext,
  ): Promise<Connection<DomainApiKey>> {
    const request = pageRequest("apiKeys", args);
    const keys = await domain.apiKeys.list();
    // Keys are few and are never deleted: the position after a key is found by its id.
    const before = request.after === null ? 0 : keys.findIndex((key) => key.id === request.after) + 1;
    if (request.after !== null && before === 0)
      throw badInput([{ path: "after", message: "must be a cursor of apiKeys, as an earlier page gave it" }]);
    const items = keys.slice(before, before + request.first).map((node) => ({ node, key: node.id }));
    return toConnection("apiKeys", request, { items, hasNextPage: before + request.first < keys.length }, (key) => key);
  }

  @Mutation(() => CreatedApiKey, {
    description:
      "Creates an API key. Its secret is in the answer and nowhere else; only a hash of it is kept. Who holds ADMIN gives the roles SERVICE, ADMIN, REVIEWER and CONSENT, who holds AUDITOR gives AUDITOR; any other is FORBIDDEN. A token without a person, or of which that can't be told, makes only keys of SERVICE alone without `assertRoles`; any other is FORBIDDEN. Under four eyes a key that does more than these is made with the `proposal` that somebody else has approved, by the same input (FOUR_EYES_REQUIRED without one), and a program's key that holds ADMIN, REVIEWER or AUDITOR by a key or token that says whose it is (FORBIDDEN). INSUFFICIENT_USER_AUTHENTICATION, for any key, where a person's token wants a fresh sign-in.",
  })
  async createApiKey(
    @Arg("input", () => CreateApiKeyInput, { description: "The key to create." }) input: CreateApiKeyInput,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept with the key." }) reason: string,
    @Arg("proposal", () => ID, {
      nullable: true,
      description:
        "The approved proposal that it carries out, with the same input; under four eyes every key needs one but that with the role SERVICE alone and no `assertRoles`. CONFLICT where it is not APPROVED.",
    })
    proposal: string | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<CreatedApiKey> {
    // Read first: once the key is made, nothing may fail, or its secret would be lost.
    const policyRevision = domain.policy.current().revision;
    const key = keyContentOf(input);
    const created =
      (proposal ?? null) === null
        ? await domain.apiKeys.create({ ...key, reason, by: caller })
        : await domain.proposals.createKey(caller, { id: proposal as string, key, reason });
    return { ...created, policyRevision };
  }

  @Mutation(() => RevokedApiKey, {
    description:
      "Revokes an API key, for good. NOT_FOUND when there is none of that id, CONFLICT when it is the caller's own and the last in force that holds ADMIN; revoking again changes nothing. Auditors who are no admins may revoke keys that hold AUDITOR alone.",
  })
  async revokeApiKey(
    @Arg("id", () => ID, { description: "The key's id." }) id: string,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept with the key." }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<RevokedApiKey> {
    const policyRevision = domain.policy.current().revision;
    return { apiKey: await domain.apiKeys.revoke({ id, reason, by: caller }), policyRevision };
  }
}
