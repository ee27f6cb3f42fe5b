import {
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { subjectOfKey } from "../domain/callers/callerName.ts";
import { samePerson } from "../domain/callers/samePerson.ts";
import type {
  ApiKeyAct,
  ApiKeyEventKind,
  CallerRole,
  AssertableRole as DomainAssertable,
  KeyFailures as DomainFailures,
  ApiKeyEventFilter as DomainFilter,
} from "../domain/callers/types.ts";
import { asKnown } from "../domain/directory/samePeople.ts";
import { AssertableRole } from "./apiKeys.ts";
import { Actor, actorOrNull, CallerSubject, nameOf } from "./callers.ts";
import { type Connection, connectionOf, numberedPageRequest, PageArgs, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { ApiKeyEventEnum, CallerRoleEnum } from "./enums.ts";
import { givenFilter } from "./inputs.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("ApiKeyFailures", { simpleResolvers: true, description: "How often an API key was refused, by why." })
class ApiKeyFailures implements DomainFailures {
  @Field(() => DateTime, { description: "The first of them; the last was by the time of the event." })
  readonly since!: number;
  @Field(() => Int, { description: "With its id and another secret: somebody guesses, or mistyped." })
  readonly wrongSecret!: number;
  @Field(() => Int, { description: "After it expired." })
  readonly expired!: number;
  @Field(() => Int, { description: "After it was revoked." })
  readonly revoked!: number;
}

@ObjectType("ApiKeyEvent", {
  simpleResolvers: true,
  description: "What happened to an API key, as it stands on record beside decisions and policy revisions.",
})
class ApiKeyEvent implements Omit<ApiKeyAct, "author" | "subject" | "defaultClientId"> {
  @Field(() => ApiKeyEventEnum, { description: "What happened." })
  readonly event!: ApiKeyEventKind;
  @Field(() => DateTime, { description: "When; for failures, until when they were counted." })
  readonly at!: number;
  @Field(() => ID, { description: "The key's id." })
  readonly keyId!: string;
  @Field(() => String, { description: "The key's name." })
  readonly name!: string;
  @Field(() => [CallerRoleEnum], { description: "What its bearer may do." })
  readonly roles!: readonly CallerRole[];
  @Field(() => DateTime, {
    nullable: true,
    description: "Of the key that the first start made: until when it holds every role.",
  })
  readonly allRolesUntil!: number | null;
  @Field(() => [AssertableRole], { description: "The roles that its bearer's questions may bring along, and where." })
  readonly assertRoles!: readonly DomainAssertable[];
  @Field(() => DateTime, {
    name: "until",
    simple: false,
    nullable: true,
    description: "When the key ends by itself; null: never.",
  })
  readonly expiresAt!: number | null;
  @Field(() => String, { nullable: true, description: "Why, in the author's words; null of failures." })
  readonly reason!: string | null;
  @Field(() => ApiKeyFailures, { nullable: true, description: "Of FAILED, how often and why." })
  readonly failures!: DomainFailures | null;
}
const ApiKeyEventConnection = connectionOf("ApiKeyEvent", "events of API keys", ApiKeyEvent);

@Resolver(() => ApiKeyEvent)
export class ApiKeyEventFields {
  @FieldResolver(() => CallerSubject, {
    nullable: true,
    description: "The person or program to whom the key belongs; null: not said.",
  })
  subject(@Root() act: ApiKeyAct): CallerSubject | null {
    return subjectOfKey(act);
  }

  @FieldResolver(() => ID, { nullable: true, description: "The key's default client." })
  clientId(@Root() act: ApiKeyAct): string | null {
    return act.defaultClientId;
  }

  @FieldResolver(() => Actor, { nullable: true, description: "Who did it; null of failures." })
  by(@Root() act: ApiKeyAct): Actor | null {
    return actorOrNull(act.author);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether who did it is, or may be, the person to whom the key belongs: true where one of the two is not said. False of failures.",
  })
  async byHolder(@Root() act: ApiKeyAct, @Ctx() ctx: GraphqlContext): Promise<boolean> {
    if (act.author === null) return false;
    const { subject } = await nameOf(ctx, act.author);
    const author = subject === null ? { subject } : asKnown(ctx.domain.directory.current(), subject);
    return samePerson(author, { subject: subjectOfKey(act) });
  }
}

@InputType("ApiKeyEventFilter", { description: "Narrows a list of events; all that is given must hold." })
class ApiKeyEventFilter {
  @Field(() => ID, { nullable: true, description: "Of this key." })
  readonly keyId?: string | null;
  @Field(() => ApiKeyEventEnum, { nullable: true, description: "Of this kind." })
  readonly event?: ApiKeyEventKind | null;
  @Field(() => ID, { nullable: true, description: "By the caller of this id." })
  readonly callerId?: string | null;
  @Field(() => DateTime, { nullable: true, description: "At or after this time." })
  readonly from?: number | null;
  @Field(() => DateTime, { nullable: true, description: "Before this time." })
  readonly to?: number | null;
}

@ArgsType()
class ApiKeyEventsArgs extends PageArgs {
  @Field(() => ApiKeyEventFilter, { nullable: true, description: "Absent: all." })
  readonly filter?: ApiKeyEventFilter | null;
}

@Resolver()
export class ApiKeyEventResolver {
  @Query(() => ApiKeyEventConnection, {
    description:
      "What happened to API keys, newest first: made, revoked, and refused. Refusals are on record about a minute later.",
  })
  async apiKeyEvents(
    @Args(() => ApiKeyEventsArgs) args: ApiKeyEventsArgs,
    @Ctx() { domain }: GraphqlContext,
  ): Promise<Connection<ApiKeyAct>> {
    const filter: DomainFilter = givenFilter(args.filter);
    const request = numberedPageRequest("apiKeyEvents", args);
    return toConnection("apiKeyEvents", request, await domain.apiKeys.events({ filter, page: request }), (act) => act);
  }
}
