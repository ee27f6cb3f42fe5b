/**
 * What GraphQL costs by itself: Apollo Server in production, without extras, on Fastify, with a resolver that gives a
 * constant. Schema, document, variables and the answer's shape are the service's; its handler is as lean.
 */
import { readFileSync } from "node:fs";
import { ApolloServer, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { fastify } from "fastify";

const decision = {
  id: "0193a5c0-0000-7000-8000-000000000000",
  outcome: "ALLOW",
  scope: "view_demographics",
  reasons: [
    {
      code: "ALLOWED_BY_RULE",
      message: "view_demographics allows it: rule clinician-view-demographics, by role clinician.",
    },
  ],
  obligations: [],
};

const apollo = new ApolloServer({
  typeDefs: readFileSync(new URL("../../../schema.graphql", import.meta.url), "utf8"),
  resolvers: { Query: { authorize: () => decision } },
  nodeEnv: "production",
  introspection: false,
  persistedQueries: false,
  cache: "bounded",
  stopOnTerminationSignals: false,
  plugins: [
    ApolloServerPluginUsageReportingDisabled(),
    ApolloServerPluginSchemaReportingDisabled(),
    ApolloServerPluginInlineTraceDisabled(),
    ApolloServerPluginLandingPageDisabled(),
    ApolloServerPluginCacheControlDisabled(),
  ],
});
await apollo.start();

const server = fastify();
server.get("/readyz", async () => ({ status: "ready" }));
server.post("/graphql", async (request, reply) => {
  const headers = new HeaderMap([["content-type", request.headers["content-type"] ?? ""]]);
  const {
    status,
    headers: sent,
    body,
  } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: "POST", headers, search: "", body: request.body },
    context: async () => ({}),
  });
  for (const [name, value] of sent) reply.header(name, value);
  return reply.code(status ?? 200).send(body.kind === "complete" ? body.string : "");
});
await server.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
