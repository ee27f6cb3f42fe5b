import type { IncomingHttpHeaders } from "node:http";
import { ApolloServer, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { GraphQLSchema } from "graphql";
import type { Identity } from "../../domain/callers/types.ts";
import type { Domain } from "../../domain/domain.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { Memo } from "../../domain/kernel/memo.ts";
import type { Answer, Door } from "../../doors/answer.ts";
import { EXPANSION } from "../../doors/expansion.ts";
import { watchAuthorizer } from "../../doors/watchedAuthorizer.ts";
import type { Log } from "../../process/log.ts";
import type { Metrics } from "../../process/metrics.ts";
import { createApolloPlugin } from "./apolloPlugin.ts";
import { answerCompiled } from "./compiled/answerCompiled.ts";
import { createDoorContext, type DoorContext } from "./doorContext.ts";
import { createJournalTurns } from "./journalTurns.ts";
import { createKnownOperations, type KnownOperations } from "./knownOperations.ts";
import type { OperationLimits } from "./limits.ts";
import type { CostLimits } from "./operationCost.ts";
import { buildScopewardenSchema } from "./schema.ts";
import { formatGraphqlError } from "./wireErrors.ts";

export interface GraphqlSettings {
  readonly production: boolean;
  readonly introspection: boolean;
  /** Why nothing may be changed, in sentences for the caller; absent: it may. */
  readonly readOnly?: string | undefined;
  readonly limits: Omit<OperationLimits, "bytes"> &
    CostLimits & {
      readonly tokens: number;
      /** Of a body. */
      readonly requestBytes: number;
    };
}

/** Bytes of a document that take as much to parse and validate as one scope takes to decide. */
const BYTES_PER_WORK = 64;

/** What is asked of GraphQL by POST, as far as it counts. */
interface GraphqlQuestion {
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON. */
  readonly body: unknown;
}

interface UsualQuestion {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The forms in which clients say that they send JSON; all others are looked at anew each time. */
const JSON_TYPES: ReadonlySet<unknown> = new Set([
  "application/json",
  "application/json; charset=utf-8",
  "application/json;charset=utf-8",
]);

const NO_VARIABLES: UsualQuestion["variables"] = {};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The question with a JSON body in which nothing is amiss or out of the ordinary; null for anything else. */
export function usualQuestion({ headers, body }: GraphqlQuestion): UsualQuestion | null {
  if (!JSON_TYPES.has(headers["content-type"]) || !isObject(body)) return null;
  const { query } = body;
  const operationName = body.operationName ?? undefined;
  const variables = body.variables ?? NO_VARIABLES;
  if (typeof query !== "string" || query === "" || !isObject(variables)) return null;
  if (operationName !== undefined && typeof operationName !== "string") return null;
  return (body.extensions ?? null) === null ? { query, operationName, variables } : null;
}

function documentWork({ body }: GraphqlQuestion): number {
  const query: unknown = typeof body === "object" && body !== null && "query" in body ? body.query : null;
  return 1 + Math.floor((typeof query === "string" ? query.length : 0) / BYTES_PER_WORK);
}

export interface GraphqlDoor {
  readonly answer: Door<GraphqlQuestion, Identity>;
  close(): Promise<void>;
}

const operationLimits = ({
  limits: { depth, decisions, requestBytes },
  readOnly,
}: GraphqlSettings): OperationLimits => ({
  depth,
  decisions,
  bytes: EXPANSION * requestBytes,
  readOnly,
});

/** Apollo Server with all turned off that would call out, or that answers anything but GraphQL. */
function createApollo(deps: {
  readonly schema: GraphQLSchema;
  readonly known: KnownOperations;
  readonly log: Log;
  readonly settings: GraphqlSettings;
}): ApolloServer<DoorContext> {
  const { schema, known, log, settings } = deps;
  const { production, introspection, limits } = settings;
  const format = { hideSuggestions: production, maxTokens: limits.tokens };
  // Apollo's own messages can quote requests, so only the fact that there was one is kept.
  const quiet = (level: "debug" | "info" | "warn" | "error") => (): void =>
    log[level]({ source: "apollo" }, "message withheld");
  return new ApolloServer<DoorContext>({
    schema,
    nodeEnv: production ? "production" : "development",
    logger: { debug: quiet("debug"), info: quiet("info"), warn: quiet("warn"), error: quiet("error") },
    introspection,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: production,
    parseOptions: { maxTokens: limits.tokens },
    cache: "bounded",
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    plugins: [
      createApolloPlugin({ log, limits: { ...limits, ...operationLimits(settings) }, known }),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
    formatError: (formatted, error) => formatGraphqlError(formatted, error, format),
  });
}

interface MediaTypes {
  /** The `content-type` that Apollo answers with to this `Accept` header, if it is known. */
  of(accept: string | undefined): string | undefined;
  /** Learns from an answer with the status 200, which says that the header was acceptable. */
  learn(accept: string | undefined, contentType: string | undefined): void;
}

const MAX_ACCEPTED = 64;
const MAX_ACCEPT_LENGTH = 256;

/** Apollo's choice of a media type depends on the `Accept` header alone, so it need not be made again for each request. */
export function createMediaTypes(): MediaTypes {
  const byAccept = new Memo<string>(MAX_ACCEPTED);
  return {
    of: (accept = "") => byAccept.get(accept),
    learn(accept = "", contentType) {
      if (contentType === undefined || accept.length > MAX_ACCEPT_LENGTH || byAccept.get(accept) !== undefined) return;
      byAccept.set(accept, contentType);
    },
  };
}

/**
 * GraphQL over HTTP. There are two ways: Apollo Server answers a question in full, and a question of the usual form is
 * answered by its compiled operation, once Apollo has answered the same document and the same `Accept` header without
 * errors. Whatever the compiled operation can't answer, Apollo answers, with what was decided by then.
 */
export async function createGraphqlDoor(deps: {
  readonly domain: Domain;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly settings: GraphqlSettings;
}): Promise<GraphqlDoor> {
  const { domain, metrics, log, settings } = deps;
  const { authorizer, policy } = domain;
  const watched = watchAuthorizer({ authorizer, snapshot: policy.current, metrics, door: "graphql" });
  const schema = buildScopewardenSchema();
  const known = createKnownOperations(schema);
  const mediaTypes = createMediaTypes();
  const journalTurns = createJournalTurns(settings.limits.journalReads);
  const limits = operationLimits(settings);
  const apollo = createApollo({ schema, known, log, settings });
  await apollo.start();

  async function answerUsual(question: GraphqlQuestion, context: DoorContext): Promise<Answer | null> {
    const usual = usualQuestion(question);
    if (usual === null) return null;
    const contentType = mediaTypes.of(question.headers.accept);
    const operation = known.of(usual.query, usual.operationName);
    if (contentType === undefined || operation === undefined) return null;
    const { variables } = usual;
    const data = await answerCompiled(operation, { variables, context }, limits);
    return data === null ? null : { status: 200, contentType, headers: [], body: `{"data":${data}}\n` };
  }

  async function answerInFull({ headers, body }: GraphqlQuestion, context: DoorContext): Promise<Answer> {
    const needed = new HeaderMap();
    for (const name of ["accept", "content-type", "apollo-require-preflight", "x-apollo-operation-name"]) {
      const value = headers[name];
      if (typeof value === "string") needed.set(name, value);
    }
    const response = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: "POST", headers: needed, search: "", body },
      context: async () => context,
    });
    if (response.body.kind !== "complete") throw new ScopewardenError("INTERNAL", "A GraphQL answer came in parts.");
    const { status = 200 } = response;
    const contentType = response.headers.get("content-type");
    if (status === 200) mediaTypes.learn(headers.accept, contentType);
    response.headers.delete("content-type");
    // Only an answer without a body has no type.
    return {
      status,
      contentType: contentType ?? "text/plain; charset=utf-8",
      headers: response.headers,
      body: response.body.string,
    };
  }

  return {
    async answer(caller, question, facts) {
      const context = createDoorContext({
        caller,
        domain: { ...domain, authorizer: watched(facts) },
        facts,
        journalTurns,
      });
      const usual = await answerUsual(question, context);
      if (usual !== null) return usual;
      // Whoever sends ever new documents has each parsed and validated.
      const turn = domain.turns.take(documentWork(question));
      if (turn !== null) await turn;
      return answerInFull(question, context);
    },
    close: () => apollo.stop(),
  };
}
