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
import type { Assignment as DomainAssignment } from "../domain/policy/types.ts";
import { ChangeArgs, change, INPUT } from "./change.ts";
import { type Connection, connectionOf } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { givenFilter, type Whole } from "./inputs.ts";
import { type At, listRows, POLICY_REVISION, PolicyPageArgs } from "./policyRows.ts";
import { PolicyRevision } from "./revisions.ts";
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
const AssignmentConnection = connectionOf("Assignment", "role assignments", () => Assignment);

@InputType("AssignmentFilter", {
  description: "Narrows a list of assignments; all that is given must hold. Texts are compared exactly.",
})
class AssignmentFilter {
  @Field(() => ID, { nullable: true, description: "Held by this subject." })
  readonly subjectId?: string | null;
  @Field(() => ID, { nullable: true, description: "Held by this client." })
  readonly clientId?: string | null;
  @Field(() => String, { nullable: true, description: "Of this role, not of those that inherit it." })
  readonly role?: string | null;
  @Field(() => String, {
    nullable: true,
    description: "Held in this organization, by name; those for all organizations are not among them.",
  })
  readonly organization?: string | null;
}

@ArgsType()
class AssignmentsArgs extends PolicyPageArgs {
  @Field(() => AssignmentFilter, { nullable: true, description: "Absent: all." })
  readonly filter?: AssignmentFilter | null;
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

@Resolver()
export class AssignmentResolver {
  @Query(() => AssignmentConnection, {
    description: "Who holds which role where, those outside their validity period included.",
  })
  assignments(
    @Args(() => AssignmentsArgs) args: AssignmentsArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Connection<At<DomainAssignment>>> {
    return listRows(ctx, { noun: "assignment", list: "assignments", filter: givenFilter(args.filter), args });
  }

  @Mutation(() => PolicyRevision, { description: "Assigns a role, or changes the validity period of that assignment." })
  assignRole(
    @Arg("input", () => AssignRole, INPUT) input: AssignRole,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { assignRole: input }, args);
  }

  @Mutation(() => PolicyRevision, {
    description:
      "Takes an assigned role back, in the organization that is named, or in all if none is. BAD_USER_INPUT when it is not held there.",
  })
  unassignRole(
    @Arg("input", () => AssignRole, INPUT) input: AssignRole,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { unassignRole: input }, args);
  }
}
