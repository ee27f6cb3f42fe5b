import { Arg, Ctx, Field, InputType, Int, Mutation, Resolver } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { PolicyRevision as Revision } from "../domain/policy/store.ts";
import { AssignRole } from "./assignments.ts";
import { ClientRef, PutClient } from "./clients.ts";
import type { GraphqlContext } from "./context.ts";
import { EntityRef, PutEntity } from "./entities.ts";
import { GrantScope } from "./grants.ts";
import type { Whole } from "./inputs.ts";
import { PolicyRevision } from "./revisions.ts";
import { PutRole, RoleRef } from "./roles.ts";
import { PutRule, RuleRef } from "./rules.ts";
import { DeprecateScope, PutScope, ScopeRef } from "./scopes.ts";

@InputType("PolicyOperation", {
  description: "One step of a policy change. Exactly one field is set; more or none is BAD_USER_INPUT.",
})
export class PolicyOperation implements Whole<operations.PolicyOperation> {
  @Field(() => PutScope, { nullable: true, description: "Drafts a scope or its next version." })
  readonly putScope!: PutScope | null | undefined;
  @Field(() => ScopeRef, { nullable: true, description: "Puts a draft in force." })
  readonly activateScope!: ScopeRef | null | undefined;
  @Field(() => DeprecateScope, { nullable: true, description: "Announces when a scope retires." })
  readonly deprecateScope!: DeprecateScope | null | undefined;
  @Field(() => ScopeRef, { nullable: true, description: "Ends a scope now." })
  readonly retireScope!: ScopeRef | null | undefined;
  @Field(() => ScopeRef, {
    nullable: true,
    description: "Deletes drafts and retired versions of a scope that nothing names.",
  })
  readonly deleteScope!: ScopeRef | null | undefined;
  @Field(() => PutClient, { nullable: true, description: "Registers or replaces a client." })
  readonly putClient!: PutClient | null | undefined;
  @Field(() => ClientRef, { nullable: true, description: "Deletes a client that nothing names." })
  readonly deleteClient!: ClientRef | null | undefined;
  @Field(() => GrantScope, { nullable: true, description: "Grants a scope to a client, or changes the period." })
  readonly grantScope!: GrantScope | null | undefined;
  @Field(() => GrantScope, { nullable: true, description: "Takes a granted scope back." })
  readonly revokeScope!: GrantScope | null | undefined;
  @Field(() => PutRole, { nullable: true, description: "Creates or replaces a role." })
  readonly putRole!: PutRole | null | undefined;
  @Field(() => RoleRef, { nullable: true, description: "Deletes a role that nothing names." })
  readonly deleteRole!: RoleRef | null | undefined;
  @Field(() => AssignRole, { nullable: true, description: "Assigns a role, or changes the period." })
  readonly assignRole!: AssignRole | null | undefined;
  @Field(() => AssignRole, { nullable: true, description: "Takes an assigned role back." })
  readonly unassignRole!: AssignRole | null | undefined;
  @Field(() => PutRule, { nullable: true, description: "Creates or replaces a rule." })
  readonly putRule!: PutRule | null | undefined;
  @Field(() => RuleRef, { nullable: true, description: "Deletes a rule." })
  readonly deleteRule!: RuleRef | null | undefined;
  @Field(() => PutEntity, { nullable: true, description: "Registers or replaces an entity for searches." })
  readonly putEntity!: PutEntity | null | undefined;
  @Field(() => EntityRef, { nullable: true, description: "Takes an entity out of the directory." })
  readonly deleteEntity!: EntityRef | null | undefined;
}

@InputType("ApplyPolicyInput", { description: "A policy change: all of it happens, as one revision, or none." })
export class ApplyPolicyInput {
  @Field(() => [PolicyOperation], {
    description:
      "At least one. Applied in order and checked as a whole at the end, so that a step may name what a later one creates.",
  })
  readonly operations!: readonly PolicyOperation[];
  @Field(() => String, {
    description: "Why, in 1 to 2000 characters; kept with the revision for whoever reads it years later.",
  })
  readonly reason!: string;
  @Field(() => Int, {
    nullable: true,
    description:
      "The revision that the change was thought out on; CONFLICT when the policy is at another by now. Absent: whichever is current.",
  })
  readonly expectedRevision?: number | null;
}

@Resolver()
export class ApplyResolver {
  @Mutation(() => PolicyRevision, {
    description:
      "Applies many operations as one revision, all or nothing. BAD_USER_INPUT lists every problem in `extensions.problems`, each with its path, such as `operations[2].putRule.when`. A change that changes nothing makes no revision, and answers with the current one.",
  })
  applyPolicy(
    @Arg("input", () => ApplyPolicyInput, { description: "What to change, and why." }) input: ApplyPolicyInput,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<Revision> {
    const { operations, reason, expectedRevision } = input;
    return domain.policy.apply({ operations, reason, expectedRevision, author: caller.id });
  }
}
