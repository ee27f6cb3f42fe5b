import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type FastifyInstance, fastify } from "fastify";
import type { AuthzenQuestion } from "../authzen/authzenDoor.ts";
import type { Door } from "../doors/answer.ts";
import type { GraphqlDoor } from "../graphql/door/graphqlDoor.ts";
import type { Log } from "../process/log.ts";
import type { Metrics } from "../process/metrics.ts";
import type { Authenticate } from "./authenticate.ts";
import { registerAuthzen } from "./authzenRoutes.ts";
import { callerOf, handleEveryRequest } from "./everyRequest.ts";
import { createFailureLimit } from "./failureLimit.ts";
import { registerIntrospection } from "./introspection.ts";
import { type JobEventsDeps, registerJobEvents } from "./jobRoutes.ts";
import { type PageSettings, registerPages } from "./pages.ts";
import { parseBody } from "./parseBody.ts";
import { refusalAnswer } from "./refusal.ts";
import { sendAnswer } from "./sendAnswer.ts";
import type { SignIn } from "./signIn.ts";
import type { TokenAuthenticator } from "./tokens/tokenAuthenticator.ts";

interface HttpSettings extends PageSettings {
  readonly limits: { readonly requestBytes: number };
  readonly requestTimeoutMs: number;
  readonly sendTimeoutMs: number;
  /** Failed authentications a minute, of one key id or token's client from one address. */
  readonly authFailures: number;
  /** Addresses and networks whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[];
  /** Where it listens. */
  readonly host: string;
  /** The URL under which callers reach this service; null: the address that each has reached. */
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

interface Checks {
  readonly policy: boolean;
  readonly journal: boolean;
  /** Whether all that follows the journal gets on; decisions do not need it. */
  readonly followers: boolean;
  /** Of each follower that is far behind, a sentence. */
  readonly behind: readonly string[];
  /** Of each month of the search index that is damaged, a sentence; decisions do not need it either. */
  readonly damagedIndex: readonly string[];
  readonly draining: boolean;
}

/**
 * `/livez`: the process turns. `/readyz`: it can decide, and whether what follows the journal gets on beside that. Both are open, as who asks is an orchestrator without a
 * key. `/metrics` is not: how much a hospital asks, and when, is nobody's business; a key of any role will do.
 */
export function registerHealth(
  server: FastifyInstance,
  deps: { readonly checks: () => Checks; readonly metrics: Metrics },
): void {
  server.get("/livez", { exposeHeadRoute: true, config: { open: true } }, async (_request, reply) =>
    reply.send({ status: "ok" }),
  );

  server.get("/readyz", { exposeHeadRoute: true, config: { open: true } }, async (_request, reply) => {
    const { behind, damagedIndex, draining, followers, journal, policy } = deps.checks();
    const ready = policy && journal && !draining;
    const warnings = [...behind, ...damagedIndex];
    const word = (ok: boolean): string => (ok ? "ok" : "unavailable");
    return reply.code(ready ? 200 : 503).send({
      status: ready ? "ready" : "not ready",
      checks: {
        policy: word(policy),
        journal: word(journal),
        followers: word(followers),
        index: word(damagedIndex.length === 0),
        draining,
      },
      ...(warnings.length > 0 && { warnings }),
    });
  });

  server.get("/metrics", async (_request, reply) =>
    reply.type(deps.metrics.contentType).send(await deps.metrics.text()),
  );
}

export interface HttpDeps {
  readonly graphql: GraphqlDoor;
  readonly authzen: Door<AuthzenQuestion>;
  readonly authenticate: Authenticate;
  /** Null: no tokens of FHIR servers are introspected. */
  readonly guardTokens: Pick<TokenAuthenticator, "introspect"> | null;
  readonly findJob: JobEventsDeps["find"];
  /** Null: nobody signs in. */
  readonly signIn: SignIn | null;
  readonly checks: () => Omit<Checks, "draining">;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly settings: HttpSettings;
  /** Absent: as it was built. */
  readonly consoleFolder?: string | undefined;
}

/** How long a client whose request was no HTTP, or came too slowly, may take to close its end. */
const LINGER_MS = 1000;

/** What is asked for at a URL, whether or not a proxy has left the prefix before it. */
function withoutPrefix(url: string, prefix: string): string {
  const rest = url.startsWith(prefix) ? url.slice(prefix.length) : "no prefix";
  return rest.startsWith("/") ? rest : /^(\?|$)/.test(rest) ? `/${rest}` : url;
}

function newFastify(settings: HttpSettings, metrics: Metrics): FastifyInstance {
  const { basePath, requestTimeoutMs, trustedProxies } = settings;
  return fastify({
    ...(basePath !== "" && { rewriteUrl: ({ url = "/" }: IncomingMessage) => withoutPrefix(url, basePath) }),
    // Our own log line says less: Fastify's has URLs, and error messages that quote the request.
    logger: false,
    bodyLimit: settings.limits.requestBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    http: {
      headersTimeout: Math.min(requestTimeoutMs, 10_000),
      // Node looks for what is too slow at intervals, of 30 s if it is not told.
      connectionsCheckingInterval: Math.min(1000, requestTimeoutMs / 10),
    },
    // X-Forwarded-For alone: a proxy that does not write `Forwarded` hands on what the caller wrote there.
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
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
      if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") metrics.connectionsCut.inc({ slow: "request" });
      setTimeout(() => socket.destroy(), LINGER_MS).unref();
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    },
  });
}

/** Between two looks at the answers that are on their way, at most. */
const LOOK_EVERY_MS = 1000;

/**
 * Closes the connection of a client that has not taken an answer `withinMs` after it was sent: by that time, and not by
 * the pauses between its reads, or one that reads a little now and then would hold its answers for ever. Time in which an
 * answer waits for earlier ones of its connection, or in which this process does not get round to look, does not count.
 */
function cutSlowReaders(
  server: FastifyInstance,
  deps: { readonly withinMs: number; readonly onCut: () => void },
): void {
  const { withinMs, onCut } = deps;
  const everyMs = Math.min(LOOK_EVERY_MS, withinMs / 4);
  /** How often each has been looked at. */
  const sending = new Map<ServerResponse, number>();
  server.addHook("onSend", (_request, reply, payload, done) => {
    sending.set(reply.raw, 0);
    done(null, payload);
  });
  server.addHook("onResponse", (_request, reply, done) => {
    sending.delete(reply.raw);
    done();
  });

  const look = (): void => {
    for (const [response, looks] of sending) {
      const { socket } = response;
      if (response.writableFinished || response.destroyed) sending.delete(response);
      else if (socket === null) sending.set(response, 0);
      else if (looks * everyMs < withinMs) sending.set(response, looks + 1);
      else {
        sending.delete(response);
        socket.destroy();
        onCut();
      }
    }
  };
  const timer = setInterval(look, everyMs).unref();
  server.addHook("onClose", (_server, done) => {
    clearInterval(timer);
    done();
  });
}

const GRAPHQL_URL = "/graphql";

/**
 * GraphQL is asked by POST alone. A decision is written down before it is answered, so nothing between may answer in its
 * place; and what is asked names patients, whom a URL would leave in the logs of each machine on the way.
 */
function registerGraphql(server: FastifyInstance, door: GraphqlDoor): void {
  server.post(GRAPHQL_URL, async (request, reply) => {
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
    url: GRAPHQL_URL,
    async handler({ facts }, reply) {
      facts.codes = ["BAD_USER_INPUT"];
      return sendAnswer(reply, notAllowed);
    },
  });
}

/** The HTTP edge: authenticates, asks a door, sends. Closed by default: a route answers strangers only if it says that it is `open`. */
export async function createHttpServer(deps: HttpDeps): Promise<HttpServer> {
  const { graphql, authzen, authenticate, metrics, log, settings } = deps;
  let draining = false;
  const server = newFastify(settings, metrics);
  // JSON is the only thing that anyone has to tell us.
  server.removeContentTypeParser(["text/plain", "application/json"]);
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, ({ headers }, body: Buffer, done) =>
    done(null, parseBody(body, headers["content-type"])),
  );
  const failureLimit = createFailureLimit({ perMinute: settings.authFailures });
  handleEveryRequest(server, { authenticate, failureLimit, metrics, log, draining: () => draining });
  const { sendTimeoutMs } = settings;
  const onCut = (): void => metrics.connectionsCut.inc({ slow: "answer" });
  cutSlowReaders(server, { withinMs: sendTimeoutMs, onCut });
  registerGraphql(server, graphql);
  registerAuthzen(server, { door: authzen, settings });
  await registerIntrospection(server, deps.guardTokens);
  registerJobEvents(server, { find: deps.findJob, sendTimeoutMs, onCut });
  registerHealth(server, { checks: () => ({ ...deps.checks(), draining }), metrics });
  await registerPages(server, deps);

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
      } finally {
        clearInterval(sweep);
      }
    },
    abort: () => server.server.closeAllConnections(),
  };
}
