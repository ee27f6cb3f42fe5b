import type { DecidingField } from "../../../domain/callers/permissions.ts";
import { decidingFields } from "../../decidingFields.ts";
import { admitOperation } from "../admitOperation.ts";
import type { DoorContext } from "../doorContext.ts";
import type { KnownOperation } from "../knownOperations.ts";
import type { OperationLimits } from "../limits.ts";
import type { Variables } from "./coerce.ts";

/** The argument was coerced to its type in the schema, which is the field's. */
const decide: { readonly [Field in DecidingField]: (context: DoorContext, argument: never) => Promise<unknown> } =
  decidingFields;

/**
 * Answers a known operation: limits, permissions, decision, and the JSON text of `data`, if there is no error. Null:
 * Apollo answers. If by then it was decided, what was decided, or why it could not be, is left in the context.
 */
export async function answerCompiled(
  { document, operation, compiled }: KnownOperation,
  { variables, context }: { readonly variables: Variables; readonly context: DoorContext },
  limits: OperationLimits,
): Promise<string | null> {
  const { field } = compiled;
  let answer: Promise<unknown>;
  try {
    admitOperation({ document, operation, variables }, context, limits);
    answer = decide[field](context, compiled.argument(variables) as never);
  } catch {
    return null;
  }
  try {
    return compiled.print(await answer);
  } catch {
    context.settled = { field, answer };
    return null;
  }
}
