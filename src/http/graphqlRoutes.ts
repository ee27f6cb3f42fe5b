import type { FastifyInstance } from "fastify";
import type { GraphqlDoor } from "../graphql/door/graphqlDoor.ts";
import { callerOf } from "./everyRequest.ts";
import { refusalAnswer } from "./refusal.ts";
import { sendAnswer } from "./sendAnswer.ts";

const URL = "/graphql";

/**
 * GraphQL is asked by POST alone. A decision is written down before it is answered, so nothing between may answer in its
 * place; and what is asked names patients, whom a URL would leave in the logs of each machine on the way.
 */
export function registerGraphql(server: FastifyInstance, door: GraphqlDoor): void {
  server.post(URL, async (request, reply) => {
    const { headers, body, facts } = request;
    return sendAnswer(reply, await door.answer(callerOf(request), { headers, body }, facts));
  });
  const notAllowed = refusalAnswer({
    status: 405,
    code: "BAD_USER_INPUT",
    message:
      "GraphQL is asked by POST, queries too: a URL with the question in it would stand in logs, and a cache could answer it in place of the service.",
    headers: { allow: "POST" },
  });
  server.route({
    method: ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"],
    url: URL,
    async handler({ facts }, reply) {
      facts.codes = ["BAD_USER_INPUT"];
      return sendAnswer(reply, notAllowed);
    },
  });
}
