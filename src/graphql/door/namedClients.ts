import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from "graphql";
import { mayCall } from "../../domain/callers/permissions.ts";
import type { Client } from "../../domain/policy/types.ts";
import type { GraphqlContext } from "../context.ts";
import { ClientStatusEnum } from "../enums.ts";
import { id, objectType, oneOf, text } from "../graphqlTypes.ts";
import { currentRow } from "../policyRows.ts";

type Resolver = GraphQLFieldResolver<unknown, GraphqlContext>;

/** Without fields that take arguments: those of an answer are judged before a change is made, and this stands in many answers. */
export const NamedClient = objectType<Pick<Client, "id" | "name" | "status">>(
  "NamedClient",
  "A client, as it is called.",
  {
    id: id("Its id."),
    name: text("Its name."),
    status: oneOf(ClientStatusEnum)("Whether it may be used."),
  },
);

const DESCRIPTION =
  "The client of `clientId`, by the policy as it is now; null: there is none, or the caller may not read the policy.";

/**
 * Gives every type that names a client by `clientId`, and has no `client` of its own, the client itself, in place: no type is left out, and
 * the client is hidden wherever its id is.
 */
export function addNamedClients(schema: GraphQLSchema): GraphQLSchema {
  const client = schema.getType("NamedClient");
  if (!isObjectType(client)) throw new Error("the schema has no type of clients");
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const fields = type.getFields();
    const { clientId } = fields;
    if (clientId === undefined || fields.client !== undefined) continue;
    const idOf: Resolver = clientId.resolve ?? defaultFieldResolver;
    const resolve: Resolver = async (parent, _args, ctx, info) => {
      if (!mayCall(ctx.caller, "client")) return null;
      const clientId = await idOf(parent, {}, ctx, { ...info, fieldName: "clientId" });
      return typeof clientId === "string" ? currentRow<"client">(ctx, ({ clients }) => clients.get(clientId)) : null;
    };
    fields.client = { ...clientId, name: "client", description: DESCRIPTION, type: client, resolve };
  }
  return schema;
}
