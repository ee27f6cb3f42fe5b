import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from "graphql";
import { mayCall } from "../../domain/callers/permissions.ts";
import type { GraphqlContext } from "../context.ts";
import { currentRow } from "../policyRows.ts";

type Resolver = GraphQLFieldResolver<unknown, GraphqlContext>;

const DESCRIPTION =
  "The client of `clientId`, by the policy as it is now; null: there is none, or the caller may not read the policy.";

/**
 * Gives every type that names a client by `clientId`, and has no `client` of its own, the client itself, in place: no type is left out, and
 * the client is hidden wherever its id is.
 */
export function addNamedClients(schema: GraphQLSchema): GraphQLSchema {
  const client = schema.getType("Client");
  if (!isObjectType(client)) throw new Error("the schema has no type of clients");
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const fields = type.getFields();
    const { clientId } = fields;
    if (clientId === undefined || fields.client !== undefined) continue;
    const idOf: Resolver = clientId.resolve ?? defaultFieldResolver;
    const resolve: Resolver = async (parent, _args, ctx, info) => {
      if (!mayCall(ctx.caller, "client")) return null;
      const id = await idOf(parent, {}, ctx, { ...info, fieldName: clientId.name });
      return typeof id === "string" ? currentRow<"client">(ctx, ({ clients }) => clients.get(id)) : null;
    };
    fields.client = { ...clientId, name: "client", description: DESCRIPTION, type: client, resolve };
  }
  return schema;
}
