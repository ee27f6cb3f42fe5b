import { type GraphQLSchema, isInputObjectType } from "graphql";

/** The input types of which exactly one field is set. */
const ONE_OF = ["PolicyOperation", "ProposedChangeInput"];

/**
 * Makes them OneOf input objects (GraphQL, "OneOf Input Objects"), in place: decorators can't. graphql-js then refuses more
 * fields than one, none, and null before anything runs, and tells so in introspection and print.
 */
export function declareOneOf(schema: GraphQLSchema): GraphQLSchema {
  for (const name of ONE_OF) {
    const type = schema.getType(name);
    if (!isInputObjectType(type)) throw new Error(`${name} is no input type`);
    type.isOneOf = true;
  }
  return schema;
}
