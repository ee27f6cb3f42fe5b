import type { IncomingHttpHeaders } from "node:http";
import {
  ApolloServer,
  type ApolloServerOptionsWithSchema,
  type BaseContext,
  type GraphQLResponse,
  HeaderMap,
} from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { Caller } from "../../domain/callers/types.ts";
import type { Domain } from "../../domain/domain.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { Answer } from "../../doors/answer.ts";
import type { RequestFacts } from "../../doors/requestFacts.ts";
import { HTTP_STATUS } from "../../doors/status.ts";
import { WatchedAuthorizer } from "../../doors/watchedAuthorizer.ts";
import type { Log } from "../../process/log.ts";
import type { Metrics } from "../../process/metrics.ts";
import { type AnswerCompiled, beginOperation, createGraphqlPlugin, RequestWithFacts } from "./apolloPlugin.ts";
import { bodyOf, JsonText } from "./jsonText.ts";
import { createKnownOperations, type KnownOperation } from "./knownOperations.ts";
import type { OperationLimits } from "./limits.ts";
import { type Accepted, createAcceptedTypes, plainQuestion, type Question } from "./usualRequest.ts";

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
  /** Answers in a shorter way what it can: the context is one that `createContext` has made. */
  answerCompiled(asked: Parameters<AnswerCompiled>[0]): ReturnType<AnswerCompiled>;
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

/** What counts of a request. */
interface GraphqlRequest {
  readonly method: string;
  /** The query string of its URL, with the question mark; empty where there is none. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON. */
  readonly body: unknown;
  readonly facts: RequestFacts;
  readonly requestId: string;
}

export interface GraphqlDoor {
  ask(request: GraphqlRequest): Promise<Answer>;
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
  const formatError = (formatted: FormattedError, error: unknown): FormattedError => {
    if (TOO_MANY_TOKENS.test(formatted.message)) {
      const message = `The document has more than ${settings.limits.tokens} tokens.`;
      return { message, extensions: { code: "LIMIT_EXCEEDED" } };
    }
    const told = room.formatError(formatted, error, { hideSuggestions: settings.production });
    if (told.extensions === undefined || !("http" in told.extensions)) return told;
    const { http: _status, ...extensions } = told.extensions;
    return { ...told, extensions };
  };

  const known = createKnownOperations();
  const by = { authorizer: domain.authorizer, snapshot: () => domain.policy.current(), metrics, door: "graphql" };

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
      createGraphqlPlugin({ answerCompiled: room.answerCompiled, log, limits: settings.limits, known }),
      // All that would call out, or that answers anything but GraphQL.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
    stringifyResult: bodyOf,
    formatError,
  });
  await server.start();

  const acceptedTypes = createAcceptedTypes();

  /** Any request: Apollo looks at all of it. */
  async function answerInFull(request: GraphqlRequest, context: () => BaseContext): Promise<Answer> {
    const { method, search, body, facts } = request;
    const headers = new HeaderMap();
    for (const name of ["accept", "content-type", "apollo-require-preflight", "x-apollo-operation-name"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    const response = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: new RequestWithFacts({ method, headers, search, body }, facts),
      context: async () => context(),
    });
    if (response.body.kind !== "complete") throw new ScopewardenError("INTERNAL", "A GraphQL answer came in parts.");
    const { status = 200 } = response;
    const contentType = response.headers.get("content-type");
    if (status === 200) acceptedTypes.learn(request.headers.accept, contentType);
    response.headers.delete("content-type");
    // Only an answer without a body has no type.
    return {
      status,
      contentType: contentType ?? "text/plain; charset=utf-8",
      headers: response.headers,
      body: response.body.string,
    };
  }

  /**
   * An operation that Apollo has parsed, validated and answered before, in the steps that depend on the request: limits,
   * permissions, decision. Null for whatever is not answered without an error: Apollo finds the same, and tells of it.
   */
  async function answerKnown(
    { document, operation }: KnownOperation,
    { variables = {} }: Question,
    facts: RequestFacts,
    context: BaseContext,
  ): Promise<JsonText | null> {
    try {
      beginOperation({ document, operation, variables }, facts, settings.limits);
      const text = await room.answerCompiled({ document, operation, variables, context });
      return text === null ? null : new JsonText(text);
    } catch {
      return null;
    }
  }

  /** A request of the usual form: what Apollo would find out of its headers and members is known. */
  async function answerPlainly(asked: {
    readonly body: unknown;
    readonly question: Question;
    readonly accepted: Accepted;
    readonly facts: RequestFacts;
    readonly contextValue: BaseContext;
  }): Promise<Answer> {
    const { body, question, accepted, facts, contextValue } = asked;
    const { contentType } = accepted;
    const operation = question.extensions === undefined ? known.of(question.query, question.operationName) : undefined;
    if (operation !== undefined) {
      const data = await answerKnown(operation, question, facts, contextValue);
      if (data !== null) return { status: 200, contentType, headers: [], body: bodyOf({ data }) };
    }
    const http = new RequestWithFacts({ method: "POST", headers: accepted.headers, search: "", body }, facts);
    let response: GraphQLResponse;
    try {
      response = await server.executeOperation({ ...question, http }, { contextValue });
    } catch (error) {
      // Apollo has logged it, and says no more of it than this.
      const formatted = { message: "Internal server error", extensions: { code: "INTERNAL_SERVER_ERROR" } };
      const errors = [formatError(formatted, error)];
      return { status: HTTP_STATUS.INTERNAL, contentType, headers: [], body: bodyOf({ errors }) };
    }
    if (response.body.kind !== "single") throw new ScopewardenError("INTERNAL", "A GraphQL answer came in parts.");
    const { status = 200, headers } = response.http;
    return { status, contentType, headers, body: bodyOf(response.body.singleResult) };
  }

  return {
    ask(request) {
      const { facts, requestId, body } = request;
      const { caller } = facts;
      if (caller === null) throw new ScopewardenError("INTERNAL", "A request came to GraphQL without a caller.");
      const context = (): BaseContext =>
        room.createContext({
          caller,
          domain: { ...domain, authorizer: new WatchedAuthorizer(by, facts) },
          requestId,
        });
      const question = plainQuestion(request);
      const accepted = question === null ? undefined : acceptedTypes.of(request.headers.accept);
      return question === null || accepted === undefined
        ? answerInFull(request, context)
        : answerPlainly({ body, question, accepted, facts, contextValue: context() });
    },
    close: () => server.stop(),
  };
}
