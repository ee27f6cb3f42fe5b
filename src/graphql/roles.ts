import { Field, InputType, Int, ObjectType } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { Role as DomainRole } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { connectionOf } from "./connections.ts";
import type { Whole } from "./inputs.ts";
import { type At, POLICY_REVISION, policyList, policyRow } from "./policyRows.ts";

@ObjectType("Role", {
  simpleResolvers: true,
  description: "A role that subjects and clients hold, and that rules speak of.",
})
export class Role implements At<DomainRole> {
  @Field(() => String, { description: "Its name." })
  readonly name!: string;
  @Field(() => [String], { description: "The roles whose permissions it has too, and in turn theirs." })
  readonly inherits!: readonly string[];
  @Field(() => String, { nullable: true, description: "What it is for." })
  readonly description!: string | null;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
}

@InputType("PutRole", {
  description: "A role to be created, or changed if it is there: it becomes exactly what is said here.",
})
export class PutRole implements Whole<operations.PutRole> {
  @Field(() => String, {
    description: "A letter followed by letters, digits, `_`, `.` or `-`; at most 128 characters.",
  })
  readonly name!: string;
  @Field(() => [String], {
    nullable: true,
    description: "The roles whose permissions it has too. A circle is refused.",
  })
  readonly inherits!: readonly string[] | null | undefined;
  @Field(() => String, { nullable: true, description: "What it is for, at most 2000 characters." })
  readonly description!: string | null | undefined;
}

@InputType("RoleRef", { description: "Names a role." })
export class RoleRef implements operations.RoleRef {
  @Field(() => String, { description: "The role's name." })
  readonly name!: string;
}

export const roleOperations = {
  putRole: {
    input: PutRole,
    step: "Creates or replaces a role.",
    mutations: {
      create: ["createRole", "Creates a role. BAD_USER_INPUT when there is one of that name."],
      update: ["updateRole", "Replaces what is said of a role. BAD_USER_INPUT when there is none of that name."],
    },
  },
  deleteRole: {
    input: RoleRef,
    step: "Deletes a role that nothing names.",
    mutations: {
      any: [
        "deleteRole",
        "Deletes a role. BAD_USER_INPUT while a role inherits it, someone holds it, or a rule names it.",
      ],
    },
  },
} satisfies OperationRows;

export const roleResolvers = [
  policyRow("role", { type: Role, key: "name", find: (snapshot, name) => snapshot.roles.get(name) }),
  policyList("role", {
    name: "roles",
    description: "The roles, by name.",
    connection: connectionOf("Role", "roles", () => Role),
    filter: {
      type: "RoleFilter",
      description: "Narrows a list of roles; all that is given must hold. Texts are compared exactly.",
      members: {
        name: [String, "The role of this name."],
        namePrefix: [String, "Names that begin so."],
      },
    },
  }),
  ...mutationsOf(roleOperations),
];
