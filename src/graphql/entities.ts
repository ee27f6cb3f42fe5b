import type * as operations from "../domain/policy/operations.ts";
import type { Entity as DomainEntity } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { clearing } from "./clearing.ts";
import { connectionOf } from "./connections.ts";
import { id, inputType, int, json, objectType, text } from "./graphqlTypes.ts";
import { type At, POLICY_REVISION, policyList } from "./policyRows.ts";

const Entity = objectType<At<DomainEntity>>(
  "Entity",
  "A subject or a resource that the searches of AuthZEN can find. It says nothing about who may do what; decisions take no notice of it.",
  {
    type: text("Such as `user`, or a resource type."),
    id: id("Its id, unique within the type."),
    properties: json.orNull("What a search takes for its properties."),
    policyRevision: int(POLICY_REVISION),
  },
);

const PutEntity = inputType<operations.PutEntity>(
  "PutEntity",
  "An entity to be registered, or replaced if it is there: it becomes exactly what is said here. BAD_USER_INPUT when that leaves out what is set; say it again, or `clear` it.",
  {
    type: text("Such as `user`, or a resource type; 1 to 256 characters."),
    id: id("Its id, 1 to 256 characters."),
    properties: json.orNull(
      "An object of at most 16384 characters and 6 levels, as `properties` of a subject or resource in AuthZEN.",
    ),
    clear: clearing("entity"),
  },
);

const EntityRef = inputType<operations.EntityRef>("EntityRef", "Names an entity.", {
  type: text("Its type."),
  id: id("Its id."),
});

export const entityOperations = {
  putEntity: {
    input: PutEntity,
    step: "Registers or replaces an entity for searches.",
    mutations: { any: ["putEntity", "Registers an entity for searches, or replaces what is said of it."] },
  },
  deleteEntity: {
    input: EntityRef,
    step: "Takes an entity out of the directory.",
    mutations: { any: ["deleteEntity", "Takes an entity out of the directory. BAD_USER_INPUT when it is not there."] },
  },
} satisfies OperationRows;

export const entityResolvers = [
  policyList("entity", {
    name: "entities",
    description: "The entities that searches can find, by type and id.",
    connection: connectionOf("Entity", "entities", Entity),
    filter: {
      type: "EntityFilter",
      description: "Narrows a list of entities; all that is given must hold. Texts are compared exactly.",
      members: {
        type: text("Entities of this type."),
        id: id("Entities of this id."),
      },
    },
  }),
  ...mutationsOf(entityOperations),
];
