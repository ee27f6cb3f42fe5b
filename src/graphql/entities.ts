import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { Entity as DomainEntity } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { connectionOf } from "./connections.ts";
import type { Whole } from "./inputs.ts";
import { type At, POLICY_REVISION, policyList } from "./policyRows.ts";
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

export const entityOperations = {
  putEntity: {
    input: PutEntity,
    step: "Registers or replaces an entity for searches.",
    mutations: {
      any: ["putEntity", "Registers an entity for searches, or replaces what is said of it."],
    },
  },
  deleteEntity: {
    input: EntityRef,
    step: "Takes an entity out of the directory.",
    mutations: {
      any: ["deleteEntity", "Takes an entity out of the directory. BAD_USER_INPUT when it is not there."],
    },
  },
} satisfies OperationRows;

export const entityResolvers = [
  policyList("entity", {
    name: "entities",
    description: "The entities that searches can find, by type and id.",
    connection: connectionOf("Entity", "entities", () => Entity),
    filter: {
      type: "EntityFilter",
      description: "Narrows a list of entities; all that is given must hold. Texts are compared exactly.",
      members: {
        type: [String, "Entities of this type."],
        id: [ID, "Entities of this id."],
      },
    },
  }),
  ...mutationsOf(entityOperations),
];
