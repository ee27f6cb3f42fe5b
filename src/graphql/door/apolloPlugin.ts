import { type ApolloServerPlugin, type BaseContext, HeaderMap, type HTTPGraphQLRequest } from "@apollo/server";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { RequestFacts } from "../../doors/requestFacts.ts";
import { HTTP_STATUS, statusOf } from "../../doors/status.ts";
import { errorFacts, type Log } from "../../process/log.ts";
import { JsonText } from "./jsonText.ts";
import type { KnownOperation, KnownOperations } from "./knownOperations.ts";
import { checkOperation, type OperationLimits } from "./limits.ts";

/** Apollo copies the context, but hands on the HTTP request as it is: facts travel with it. */
export class RequestWithFacts implements HTTPGraphQLRequest {
  readonly method: string;
  readonly headers: HeaderMap;
  readonly search: string;
  readonly body: unknown;
  readonly facts: RequestFacts;

  constructor(request: HTTPGraphQLRequest, facts: RequestFacts) {
    this.method = request.method;
    this.headers = request.headers;
    this.search = request.search;
    this.body = request.body;
    this.facts = facts;
  }
}

/** The JSON text of `data` for an operation that can be answered in a shorter way, without errors; null: execute it. */
export type AnswerCompiled = (
  asked: KnownOperation & {
    readonly variables: Readonly<Record<string, unknown>>;
    readonly context: BaseContext;
  },
) => Promise<string | null>;

/** What precedes every execution. @throws ScopewardenError LIMIT_EXCEEDED, FORBIDDEN */
export function beginOperation(
  { document, operation, variables }: Omit<Parameters<AnswerCompiled>[0], "context">,
  facts: RequestFacts,
  limits: OperationLimits,
): void {
  if (facts.caller === null) throw new ScopewardenError("INTERNAL", "An operation came without a caller.");
  facts.operation = { name: operation.name?.value.slice(0, 64) ?? null, type: operation.operation };
  checkOperation({ document, operation, variables }, facts.caller, limits);
}

const UNCHANGED = { headers: new HeaderMap() };

/** What the service does with a request between Apollo's steps: limits, the compiled way, statuses, and notes for the log. */
export function createGraphqlPlugin(deps: {
  readonly answerCompiled: AnswerCompiled;
  readonly log: Log;
  readonly limits: OperationLimits;
  readonly known: Pick<KnownOperations, "learn">;
}): ApolloServerPlugin<BaseContext> {
  const { answerCompiled, log, limits, known } = deps;
  return {
    async requestDidStart({ request: { http } }) {
      if (!(http instanceof RequestWithFacts)) return;
      const { facts } = http;
      return {
        async didResolveOperation({ document, operation, request }) {
          // An operation that is not in the document comes here too, and to the next step.
          if (operation === undefined) return;
          beginOperation({ document, operation, variables: request.variables ?? {} }, facts, limits);
        },
        async responseForOperation({ document, operation, request, contextValue }) {
          if (operation === undefined) return null;
          const variables = request.variables ?? {};
          const text = await answerCompiled({ document, operation, variables, context: contextValue });
          if (text === null) return null;
          if (request.query !== undefined) known.learn(request.query, { document, operation });
          return { http: UNCHANGED, body: { kind: "single", singleResult: { data: new JsonText(text) } } };
        },
        async willSendResponse({ errors, response }) {
          if (response.body.kind !== "single") return;
          const result = response.body.singleResult;
          if (result.errors === undefined) return;
          facts.codes = result.errors.map((error) => String(error.extensions?.code ?? "INTERNAL"));
          // Where the caller was told nothing of an error, the log is.
          for (const [i, error] of (errors ?? []).entries()) {
            if (facts.codes[i] === "INTERNAL") facts.internal.push(errorFacts(rootOf(error)));
          }
          const statuses = facts.codes.map(statusOf);
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
}

/** The error at the bottom of a chain of wrappers that only say where in the response it happened. */
function rootOf(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && "originalError" in at && at.originalError instanceof Error) at = at.originalError;
  return at instanceof ScopewardenError ? (at.cause ?? at) : at;
}
