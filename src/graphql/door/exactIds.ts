import { GraphQLError, GraphQLID, type GraphQLSchema, isScalarType } from "graphql";

const parseId = GraphQLID.parseValue;

function parseExactId(value: unknown): string {
  // Number.isInteger is left to graphql-js, which says what is wrong with a fraction.
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new GraphQLError(
      `ID must be text where it is a number beyond ${Number.MAX_SAFE_INTEGER}: of those, several become one in JSON`,
    );
  return parseId(value);
}

/**
 * Refuses, in place, ids that were sent as numbers too large to be told apart: JSON's 9007199254740993 arrives as
 * 9007199254740992, which is another patient. Written in the document itself a number is text, and exact.
 */
export function requireExactIds(schema: GraphQLSchema): GraphQLSchema {
  const id = schema.getType(GraphQLID.name);
  if (isScalarType(id)) id.parseValue = parseExactId;
  return schema;
}
