import { randomUUID } from "node:crypto";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { Domain } from "../domain/domain.ts";
import "./fastifyTypes.ts";
import { deprecationHeaders } from "../doors/deprecation.ts";
import { newRequestFacts } from "../doors/requestFacts.ts";
import { createGraphqlDoor, type GraphqlRoom, type GraphqlSettings } from "../graphql/door/graphqlDoor.ts";
import type { Log } from "../process/log.ts";
import type { Metrics } from "../process/metrics.ts";
import type { Authenticate } from "./authenticate.ts";
import { createAuthzen, echoRequestId, registerAuthzen, sendAuthzenRefusal } from "./authzen.ts";
import type { Authentication } from "./credentials.ts";
import { noteRefusal, sendAnswer, sendRefusal } from "./errors.ts";
import { type Checks, registerHealth } from "./health.ts";
import { parseJson } from "./jsonBody.ts";
import { noteAnswered } from "./requestLine.ts";

interface HttpSettings extends GraphqlSettings {
  readonly limits: GraphqlSettings["limits"] & { readonly requestBytes: number };
  readonly requestTimeoutMs: number;
  readonly playground: boolean;
  /** The URL under which callers reach this service; null: as each request is addressed. */
  readonly publicUrl: string | null;
}

export interface HttpServer {
  /** The address that was taken. @throws with code EADDRINUSE or EACCES. */
  listen(at: { readonly host: string; readonly port: number }): Promise<string>;
  /** From now on `/readyz` says no, while everything is still answered. */
  drain(): void;
  /** Takes no more connections and resolves when every answer is out. */
  close(): Promise<void>;
  /** Cuts what is still open. */
  abort(): void;
}

export interface HttpDeps {
  readonly domain: Domain;
  readonly graphql: GraphqlRoom;
  readonly authenticate: Authenticate;
  readonly checks: () => Omit<Checks, "draining">;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly settings: HttpSettings;
}

function newFastify(settings: HttpSettings): FastifyInstance {
  return fastify({
    // Our own log line says less: Fastify's has URLs, and error messages that quote the request.
    logger: false,
    bodyLimit: settings.limits.requestBytes,
    requestTimeout: settings.requestTimeoutMs,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    http: { headersTimeout: Math.min(settings.requestTimeoutMs, 10_000) },
    trustProxy: false,
    // Ids are ours: a caller's would be a way to write into the log.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    clientErrorHandler(error, socket) {
      const status =
        error.code === "HPE_HEADER_OVERFLOW"
          ? "431 Request Header Fields Too Large"
          : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
            ? "408 Request Timeout"
            : "400 Bad Request";
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    },
  });
}

/** The HTTP edge. Closed by default: a route answers strangers only if it says that it is `open`. */
export async function createHttpServer(deps: HttpDeps): Promise<HttpServer> {
  const { authenticate, metrics, settings } = deps;
  const graphql = await createGraphqlDoor({ ...deps, room: deps.graphql });
  const authzen = createAuthzen(deps);
  let draining = false;
  const server = newFastify(settings);

  server.decorateRequest("facts");
  // JSON is the only thing that anyone has to tell us.
  server.removeContentTypeParser(["text/plain", "application/json"]);
  server.addContentTypeParser("application/json", { parseAs: "string" }, async (_request: unknown, body: string) =>
    parseJson(body),
  );

  // Hooks call back instead of returning promises: what can be said at once does not wait for a turn of its own.
  server.addHook("onRequest", (request, reply, done) => {
    request.facts = newRequestFacts();
    reply.header("x-request-id", request.id);
    reply.header("x-content-type-options", "nosniff");
    reply.header("cache-control", "no-store");
    const { config } = request.routeOptions;
    if (config.authzen === true) echoRequestId(request, reply);
    if (request.is404 || config.open === true) return done();
    const enter = (answer: Authentication): void => {
      if (answer.ok) {
        request.facts.caller = answer.caller;
        done();
        return;
      }
      metrics.authenticationFailures.inc({ kind: answer.kind });
      request.facts.codes = [answer.refusal.code];
      if (config.authzen === true) sendAuthzenRefusal(reply, answer.refusal);
      else sendRefusal(reply, answer.refusal);
    };
    // Before the body is read: who is not known is not listened to.
    const answer = authenticate(request.headers.authorization);
    if (answer instanceof Promise) answer.then(enter, done);
    else enter(answer);
  });

  server.addHook("onSend", (request, reply, payload, done) => {
    if (draining) reply.header("connection", "close");
    const { deprecation } = request.facts;
    if (deprecation !== null && reply.statusCode < 300) reply.headers(deprecationHeaders(deprecation));
    done(null, payload);
  });

  server.addHook("onResponse", (request, reply, done) => {
    noteAnswered(deps, {
      requestId: request.id,
      method: request.method,
      route: request.is404 ? "unmatched" : (request.routeOptions.url ?? "unmatched"),
      status: reply.statusCode,
      ms: reply.elapsedTime,
      open: request.routeOptions.config.open === true,
      facts: request.facts,
    });
    done();
  });

  server.setErrorHandler((error, request, reply) => {
    return sendRefusal(reply, noteRefusal(error, request.facts));
  });
  server.setNotFoundHandler((_request, reply) =>
    sendRefusal(reply, { status: 404, code: "NOT_FOUND", message: "There is nothing at this address." }),
  );

  server.route({
    method: ["GET", "POST"],
    url: "/graphql",
    async handler({ raw, headers, body, facts, id: requestId }, reply) {
      const { method = "", url = "" } = raw;
      const query = url.indexOf("?");
      const search = query < 0 ? "" : url.slice(query);
      return sendAnswer(reply, await graphql.ask({ method, search, headers, body, facts, requestId }));
    },
  });
  const notAllowed = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendRefusal(reply, {
      status: 405,
      code: "BAD_USER_INPUT",
      message: "GraphQL is asked by POST, or by GET for queries.",
      headers: { allow: "GET, POST" },
    });
  server.route({
    method: ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"],
    url: "/graphql",
    handler: async (request, reply) => notAllowed(request, reply),
  });

  registerAuthzen(server, authzen, settings.publicUrl);
  registerHealth(server, { checks: () => ({ ...deps.checks(), draining }), metrics });
  if (settings.playground) {
    const { registerPlayground } = await import("./playground.ts");
    await registerPlayground(server);
  }

  return {
    listen: (at) => server.listen(at),
    drain() {
      draining = true;
    },
    async close() {
      draining = true;
      // A connection that was busy when the closing began is not closed by Node when it turns idle.
      const sweep = setInterval(() => server.server.closeIdleConnections(), 20);
      try {
        await server.close();
        await graphql.close();
      } finally {
        clearInterval(sweep);
      }
    },
    abort: () => server.server.closeAllConnections(),
  };
}
