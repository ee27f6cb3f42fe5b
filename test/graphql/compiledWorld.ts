import assert from "node:assert/strict";
import {
  type DocumentNode,
  execute,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  validate,
} from "graphql";
import type { GraphqlContext } from "../../src/graphql/context.ts";
import { type CompiledOperation, compileOperation } from "../../src/graphql/door/compiled/operation.ts";

const DECIDING = new Set(["authorize", "authorizeBatch", "decideGrant"]);

/** A document that is valid against the schema, with its operation. */
export function valid(
  schema: GraphQLSchema,
  source: string,
  operationName?: string,
): { readonly document: DocumentNode; readonly operation: OperationDefinitionNode } {
  const document = parse(source);
  assert.deepEqual(validate(schema, document), [], source);
  const operation = getOperationAST(document, operationName);
  assert(operation);
  return { document, operation };
}

export function compile(schema: GraphQLSchema, source: string, operationName?: string): CompiledOperation | null {
  const { document, operation } = valid(schema, source, operationName);
  return compileOperation(schema, document, operation, DECIDING);
}

/** The whole response that graphql-js gives, as JSON. */
export async function interpreted(
  schema: GraphQLSchema,
  document: DocumentNode,
  asked: { readonly variables?: Readonly<Record<string, unknown>>; readonly context: GraphqlContext },
): Promise<string> {
  const result = await execute({
    schema,
    document,
    variableValues: asked.variables ?? {},
    contextValue: asked.context,
  });
  return JSON.stringify({ errors: result.errors, data: result.data });
}
