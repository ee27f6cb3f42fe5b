import { Arg, Ctx, Int, Mutation, Resolver } from "type-graphql";
import { writerOf } from "../domain/callers/person.ts";
import { badInput, ScopewardenError } from "../domain/kernel/errors.ts";
import type { Written } from "../domain/policy/admin.ts";
import type { OperationInputs, OperationName, PolicyOperation, PutMode } from "../domain/policy/operations.ts";
import type { GraphqlContext } from "./context.ts";
import { flag, int, text } from "./graphqlTypes.ts";
import { PolicyRevision } from "./revisions.ts";

export const REASON = "Why, in 1 to 2000 characters; kept with the revision for whoever reads it years later.";
export const EXPECTED_REVISION =
  "The revision that the change was thought out on; CONFLICT when the policy is at another by now. Absent: whichever is current.";

export const DRY_RUN =
  "Tries it: all is read and checked, the answer is the revision as it would be, and nothing changes. Reviewers may call with true.";

/** What every change of the policy says beside what it does. */
export const CHANGE_MEMBERS = {
  reason: text(REASON),
  expectedRevision: int.orNull(EXPECTED_REVISION),
  dryRun: flag.or(false, DRY_RUN),
};

/** A step of a policy change: what it takes, what `applyPolicy` says of it, and the mutations that take it alone. */
export interface OperationRow<Name extends OperationName> {
  readonly input: new () => OperationInputs[Name];
  readonly step: string;
  /** By what a put must find. */
  readonly mutations: { readonly [Mode in PutMode]?: readonly [name: string, description: string] };
}
export type OperationRows = { readonly [Name in OperationName]?: OperationRow<Name> };

/** The resolvers of the mutations of operations, but for those that have arguments of their own. */
export const mutationsOf = (rows: OperationRows, without: readonly OperationName[] = []) =>
  Object.entries(rows)
    .filter(([operation]) => !without.some((name) => name === operation))
    .flatMap(([operation, { input, mutations }]) =>
      Object.entries(mutations).map(([mode, [name, description]]) =>
        mutationOf(operation, input, { name, description, mode: mode as PutMode }),
      ),
    );

/** Applies one operation as one revision, in the caller's name. */
export function applyOne(
  { caller, domain }: GraphqlContext,
  operation: PolicyOperation,
  change: {
    readonly reason: string;
    readonly expectedRevision: number | null | undefined;
    readonly dryRun: boolean | null;
    readonly mode: PutMode;
  },
): Promise<Written> {
  return domain.policy.apply({ ...change, operations: [operation], ...writerOf(caller) }).catch(toInputPaths);
}

export const INPUT = {
  description: "What to do. BAD_USER_INPUT lists every problem, each with its path from `input`.",
};

/** A mutation that applies one operation as one revision, in the caller's name. */
function mutationOf(
  operation: string,
  input: OperationRow<OperationName>["input"],
  { name, description, mode }: { readonly name: string; readonly description: string; readonly mode: PutMode },
) {
  @Resolver()
  class OneOperation {
    @Mutation(() => PolicyRevision, { name, description })
    change(
      @Arg("input", () => input, INPUT) given: OperationInputs[OperationName],
      @Arg("reason", () => String, { description: REASON }) reason: string,
      @Arg("expectedRevision", () => Int, { nullable: true, description: EXPECTED_REVISION }) expectedRevision:
        | number
        | null
        | undefined,
      @Arg("dryRun", () => Boolean, { nullable: true, defaultValue: false, description: DRY_RUN }) dryRun:
        | boolean
        | null,
      @Ctx() ctx: GraphqlContext,
    ): Promise<Written> {
      return applyOne(ctx, { [operation]: given }, { reason, expectedRevision, dryRun, mode });
    }
  }
  return OneOperation;
}

/** Problems are told by the path that the caller wrote: `input`, not `operations[0].putScope`. */
function toInputPaths(error: unknown): never {
  if (!(error instanceof ScopewardenError) || error.code !== "BAD_USER_INPUT") throw error;
  const prefix = /^operations\[0\](\.[A-Za-z]+)?/;
  throw badInput(error.problems.map(({ path, message }) => ({ path: path.replace(prefix, "input"), message })));
}
