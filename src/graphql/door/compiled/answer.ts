import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from "graphql";
import { requirePermission } from "../../../domain/callers/permissions.ts";
import type { DecideGrantInput } from "../../../domain/decisions/granting/grantInput.ts";
import type { AuthorizeInput } from "../../../domain/decisions/input.ts";
import type { GraphqlContext } from "../../context.ts";
import { authorizeAll, authorizeOne, decideScopes } from "../../deciding.ts";
import type { Variables } from "./coerce.ts";
import { type CompiledOperation, compileOperation } from "./operation.ts";

/** The fields for whose sake there is a compilation. Their argument was coerced to its type in the schema. */
const DECIDING: Readonly<Record<string, (ctx: GraphqlContext, argument: unknown) => Promise<unknown>>> = {
  authorize: (ctx, input) => authorizeOne(ctx, input as AuthorizeInput),
  authorizeBatch: (ctx, inputs) => authorizeAll(ctx, inputs as readonly AuthorizeInput[]),
  decideGrant: (ctx, input) => decideScopes(ctx, input as DecideGrantInput),
};
const ROOT_FIELDS: ReadonlySet<string> = new Set(Object.keys(DECIDING));

/** One operation of a document that is valid against the schema, with the variables that it is run with, as they arrived. */
interface Asked {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Variables;
  readonly context: GraphqlContext;
}

/**
 * Answers what is asked all day by a shorter way than graphql-js: operations of one deciding field, compiled when they
 * come a second time, so that documents that never come again cost nothing. Gives the JSON text of `data`, and that
 * only for an answer without errors. Null: graphql-js executes the operation. If by then it was decided, what was
 * decided, or why it could not be, is left in the context, and is not asked for again.
 */
export type AnswerCompiled = (asked: Asked) => Promise<string | null>;

export function createAnswerCompiled(schema: GraphQLSchema): AnswerCompiled {
  // Kept as long as Apollo keeps the document, whose store is bounded.
  const operations = new WeakMap<OperationDefinitionNode, CompiledOperation | "seen once" | null>();

  return async ({ document, operation, variables, context }) => {
    if (context.settled) return null;
    let compiled = operations.get(operation);
    if (compiled === undefined) {
      operations.set(operation, "seen once");
      return null;
    }
    if (compiled === "seen once") {
      compiled = compileOperation(schema, document, operation, ROOT_FIELDS);
      operations.set(operation, compiled);
    }
    if (compiled === null) return null;
    const { field } = compiled;
    let answer: Promise<unknown>;
    try {
      requirePermission(context.caller, field);
      const argument = compiled.argument(variables);
      const decide = DECIDING[field];
      if (decide === undefined) return null;
      answer = decide(context, argument);
    } catch {
      return null;
    }
    try {
      return compiled.print(await answer);
    } catch {
      context.settled = { field, answer };
      return null;
    }
  };
}
