import type { FastifyInstance } from "fastify";
import { APIS, type AuthzenQuestion } from "../authzen/authzenDoor.ts";
import { METADATA_PATH, metadata } from "../authzen/metadata.ts";
import { OPENAPI_PATH, openapi } from "../authzen/openapi.ts";
import { refused } from "../authzen/refused.ts";
import { type Door, jsonAnswer } from "../doors/answer.ts";
import { callerOf } from "./everyRequest.ts";
import { ownUrl } from "./ownUrl.ts";
import type { RefusalAnswer } from "./refusal.ts";
import { sendAnswer } from "./sendAnswer.ts";

/** In the form of the APIs, which know one status for all that is wrong with a request. */
const refusalAnswer: RefusalAnswer = ({ code, message, headers = {} }) => ({
  ...refused({ code, message }),
  headers: Object.entries(headers),
});

/** The AuthZEN Authorization API 1.0 over HTTP, and the grant door beside it (docs/authzen.md). */
export function registerAuthzen(
  server: FastifyInstance,
  deps: {
    readonly door: Door<AuthzenQuestion>;
    readonly settings: { readonly publicUrl: string | null; readonly host: string };
  },
): void {
  const { door, settings } = deps;
  // "The PDP MUST include the same identifier in the response" (section 10, "Request Identification").
  const config = { echoesRequestId: true, refusalAnswer };
  const byPost = {
    ...refusalAnswer({ code: "BAD_USER_INPUT", message: "This is asked by POST.", headers: { allow: "POST" } }),
    status: 405,
  };

  for (const path of Object.keys(APIS)) {
    server.post(path, { config: { ...config, door: path } }, async (request, reply) => {
      const body = request.body ?? undefined;
      return sendAnswer(reply, await door(callerOf(request), { path, body }, request.facts));
    });
    server.route({
      method: ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"],
      url: path,
      config,
      handler: async (request, reply) => {
        request.facts.codes = ["BAD_USER_INPUT"];
        return sendAnswer(reply, byPost);
      },
    });
  }

  const document = jsonAnswer(200, openapi());
  server.get(OPENAPI_PATH, { config: { ...config, door: OPENAPI_PATH } }, async (_request, reply) =>
    sendAnswer(reply, document),
  );
  server.get(METADATA_PATH, { config: { ...config, open: true } }, async (request, reply) => {
    const { publicUrl, host } = settings;
    const base = publicUrl ?? ownUrl(request.headers.host, request.raw.socket, host);
    return sendAnswer(reply, jsonAnswer(200, metadata(base)));
  });
}
