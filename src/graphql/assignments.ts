import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { Assignment as DomainAssignment } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { connectionOf } from "./connections.ts";
import type { Whole } from "./inputs.ts";
import { type At, POLICY_REVISION, policyList } from "./policyRows.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("Assignment", {
  simpleResolvers: true,
  description: "That a subject or a client holds a role, in one organization or in all.",
})
export class Assignment implements At<DomainAssignment> {
  @Field(() => ID, { nullable: true, description: "The subject that holds the role; null when a client does." })
  readonly subjectId!: string | null;
  @Field(() => ID, {
    nullable: true,
    description: "The client that holds the role when it acts as itself; null when a subject does.",
  })
  readonly clientId!: string | null;
  @Field(() => String, { description: "The role." })
  readonly role!: string;
  @Field(() => String, { nullable: true, description: "Where it is held; null: in all organizations." })
  readonly organization!: string | null;
  @Field(() => DateTime, { nullable: true, description: "Held from this time on; null: from ever." })
  readonly validFrom!: number | null;
  @Field(() => DateTime, { nullable: true, description: "Held until just before this time; null: for ever." })
  readonly validUntil!: number | null;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
}

@InputType("AssignRole", {
  description:
    "A role held by a subject or a client: exactly one of `subjectId` and `clientId` is set. To unassign, the validity period does not count.",
})
export class AssignRole implements Whole<operations.AssignRole> {
  @Field(() => ID, {
    nullable: true,
    description: "The subject that holds it: 1 to 256 characters. Subjects are not registered.",
  })
  readonly subjectId!: string | null | undefined;
  @Field(() => ID, { nullable: true, description: "The client that holds it when it acts as itself." })
  readonly clientId!: string | null | undefined;
  @Field(() => String, { description: "The role." })
  readonly role!: string;
  @Field(() => String, {
    nullable: true,
    description: "Where it is held, 1 to 256 characters; absent: in all organizations.",
  })
  readonly organization!: string | null | undefined;
  @Field(() => DateTime, { nullable: true, description: "Held from this time on; absent: from ever." })
  readonly validFrom!: number | null | undefined;
  @Field(() => DateTime, {
    nullable: true,
    description: "Held until just before this time, which is after `validFrom`; absent: for ever.",
  })
  readonly validUntil!: number | null | undefined;
}

export const assignmentOperations = {
  assignRole: {
    input: AssignRole,
    step: "Assigns a role, or changes the period.",
    mutations: {
      any: ["assignRole", "Assigns a role, or changes the validity period of that assignment."],
    },
  },
  unassignRole: {
    input: AssignRole,
    step: "Takes an assigned role back.",
    mutations: {
      any: [
        "unassignRole",
        "Takes an assigned role back, in the organization that is named, or in all if none is. BAD_USER_INPUT when it is not held there.",
      ],
    },
  },
} satisfies OperationRows;

export const assignmentResolvers = [
  policyList("assignment", {
    name: "assignments",
    description: "Who holds which role where, those outside their validity period included.",
    connection: connectionOf("Assignment", "role assignments", () => Assignment),
    filter: {
      type: "AssignmentFilter",
      description: "Narrows a list of assignments; all that is given must hold. Texts are compared exactly.",
      members: {
        subjectId: [ID, "Held by this subject."],
        clientId: [ID, "Held by this client."],
        role: [String, "Of this role, not of those that inherit it."],
        organization: [String, "Held in this organization, by name; those for all organizations are not among them."],
      },
    },
  }),
  ...mutationsOf(assignmentOperations),
];
