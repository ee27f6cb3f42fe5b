import type { GraphQLObjectType, GraphQLResolveInfo } from "graphql";
import { Ctx, Field, FieldResolver, ID, Info, ObjectType, Query, Resolver, Root } from "type-graphql";
import type { CallerName } from "../domain/callers/callerName.ts";
import { mayCall } from "../domain/callers/permissions.ts";
import {
  CALLER_ROLES,
  type CallerKind,
  type CallerRole,
  type CallerSubject as DomainSubject,
} from "../domain/callers/types.ts";
import { entityOf, ownersOf } from "../domain/directory/directory.ts";
import { PATIENT_TYPE } from "../domain/kernel/patientId.ts";
import type { GraphqlContext } from "./context.ts";
import { CallerKindEnum, CallerRoleEnum } from "./enums.ts";
import { of } from "./graphqlTypes.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("CallerSubject", { simpleResolvers: true, description: "The person or program behind a caller." })
export class CallerSubject implements DomainSubject {
  @Field(() => String, {
    nullable: true,
    description: "What kind, such as `user` or `client`; null for an access token, which does not say.",
  })
  readonly type!: string | null;
  @Field(() => ID, { description: "Its id; for an access token the `sub`." })
  readonly id!: string;
  @Field(() => String, { nullable: true, description: "Of an access token, who issued it; null for a key." })
  readonly issuer!: string | null;
}

@ObjectType("Me", { simpleResolvers: true, description: "The caller who asks, as this service knows it." })
export class Me {
  @Field(() => ID, { description: "Its id on record: `key:` and the key's id, or `jwt:`, issuer, `#` and subject." })
  readonly id!: string;
  @Field(() => CallerKindEnum, { description: "What it authenticated with." })
  readonly kind!: CallerKind;
  @Field(() => String, { description: "The key's name, or what the token calls who signed in." })
  readonly name!: string;
  @Field(() => CallerSubject, {
    nullable: true,
    description: "To whom the key or token belongs: whoever must be somebody else is compared by this. Null: not said.",
  })
  readonly subject!: CallerSubject | null;
  @Field(() => [CallerSubject], {
    description:
      "Who else the directory says they are (`accounts`). With none, nobody can tell a token's person from people with keys, and neither approves what the other did.",
  })
  readonly linked!: readonly CallerSubject[];
  @Field(() => String, { nullable: true, description: "The organization that the token names; null: none." })
  readonly organization!: string | null;
  @Field(() => String, { nullable: true, description: "The person's FHIR resource that the token names; null: none." })
  readonly fhirUser!: string | null;
  @Field(() => DateTime, { nullable: true, description: "When they signed in, as the token says; null: it does not." })
  readonly signedInAt!: number | null;
  @Field(() => [CallerRoleEnum], { description: "What it may do now." })
  readonly roles!: readonly CallerRole[];
  @Field(() => ID, {
    nullable: true,
    description: "The client that its questions over HTTP (AuthZEN) are about when they name none.",
  })
  readonly clientId!: string | null;
  @Field(() => DateTime, { nullable: true, description: "When its key or token ends by itself; null: never." })
  readonly until!: number | null;
}

/** The root fields of a kind that the caller may call, in the order of the schema. */
const allowedOf = (kind: GraphQLObjectType | null | undefined, { caller }: GraphqlContext): readonly string[] =>
  Object.keys(kind?.getFields() ?? {}).filter((field) => mayCall(caller, field));

@Resolver(() => Me)
export class MeFields {
  @FieldResolver(() => [String], {
    description:
      "The queries that its roles permit, in the order of the schema. Some answer a part only, such as one's own.",
  })
  mayAsk(@Ctx() ctx: GraphqlContext, @Info() { schema }: GraphQLResolveInfo): readonly string[] {
    return allowedOf(schema.getQueryType(), ctx);
  }

  @FieldResolver(() => [String], {
    description:
      "The mutations that its roles permit, in the order of the schema; without those that it may only try with `dryRun: true`. What a mutation is about may forbid it still, such as one's own proposal.",
  })
  mayDo(@Ctx() ctx: GraphqlContext, @Info() { schema }: GraphQLResolveInfo): readonly string[] {
    return allowedOf(schema.getMutationType(), ctx);
  }
}

@Resolver()
export class MeResolver {
  @Query(() => Me, { description: "Who the caller is to this service, and what it may do. Open to every caller." })
  me(@Ctx() { caller }: GraphqlContext): Me {
    const { id, kind, name, subject, defaultClientId, expiresAt, linked = [] } = caller;
    const { authTime: signedInAt = null, fhirUser = null, organization = null } = caller;
    const roles = CALLER_ROLES.filter((role) => caller.roles.has(role));
    const token = { linked, organization, fhirUser, signedInAt };
    return { id, kind, name, subject, ...token, roles, clientId: defaultClientId, until: expiresAt };
  }
}

@ObjectType("Actor", {
  simpleResolvers: true,
  description: "Who did something: a person, a program, or the service itself.",
})
export class Actor {
  @Field(() => ID, { description: "The caller as it is on record, by the id that `me` tells and filters take." })
  readonly callerId!: string;
}

@Resolver(() => Actor)
export class ActorFields {
  @FieldResolver(() => ID, {
    description:
      "The person or program to whom the key or token belongs; `callerId` instead where that is not said, and for callers who may not read `apiKeys`, unless it is their own.",
  })
  async id(@Root() { callerId }: Actor, @Ctx() ctx: GraphqlContext): Promise<string> {
    return (await belongsTo(ctx, callerId))?.id ?? callerId;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "What kind, such as `user` or `client`; null where `id` is that of the caller, and of access tokens that the directory links to nobody.",
  })
  async type(@Root() { callerId }: Actor, @Ctx() ctx: GraphqlContext): Promise<string | null> {
    return (await belongsTo(ctx, callerId))?.type ?? null;
  }

  @FieldResolver(() => String, {
    description:
      "The name of the key; of a token the name by which the directory knows whose account it is, or the id that its issuer gives them.",
  })
  async name(@Root() { callerId }: Actor, @Ctx() ctx: GraphqlContext): Promise<string> {
    const [person, { name, subject }] = [await belongsTo(ctx, callerId), await nameOf(ctx, callerId)];
    // A key has a name of its own; an issuer's ids are often numbers.
    if (person === null || person.issuer !== null || subject?.issuer === null) return name;
    const known = entityOf(ctx.domain.directory.current(), person.type ?? "", person.id)?.properties?.name;
    return typeof known === "string" ? known : person.id;
  }
}

/** To whom a caller's key or token belongs, by the directory where it links the account; null: it is not said, or not to this viewer. */
async function belongsTo(ctx: GraphqlContext, callerId: string): Promise<DomainSubject | null> {
  if (callerId !== ctx.caller.id && !mayCall(ctx.caller, "apiKeys")) return null;
  const { subject } = await nameOf(ctx, callerId);
  if (subject === null || subject.issuer === null) return subject;
  const linked = ownersOf(ctx.domain.directory.current(), { issuer: subject.issuer, id: subject.id });
  // Where it is of two, nobody knows; and a patient's account tells nobody which patient it is.
  const [owner] = linked;
  return owner !== undefined && linked.length === 1 && owner.type !== PATIENT_TYPE
    ? { ...owner, issuer: null }
    : subject;
}

/** Who did something: a member for whatever has the caller's id, which is looked up only if it is asked for. */
export const actor = of(Actor);
/** Null: nobody did it. */
export const actorOrNull = (callerId: string | null | undefined): Actor | null =>
  callerId === null || callerId === undefined || callerId === "" ? null : { callerId };

/** Who a caller id stands for; of several that are asked for at the same time, in one statement. */
export const nameOf = (ctx: GraphqlContext, callerId: string): Promise<CallerName> => ctx.loaders.callerName(callerId);
