import { Arg, Args, ArgsType, Ctx, Field, InputType, Int, Mutation, ObjectType, Query, Resolver } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { PolicyRevision as Revision } from "../domain/policy/store.ts";
import type { Role as DomainRole } from "../domain/policy/types.ts";
import { ChangeArgs, change, INPUT } from "./change.ts";
import { type Connection, connectionOf } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { givenFilter, type Whole } from "./inputs.ts";
import { type At, currentRow, listRows, POLICY_REVISION, PolicyPageArgs } from "./policyRows.ts";
import { PolicyRevision } from "./revisions.ts";

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
const RoleConnection = connectionOf("Role", "roles", () => Role);

@InputType("RoleFilter", {
  description: "Narrows a list of roles; all that is given must hold. Texts are compared exactly.",
})
class RoleFilter {
  @Field(() => String, { nullable: true, description: "The role of this name." })
  readonly name?: string | null;
  @Field(() => String, { nullable: true, description: "Names that begin so." })
  readonly namePrefix?: string | null;
}

@ArgsType()
class RolesArgs extends PolicyPageArgs {
  @Field(() => RoleFilter, { nullable: true, description: "Absent: all." })
  readonly filter?: RoleFilter | null;
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

@Resolver()
export class RoleResolver {
  @Query(() => Role, {
    nullable: true,
    description: "One role of the current policy; null when there is none of that name.",
  })
  role(
    @Arg("name", () => String, { description: "The role's name." }) name: string,
    @Ctx() ctx: GraphqlContext,
  ): At<DomainRole> | null {
    return currentRow<"role">(ctx, (snapshot) => snapshot.roles.get(name));
  }

  @Query(() => RoleConnection, { description: "The roles, by name." })
  roles(@Args(() => RolesArgs) args: RolesArgs, @Ctx() ctx: GraphqlContext): Promise<Connection<At<DomainRole>>> {
    return listRows(ctx, { noun: "role", list: "roles", filter: givenFilter(args.filter), args });
  }

  @Mutation(() => PolicyRevision, { description: "Creates a role. BAD_USER_INPUT when there is one of that name." })
  createRole(
    @Arg("input", () => PutRole, INPUT) input: PutRole,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { putRole: input }, args, "create");
  }

  @Mutation(() => PolicyRevision, {
    description: "Replaces what is said of a role. BAD_USER_INPUT when there is none of that name.",
  })
  updateRole(
    @Arg("input", () => PutRole, INPUT) input: PutRole,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { putRole: input }, args, "update");
  }

  @Mutation(() => PolicyRevision, {
    description: "Deletes a role. BAD_USER_INPUT while a role inherits it, someone holds it, or a rule names it.",
  })
  deleteRole(
    @Arg("input", () => RoleRef, INPUT) input: RoleRef,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { deleteRole: input }, args);
  }
}
