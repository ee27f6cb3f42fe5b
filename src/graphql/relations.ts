import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, Info, Int, Resolver, Root } from "type-graphql";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { RelationColumns } from "../domain/policy/store.ts";
import type { Noun, PolicyRows } from "../domain/policy/types.ts";
import { Assignment } from "./assignments.ts";
import { Client } from "./clients.ts";
import type { GraphqlContext } from "./context.ts";
import { Grant } from "./grants.ts";
import { itemFields } from "./itemFields.ts";
import { type At, FIRST_NESTED, nestedRows } from "./policyRows.ts";
import { Role } from "./roles.ts";
import { Rule } from "./rules.ts";
import { Scope } from "./scopeTypes.ts";

/** What is nested in a row of the policy, at the revision of that row. */
interface Relation<P, Type, Found, Finder> {
  readonly type: Type;
  readonly description: string;
  readonly find: (parent: P, finder: Finder) => Promise<Found>;
}
interface Finder {
  /** What a row names. @throws ScopewardenError INTERNAL if it is not there: a policy names nothing that it does not have. */
  named<N extends Noun>(noun: N, column: RelationColumns[N], value: string): Promise<At<PolicyRows[N]>>;
}
interface ListFinder extends Finder {
  /** What names a row, as many as are asked for. */
  rows<N extends Noun>(noun: N, column: RelationColumns[N], value: string): Promise<At<PolicyRows[N]>[]>;
}

/*
 * Every relation is non-null, a list where there may be nothing: a failure below, such as LIMIT_EXCEEDED, then is one
 * error of the root field, and not one at each of thousands of nullable places.
 */

const finder = (ctx: GraphqlContext, revision: number, fields: number): Finder => ({
  async named(noun, column, value) {
    const [row] = await nestedRows(ctx, { noun, column, value, revision, first: 1, fields });
    if (row !== undefined) return row;
    throw new ScopewardenError("INTERNAL", `Revision ${revision} names a ${noun} that it does not have.`);
  },
});

type Parent = { readonly policyRevision: number };

/** A relation to what the parent itself counts. */
function relation<P extends Parent, C>(
  on: new () => P,
  name: string,
  row: Relation<P, (new () => C) | [new () => C], C | readonly C[], Finder>,
) {
  const { type, description, find } = row;
  @Resolver(() => on)
  class OneRelation {
    @FieldResolver(() => type, { description })
    [name](@Root() parent: P, @Ctx() ctx: GraphqlContext, @Info() info: GraphQLResolveInfo): Promise<C | readonly C[]> {
      return find(parent, finder(ctx, parent.policyRevision, itemFields(info)));
    }
  }
  return OneRelation;
}

/** A relation to any number of rows, of which the first so many are asked for. */
function list<P extends Parent, C>(
  on: new () => P,
  name: string,
  row: Relation<P, new () => C, readonly C[], ListFinder>,
) {
  const { type, description, find } = row;
  @Resolver(() => on)
  class OneList {
    @FieldResolver(() => [type], { description })
    async [name](
      @Root() parent: P,
      @Arg("first", () => Int, FIRST_NESTED) first: number | null | undefined,
      @Ctx() ctx: GraphqlContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<readonly (C | Promise<C>)[]> {
      const { policyRevision: revision } = parent;
      const fields = itemFields(info);
      const items = await find(parent, {
        ...finder(ctx, revision, fields),
        rows: (noun, column, value) => nestedRows(ctx, { noun, column, value, revision, first, fields }),
      });
      return ctx.loaders.inParts(items, fields);
    }
  }
  return OneList;
}

export const relationResolvers = [
  list(Scope, "versions", {
    type: Scope,
    description: "All versions of the scope, this one among them.",
    find: (scope, { rows }) => rows("scope", "name", scope.name),
  }),
  list(Scope, "grants", {
    type: Grant,
    description: "Who is granted the scope by its name, by client. A SMART scope that covers it is not among them.",
    find: (scope, { rows }) => rows("grant", "scope", scope.name),
  }),
  list(Scope, "clients", {
    type: Client,
    description: "The clients that are granted the scope by its name, whether or not the grant holds at this time.",
    find: async (scope, { rows, named }) => {
      const grants = await rows("grant", "scope", scope.name);
      return Promise.all(grants.map(({ clientId }) => named("client", "id", clientId)));
    },
  }),
  list(Scope, "rules", {
    type: Rule,
    description:
      "The rules that name the scope. Those that say `*`, or a SMART scope that covers it, are not among them.",
    find: (scope, { rows }) => rows("rule", "scope", scope.name),
  }),

  list(Client, "grants", {
    type: Grant,
    description: "What the client is granted, by scope, those outside their validity period included.",
    find: (client, { rows }) => rows("grant", "clientId", client.id),
  }),
  list(Client, "assignments", {
    type: Assignment,
    description: "The roles that the client holds when it acts as itself.",
    find: (client, { rows }) => rows("assignment", "clientId", client.id),
  }),

  relation(Grant, "client", {
    type: Client,
    description: "The client.",
    find: (grant, { named }) => named("client", "id", grant.clientId),
  }),
  list(Grant, "scopeVersions", {
    type: Scope,
    description: "The registered versions of the scope; empty for a SMART scope that is not registered.",
    find: (grant, { rows }) => rows("scope", "name", grant.scope),
  }),

  relation(Role, "inheritsRoles", {
    type: [Role],
    description: "The roles in `inherits`, in that order.",
    find: (role, { named }) => Promise.all(role.inherits.map((name) => named("role", "name", name))),
  }),
  list(Role, "rules", {
    type: Rule,
    description: "The rules that name the role. Those that say `*`, or a role that it inherits, are not among them.",
    find: (role, { rows }) => rows("rule", "role", role.name),
  }),
  list(Role, "assignments", {
    type: Assignment,
    description: "Who holds the role, not counting those who hold one that inherits it.",
    find: (role, { rows }) => rows("assignment", "role", role.name),
  }),

  relation(Rule, "roles", {
    type: [Role],
    description: "The role that the rule names; empty when it says `*`.",
    find: async ({ role }, { named }) => (role === "*" ? [] : [await named("role", "name", role)]),
  }),
  list(Rule, "scopeVersions", {
    type: Scope,
    description:
      "The registered versions of the scope; empty when the rule says `*`, or a SMART scope that is not registered.",
    find: async ({ scope }, { rows }) => (scope === "*" ? [] : rows("scope", "name", scope)),
  }),

  relation(Assignment, "roleObject", {
    type: Role,
    description: "The role.",
    find: (assignment, { named }) => named("role", "name", assignment.role),
  }),
];
