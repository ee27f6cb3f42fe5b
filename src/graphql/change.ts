import { ArgsType, Field, Int } from "type-graphql";
import { badInput, ScopewardenError } from "../domain/kernel/errors.ts";
import type { PolicyOperation, PutMode } from "../domain/policy/operations.ts";
import type { PolicyRevision } from "../domain/policy/store.ts";
import type { GraphqlContext } from "./context.ts";

/** The arguments that every single mutation of the policy has beside its input. */
@ArgsType()
export class ChangeArgs {
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

export const INPUT = {
  description: "What to do. BAD_USER_INPUT lists every problem, each with its path from `input`.",
};

/**
 * Applies one operation as one revision, in the caller's name. Problems are told by the path that the caller wrote:
 * `input`, not `operations[0].putScope`.
 */
export async function change(
  ctx: GraphqlContext,
  operation: PolicyOperation,
  args: ChangeArgs,
  mode: PutMode = "any",
): Promise<PolicyRevision> {
  const { reason, expectedRevision } = args;
  try {
    return await ctx.domain.policy.apply({
      operations: [operation],
      reason,
      expectedRevision,
      author: ctx.caller.id,
      mode,
    });
  } catch (error) {
    if (!(error instanceof ScopewardenError) || error.code !== "BAD_USER_INPUT") throw error;
    const prefix = /^operations\[0\](\.[A-Za-z]+)?/;
    throw badInput(error.problems.map(({ path, message }) => ({ path: path.replace(prefix, "input"), message })));
  }
}
