import type { FastifyInstance } from "fastify";
import type { GraphqlDoor } from "../graphql/door/graphqlDoor.ts";
import { checkSearch } from "./checkSearch.ts";
import { callerOf } from "./everyRequest.ts";
import { refusalAnswer } from "./refusal.ts";
import { sendAnswer } from "./sendAnswer.ts";

const URL = "/graphql";

export function registerGraphql(server: FastifyInstance, door: GraphqlDoor): void {
  server.route({
    method: ["GET", "POST"],
    url: URL,
    async handler(request, reply) {
      const { headers, body, facts } = request;
      const { method = "", url = "" } = request.raw;
      const query = url.indexOf("?");
      const search = query < 0 ? "" : url.slice(query);
      if (method === "GET") checkSearch(search);
      return sendAnswer(reply, await door.answer(callerOf(request), { method, search, headers, body }, facts));
    },
  });
  const notAllowed = refusalAnswer({
    status: 405,
    code: "BAD_USER_INPUT",
    message: "GraphQL is asked by POST, or by GET for queries.",
    headers: { allow: "GET, POST" },
  });
  server.route({
    method: ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"],
    url: URL,
    handler: async (_request, reply) => sendAnswer(reply, notAllowed),
  });
}
