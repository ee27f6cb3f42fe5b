import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { RelationColumns } from "../domain/policy/store.ts";
import type { Noun, PolicyRows } from "../domain/policy/types.ts";
import { Assignment } from "./assignments.ts";
import { Client } from "./clients.ts";
import type { GraphqlContext } from "./context.ts";
import { Grant } from "./grants.ts";
import { type At, NestedArgs, nestedRows } from "./policyRows.ts";
import { Role } from "./roles.ts";
import { Rule } from "./rules.ts";
import { Scope } from "./scopeTypes.ts";

type Rows<N extends Noun> = Promise<At<PolicyRows[N]>[]>;
type Row<N extends Noun> = Promise<At<PolicyRows[N]>>;
type Parent<N extends Noun> = At<PolicyRows[N]>;

/*
 * Every relation is non-null, a list where there may be nothing: a failure below, such as LIMIT_EXCEEDED, then is one
 * error of the root field, and not one at each of thousands of nullable places.
 */

/** What a parent names, at the parent's revision. A policy names nothing that it does not have. */
async function named<N extends Noun>(
  ctx: GraphqlContext,
  parent: { readonly policyRevision: number },
  relation: { readonly noun: N; readonly column: RelationColumns[N]; readonly value: string },
): Row<N> {
  const [row] = await nestedRows(ctx, { ...relation, revision: parent.policyRevision, args: { first: 1 } });
  if (row !== undefined) return row;
  throw new ScopewardenError(
    "INTERNAL",
    `Revision ${parent.policyRevision} names a ${relation.noun} that it does not have.`,
  );
}

@Resolver(() => Scope)
export class ScopeRelations {
  @FieldResolver(() => [Scope], { description: "All versions of the scope, this one among them." })
  versions(
    @Root() { name: value, policyRevision: revision }: Parent<"scope">,
    @Args(() => NestedArgs) args: NestedArgs,
    @Ctx() ctx: GraphqlContext,
  ): Rows<"scope"> {
    return nestedRows(ctx, { noun: "scope", column: "name", value, revision, args });
  }

  @FieldResolver(() => [Grant], {
    description: "Who is granted the scope by its name, by client. A SMART scope that covers it is not among them.",
  })
  grants(
    @Root() { name: value, policyRevision: revision }: Parent<"scope">,
    @Args(() => NestedArgs) args: NestedArgs,
    @Ctx() ctx: GraphqlContext,
  ): Rows<"grant"> {
    return nestedRows(ctx, { noun: "grant", column: "scope", value, revision, args });
  }

  @FieldResolver(() => [Client], {
    description: "The clients that are granted the scope by its name, whether or not the grant holds at this time.",
  })
  async clients(
    @Root() scope: Parent<"scope">,
    @Args(() => NestedArgs) args: NestedArgs,
    @Ctx() ctx: GraphqlContext,
  ): Rows<"client"> {
    const grants = await this.grants(scope, args, ctx);
    return Promise.all(
      grants.map((grant) => named(ctx, grant, { noun: "client", column: "id", value: grant.clientId })),
    );
  }

  @FieldResolver(() => [Rule], {
    description:
      "The rules that name the scope. Those that say `*`, or a SMART scope that covers it, are not among them.",
  })
  rules(
    @Root() { name: value, policyRevision: revision }: Parent<"scope">,
    @Args(() => NestedArgs) args: NestedArgs,
    @Ctx() ctx: GraphqlContext,
  ): Rows<"rule"> {
    return nestedRows(ctx, { noun: "rule", column: "scope", value, revision, args });
  }
}

@Resolver(() => Client)
export class ClientRelations {
  @FieldResolver(() => [Grant], {
    description: "What the client is granted, by scope, those outside their validity period included.",
  })
  grants(
    @Root() { id: value, policyRevision: revision }: Parent<"client">,
    @Args(() => NestedArgs) args: NestedArgs,
    @Ctx() ctx: GraphqlContext,
  ): Rows<"grant"> {
    return nestedRows(ctx, { noun: "grant", column: "clientId", value, revision, args });
  }

  @FieldResolver(() => [Assignment], { description: "The roles that the client holds when it acts as itself." })
  assignments(
    @Root() { id: value, policyRevision: revision }: Parent<"client">,
    @Args(() => NestedArgs) args: NestedArgs,
    @Ctx() ctx: GraphqlContext,
  ): Rows<"assignment"> {
    return nestedRows(ctx, { noun: "assignment", column: "clientId", value, revision, args });
  }
}

@Resolver(() => Grant)
export class GrantRelations {
  @FieldResolver(() => Client, { description: "The client." })
  client(@Root() grant: Parent<"grant">, @Ctx() ctx: GraphqlContext): Row<"client"> {
    return named(ctx, grant, { noun: "client", column: "id", value: grant.clientId });
  }

  @FieldResolver(() => [Scope], {
    description: "The registered versions of the scope; empty for a SMART scope that is not registered.",
  })
  scopeVersions(
    @Root() { scope: value, policyRevision: revision }: Parent<"grant">,
    @Args(() => NestedArgs) args: NestedArgs,
    @Ctx() ctx: GraphqlContext,
  ): Rows<"scope"> {
    return nestedRows(ctx, { noun: "scope", column: "name", value, revision, args });
  }
}

@Resolver(() => Role)
export class RoleRelations {
  @FieldResolver(() => [Role], { description: "The roles in `inherits`, in that order." })
  inheritsRoles(@Root() role: Parent<"role">, @Ctx() ctx: GraphqlContext): Rows<"role"> {
    return Promise.all(role.inherits.map((name) => named(ctx, role, { noun: "role", column: "name", value: name })));
  }

  @FieldResolver(() => [Rule], {
    description: "The rules that name the role. Those that say `*`, or a role that it inherits, are not among them.",
  })
  rules(
    @Root() { name: value, policyRevision: revision }: Parent<"role">,
    @Args(() => NestedArgs) args: NestedArgs,
    @Ctx() ctx: GraphqlContext,
  ): Rows<"rule"> {
    return nestedRows(ctx, { noun: "rule", column: "role", value, revision, args });
  }

  @FieldResolver(() => [Assignment], {
    description: "Who holds the role, not counting those who hold one that inherits it.",
  })
  assignments(
    @Root() { name: value, policyRevision: revision }: Parent<"role">,
    @Args(() => NestedArgs) args: NestedArgs,
    @Ctx() ctx: GraphqlContext,
  ): Rows<"assignment"> {
    return nestedRows(ctx, { noun: "assignment", column: "role", value, revision, args });
  }
}

@Resolver(() => Rule)
export class RuleRelations {
  @FieldResolver(() => [Role], { description: "The role that the rule names; empty when it says `*`." })
  async roles(@Root() rule: Parent<"rule">, @Ctx() ctx: GraphqlContext): Rows<"role"> {
    return rule.role === "*" ? [] : [await named(ctx, rule, { noun: "role", column: "name", value: rule.role })];
  }

  @FieldResolver(() => [Scope], {
    description:
      "The registered versions of the scope; empty when the rule says `*`, or a SMART scope that is not registered.",
  })
  scopeVersions(
    @Root() { scope: value, policyRevision: revision }: Parent<"rule">,
    @Args(() => NestedArgs) args: NestedArgs,
    @Ctx() ctx: GraphqlContext,
  ): Rows<"scope"> {
    return value === "*"
      ? Promise.resolve([])
      : nestedRows(ctx, { noun: "scope", column: "name", value, revision, args });
  }
}

@Resolver(() => Assignment)
export class AssignmentRelations {
  @FieldResolver(() => Role, { description: "The role." })
  roleObject(@Root() assignment: Parent<"assignment">, @Ctx() ctx: GraphqlContext): Row<"role"> {
    return named(ctx, assignment, { noun: "role", column: "name", value: assignment.role });
  }
}
