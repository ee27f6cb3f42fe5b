import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { PolicyRevision as Revision } from "../domain/policy/store.ts";
import type { Entity as DomainEntity } from "../domain/policy/types.ts";
import { ChangeArgs, change, INPUT } from "./change.ts";
import { type Connection, connectionOf } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { givenFilter, type Whole } from "./inputs.ts";
import { type At, listRows, POLICY_REVISION, PolicyPageArgs } from "./policyRows.ts";
import { PolicyRevision } from "./revisions.ts";
import { Json } from "./scalars.ts";

@ObjectType("Entity", {
  simpleResolvers: true,
  description:
    "A subject or a resource that the searches of AuthZEN can find. It says nothing about who may do what; decisions take no notice of it.",
})
class Entity implements At<DomainEntity> {
  @Field(() => String, { description: "Such as `user`, or a resource type." })
  readonly type!: string;
  @Field(() => ID, { description: "Its id, unique within the type." })
  readonly id!: string;
  @Field(() => Json, { nullable: true, description: "What a search takes for its properties." })
  readonly properties!: DomainEntity["properties"];
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
}
const EntityConnection = connectionOf("Entity", "entities", () => Entity);

@InputType("EntityFilter", {
  description: "Narrows a list of entities; all that is given must hold. Texts are compared exactly.",
})
class EntityFilter {
  @Field(() => String, { nullable: true, description: "Entities of this type." })
  readonly type?: string | null;
  @Field(() => ID, { nullable: true, description: "Entities of this id." })
  readonly id?: string | null;
}

@ArgsType()
class EntitiesArgs extends PolicyPageArgs {
  @Field(() => EntityFilter, { nullable: true, description: "Absent: all." })
  readonly filter?: EntityFilter | null;
}

@InputType("PutEntity", {
  description: "An entity to be registered, or changed if it is there: it becomes exactly what is said here.",
})
export class PutEntity implements Whole<operations.PutEntity> {
  @Field(() => String, { description: "Such as `user`, or a resource type; 1 to 256 characters." })
  readonly type!: string;
  @Field(() => ID, { description: "Its id, 1 to 256 characters." })
  readonly id!: string;
  @Field(() => Json, {
    nullable: true,
    description:
      "An object of at most 16384 characters and 6 levels, as `properties` of a subject or resource in AuthZEN.",
  })
  readonly properties!: unknown;
}

@InputType("EntityRef", { description: "Names an entity." })
export class EntityRef implements operations.EntityRef {
  @Field(() => String, { description: "Its type." })
  readonly type!: string;
  @Field(() => ID, { description: "Its id." })
  readonly id!: string;
}

@Resolver()
export class EntityResolver {
  @Query(() => EntityConnection, { description: "The entities that searches can find, by type and id." })
  entities(
    @Args(() => EntitiesArgs) args: EntitiesArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Connection<At<DomainEntity>>> {
    return listRows(ctx, { noun: "entity", list: "entities", filter: givenFilter(args.filter), args });
  }

  @Mutation(() => PolicyRevision, { description: "Registers an entity for searches, or replaces what is said of it." })
  putEntity(
    @Arg("input", () => PutEntity, INPUT) input: PutEntity,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { putEntity: input }, args);
  }

  @Mutation(() => PolicyRevision, {
    description: "Takes an entity out of the directory. BAD_USER_INPUT when it is not there.",
  })
  deleteEntity(
    @Arg("input", () => EntityRef, INPUT) input: EntityRef,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { deleteEntity: input }, args);
  }
}
