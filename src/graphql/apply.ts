import { Arg, Ctx, InputType, Int, Mutation, Resolver } from "type-graphql";
import { writerOf } from "../domain/callers/person.ts";
import type { PolicyAdmin, Written } from "../domain/policy/admin.ts";
import type * as domain from "../domain/policy/operations.ts";
import { assignmentOperations } from "./assignments.ts";
import { CHANGE_MEMBERS, DRY_RUN, EXPECTED_REVISION, type OperationRow, REASON } from "./change.ts";
import { clientOperations } from "./clients.ts";
import type { GraphqlContext } from "./context.ts";
import { grantOperations } from "./grants.ts";
import { declareMember, inputType, of } from "./graphqlTypes.ts";
import { organizationOperations } from "./organizations.ts";
import { PolicyRevision } from "./revisions.ts";
import { roleOperations } from "./roles.ts";
import { ruleOperations } from "./rules.ts";
import { scopeOperations } from "./scopes.ts";

const OPERATIONS: { readonly [Name in domain.OperationName]: OperationRow<Name> } = {
  ...scopeOperations,
  ...clientOperations,
  ...grantOperations,
  ...roleOperations,
  ...assignmentOperations,
  ...ruleOperations,
  ...organizationOperations,
};

@InputType("PolicyOperation", {
  description:
    "One step of a policy change. Exactly one field is set; more, none or null is refused before anything is read.",
})
export class PolicyOperation {}
for (const [name, { input, step }] of Object.entries(OPERATIONS))
  declareMember(PolicyOperation, name, { type: input, description: step, nullable: true });

type ApplyPolicy = Omit<Parameters<PolicyAdmin["apply"]>[0], "author" | "mode" | "staleSignIn">;
const ApplyPolicyInput = inputType<ApplyPolicy>(
  "ApplyPolicyInput",
  "A policy change: all of it happens, as one revision, or none.",
  {
    operations: of(PolicyOperation).list(
      "At least one. Applied in order and checked as a whole at the end, so that a step may name what a later one creates.",
    ),
    ...CHANGE_MEMBERS,
  },
);

@Resolver()
export class ApplyResolver {
  @Mutation(() => PolicyRevision, {
    description:
      "Applies many operations as one revision, all or nothing. BAD_USER_INPUT lists every problem in `extensions.problems`, each with its path, such as `operations[2].putRule.when`. A change that changes nothing makes no revision, and answers with the current one.",
  })
  applyPolicy(
    @Arg("input", () => ApplyPolicyInput, { description: "What to change, and why." }) input: ApplyPolicy,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<Written> {
    return domain.policy.apply({ ...input, ...writerOf(caller) });
  }

  @Mutation(() => PolicyRevision, {
    description:
      "Makes the policy say again what it said at an earlier revision, as a new revision: nothing is lost. Scopes whose life has ended stay so; `findings` name them. BAD_USER_INPUT for a revision that is not from 0 to the current one.",
  })
  rollbackPolicy(
    @Arg("toRevision", () => Int, { description: "The revision to restore." }) toRevision: number,
    @Arg("reason", () => String, { description: REASON }) reason: string,
    @Arg("expectedRevision", () => Int, { nullable: true, description: EXPECTED_REVISION }) expectedRevision:
      | number
      | null
      | undefined,
    @Arg("dryRun", () => Boolean, { nullable: true, defaultValue: false, description: DRY_RUN }) dryRun: boolean | null,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<Written> {
    return domain.policy.rollback({ toRevision, reason, expectedRevision, dryRun, ...writerOf(caller) });
  }
}
