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
import type { Grant as DomainGrant } from "../domain/policy/types.ts";
import { ChangeArgs, change, INPUT } from "./change.ts";
import { type Connection, connectionOf } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { givenFilter, type Whole } from "./inputs.ts";
import { type At, listRows, POLICY_REVISION, PolicyPageArgs } from "./policyRows.ts";
import { PolicyRevision } from "./revisions.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("Grant", {
  simpleResolvers: true,
  description: "That a client may be given a scope: part of the client's ceiling.",
})
export class Grant implements At<DomainGrant> {
  @Field(() => ID, { description: "The client." })
  readonly clientId!: string;
  @Field(() => String, {
    description: "The name of a registered scope, or a SMART scope, which then grants all that it covers.",
  })
  readonly scope!: string;
  @Field(() => DateTime, { nullable: true, description: "Holds from this time on; null: from ever." })
  readonly validFrom!: number | null;
  @Field(() => DateTime, { nullable: true, description: "Holds until just before this time; null: for ever." })
  readonly validUntil!: number | null;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
}
export const GrantConnection = connectionOf("Grant", "grants", () => Grant);

@InputType("GrantFilter", {
  description: "Narrows a list of grants; all that is given must hold. Texts are compared exactly.",
})
class GrantFilter {
  @Field(() => ID, { nullable: true, description: "Grants to this client." })
  readonly clientId?: string | null;
  @Field(() => String, { nullable: true, description: "Grants of this scope, by its name." })
  readonly scope?: string | null;
}

@ArgsType()
class GrantsArgs extends PolicyPageArgs {
  @Field(() => GrantFilter, { nullable: true, description: "Absent: all." })
  readonly filter?: GrantFilter | null;
}

@InputType("GrantScope", { description: "A scope granted to a client. To revoke, only `clientId` and `scope` count." })
export class GrantScope implements Whole<operations.GrantScope> {
  @Field(() => ID, { description: "The client." })
  readonly clientId!: string;
  @Field(() => String, { description: "The name of a registered scope, or a SMART scope." })
  readonly scope!: string;
  @Field(() => DateTime, { nullable: true, description: "Holds from this time on; absent: from ever." })
  readonly validFrom!: number | null | undefined;
  @Field(() => DateTime, {
    nullable: true,
    description: "Holds until just before this time, which is after `validFrom`; absent: for ever.",
  })
  readonly validUntil!: number | null | undefined;
}

@Resolver()
export class GrantResolver {
  @Query(() => GrantConnection, {
    description: "The grants, by client and scope, those outside their validity period included.",
  })
  grants(@Args(() => GrantsArgs) args: GrantsArgs, @Ctx() ctx: GraphqlContext): Promise<Connection<At<DomainGrant>>> {
    return listRows(ctx, { noun: "grant", list: "grants", filter: givenFilter(args.filter), args });
  }

  @Mutation(() => PolicyRevision, {
    description: "Grants a scope to a client, or changes the validity period of that grant.",
  })
  grantScope(
    @Arg("input", () => GrantScope, INPUT) input: GrantScope,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { grantScope: input }, args);
  }

  @Mutation(() => PolicyRevision, {
    description: "Takes a granted scope back. BAD_USER_INPUT when the client is not granted it.",
  })
  revokeScope(
    @Arg("input", () => GrantScope, INPUT) input: GrantScope,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { revokeScope: input }, args);
  }
}
