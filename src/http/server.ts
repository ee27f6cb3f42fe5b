import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type FastifyInstance, fastify } from "fastify";
import type { AuthzenQuestion } from "../authzen/authzenDoor.ts";
import type { Door } from "../doors/answer.ts";
import type { GraphqlDoor } from "../graphql/door/graphqlDoor.ts";
import type { Log } from "../process/log.ts";
import type { Metrics } from "../process/metrics.ts";
import type { Authenticate } from "./authenticate.ts";
import { registerAuthzen } from "./authzenRoutes.ts";
import { handleEveryRequest } from "./everyRequest.ts";
import { createFailureLimit } from "./failureLimit.ts";
import { registerGraphql } from "./graphqlRoutes.ts";
import { type Checks, registerHealth } from "./healthRoutes.ts";
import { type JobEventsDeps, registerJobEvents } from "./jobRoutes.ts";
import { type PageSettings, registerPages } from "./pages.ts";
import { parseBody } from "./parseBody.ts";
import type { SignIn } from "./signIn.ts";
import { cutSlowReaders } from "./slowReaders.ts";

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

export interface HttpDeps {
  readonly graphql: GraphqlDoor;
  readonly authzen: Door<AuthzenQuestion>;
  readonly authenticate: Authenticate;
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
