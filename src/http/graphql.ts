import {
  ApolloServer,
  type ApolloServerOptionsWithSchema,
  type ApolloServerPlugin,
  type BaseContext,
  HeaderMap,
  type HTTPGraphQLRequest,
} from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller } from "../domain/callers/types.ts";
import type { Domain } from "../domain/domain.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { notingDeprecation } from "./deprecation.ts";
import { HTTP_STATUS, statusOf } from "./errors.ts";
import { checkOperation, type OperationLimits } from "./limits.ts";
import { errorFacts, type Log } from "./log.ts";
import { type Metrics, observed } from "./metrics.ts";
import type { Notes } from "./notes.ts";

type ApolloOptions = ApolloServerOptionsWithSchema<BaseContext>;
type FormattedError = ReturnType<NonNullable<ApolloOptions["formatError"]>>;

/** The GraphQL door as it is handed in: what answers, and how its failures read. */
export interface GraphqlRoom {
  readonly schema: ApolloOptions["schema"];
  readonly createContext: (request: {
    readonly caller: Caller;
    readonly domain: Domain;
    readonly requestId: string;
  }) => BaseContext;
  readonly formatError: (
    formatted: FormattedError,
    error: unknown,
    options: { readonly hideSuggestions: boolean; readonly onInternalError?: (error: unknown) => void },
  ) => FormattedError;
}

export interface GraphqlSettings {
  readonly production: boolean;
  readonly introspection: boolean;
  readonly limits: OperationLimits & { readonly tokens: number };
}

export interface GraphqlDoor {
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
  close(): Promise<void>;
}

/** graphql-js has no code of its own for a document that is too long; its message is the only sign. */
const TOO_MANY_TOKENS = /^(Syntax Error: )?Document contains more tha[nt] \d+ tokens/;

/** GraphQL over HTTP at one path: Apollo Server behind a handler that gives it only the headers that it needs. */
export async function createGraphqlDoor(deps: {
  readonly room: GraphqlRoom;
  readonly domain: Domain;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly settings: GraphqlSettings;
}): Promise<GraphqlDoor> {
  const { room, domain, metrics, log, settings } = deps;
  // Apollo copies the context, but hands on the HTTP request as it is: notes are found by it.
  const notesOf = new WeakMap<object, Notes>();

  const plugin: ApolloServerPlugin<BaseContext> = {
    async requestDidStart({ request: { http } }) {
      const notes = http === undefined ? undefined : notesOf.get(http);
      if (notes === undefined) return;
      return {
        async didResolveOperation({ document, operation, request }) {
          if (operation === undefined || notes.caller === null) return;
          notes.operation = { name: operation.name?.value.slice(0, 64) ?? null, type: operation.operation };
          checkOperation({ document, operation, variables: request.variables ?? {} }, notes.caller, settings.limits);
        },
        async willSendResponse({ errors, response }) {
          if (response.body.kind !== "single") return;
          const result = response.body.singleResult;
          if (result.errors === undefined) return;
          notes.codes = result.errors.map((error) => String(error.extensions?.code ?? "INTERNAL"));
          // Where the caller was told nothing of an error, the log is.
          for (const [i, error] of (errors ?? []).entries()) {
            if (notes.codes[i] === "INTERNAL") notes.internal.push(errorFacts(rootOf(error)));
          }
          const statuses = notes.codes.map(statusOf);
          if (statuses.includes(503)) {
            // Nothing half-answered: a caller that got 503 asks again for all of it.
            response.http.status = 503;
            response.http.headers.set("retry-after", "1");
            result.data = null;
          } else if (result.data === undefined && statuses[0] !== null && statuses[0] !== undefined) {
            response.http.status = statuses[0];
          } else if (result.data === null && statuses.includes(500)) {
            response.http.status = HTTP_STATUS.INTERNAL;
          }
        },
      };
    },
    async unexpectedErrorProcessingRequest({ error }) {
      log.error({ error: errorFacts(error) }, "a GraphQL request failed unexpectedly");
    },
  };

  // Apollo's own messages can quote requests, so only the fact that there was one is kept.
  const quiet = (level: "debug" | "info" | "warn" | "error") => (): void =>
    log[level]({ source: "apollo" }, "message withheld");
  const server = new ApolloServer<BaseContext>({
    schema: room.schema,
    nodeEnv: settings.production ? "production" : "development",
    logger: { debug: quiet("debug"), info: quiet("info"), warn: quiet("warn"), error: quiet("error") },
    introspection: settings.introspection,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: settings.production,
    parseOptions: { maxTokens: settings.limits.tokens },
    cache: "bounded",
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    plugins: [
      plugin,
      // All that would call out, or that answers anything but GraphQL.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
    formatError(formatted, error) {
      if (TOO_MANY_TOKENS.test(formatted.message)) {
        const message = `The document has more than ${settings.limits.tokens} tokens.`;
        return { message, extensions: { code: "LIMIT_EXCEEDED" } };
      }
      const told = room.formatError(formatted, error, { hideSuggestions: settings.production });
      if (told.extensions === undefined || !("http" in told.extensions)) return told;
      const { http: _status, ...extensions } = told.extensions;
      return { ...told, extensions };
    },
  });
  await server.start();

  return {
    async handle(request, reply) {
      const { notes } = request;
      const { caller } = notes;
      if (caller === null) throw new ScopewardenError("INTERNAL", "A request came to GraphQL without a caller.");
      const { url = "", method = "" } = request.raw;
      const headers = new HeaderMap();
      for (const name of ["accept", "content-type", "apollo-require-preflight", "x-apollo-operation-name"]) {
        const value = request.headers[name];
        if (typeof value === "string") headers.set(name, value);
      }
      const query = url.indexOf("?");
      const http: HTTPGraphQLRequest = {
        method,
        headers,
        search: query < 0 ? "" : url.slice(query),
        body: request.body,
      };
      notesOf.set(http, notes);
      const context = async (): Promise<BaseContext> =>
        room.createContext({
          caller,
          domain: {
            ...domain,
            authorizer: notingDeprecation(
              observed(domain.authorizer, { metrics, door: "graphql", tally: notes.tally }),
              { snapshot: domain.policy.current, notes },
            ),
          },
          requestId: request.id,
        });
      const response = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest: http, context });
      if (response.body.kind !== "complete") throw new ScopewardenError("INTERNAL", "A GraphQL answer came in parts.");
      for (const [name, value] of response.headers) reply.header(name, value);
      return reply.code(response.status ?? 200).send(response.body.string);
    },
    close: () => server.stop(),
  };
}

/** The error at the bottom of a chain of wrappers that only say where in the response it happened. */
function rootOf(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && "originalError" in at && at.originalError instanceof Error) at = at.originalError;
  return at instanceof ScopewardenError ? (at.cause ?? at) : at;
}
