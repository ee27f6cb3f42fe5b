import type { ApolloServerPlugin } from "@apollo/server";
import type { Identity } from "../../domain/callers/types.ts";
import type { ErrorCode } from "../../domain/kernel/errors.ts";
import { HTTP_STATUS } from "../../doors/status.ts";
import { errorFacts, type Log } from "../../process/log.ts";
import { admitOperation } from "./admitOperation.ts";
import type { DoorContext } from "./doorContext.ts";
import type { KnownOperations } from "./knownOperations.ts";
import type { OperationLimits } from "./limits.ts";
import { type CostLimits, checkCost } from "./operationCost.ts";
import { causeOf } from "./wireErrors.ts";

/** What a client does about INSUFFICIENT_USER_AUTHENTICATION: it has the person sign in again, with `max_age` (RFC 9470 section 3). */
const freshSignInChallenge = ({ maxAge }: NonNullable<Identity["staleSignIn"]>): string =>
  `Bearer realm="scopewarden", error="insufficient_user_authentication", error_description="A fresh sign-in is needed", max_age="${maxAge}"`;

/** Errors of one field: the request was well formed and ran, and its other fields have their answers (GraphQL over HTTP). */
const OF_ONE_FIELD: ReadonlySet<string> = new Set<ErrorCode>(["BAD_USER_INPUT", "NOT_FOUND", "CONFLICT"]);

/** The status of a response by the codes of its errors; null: they say nothing of it, and what Apollo says counts. */
export function responseStatus(codes: readonly string[], { executed }: { readonly executed: boolean }): number | null {
  let most: number | null = null;
  for (const code of codes) {
    if ((executed && OF_ONE_FIELD.has(code)) || !Object.hasOwn(HTTP_STATUS, code)) continue;
    most = Math.max(most ?? 0, HTTP_STATUS[code as ErrorCode]);
  }
  return most;
}

/** What the service does with a request between Apollo's steps: limits, learning of operations, statuses, facts for the log. */
export function createApolloPlugin(deps: {
  readonly log: Log;
  readonly limits: OperationLimits & CostLimits;
  readonly known: Pick<KnownOperations, "learn">;
}): ApolloServerPlugin<DoorContext> {
  const { log, limits, known } = deps;
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, request, contextValue, schema }) {
          // An operation that is not in the document comes here too, and Apollo says so in the next step.
          if (operation === undefined) return;
          const asked = { document, operation, variables: request.variables ?? {} };
          admitOperation(asked, contextValue, limits);
          // A compiled operation was here, too: it has no lists of a length that a variable says.
          checkCost(asked, schema, limits);
        },
        async willSendResponse({ errors = [], response, request, document, operation, contextValue }) {
          if (response.body.kind !== "single") return;
          const result = response.body.singleResult;
          if (result.errors === undefined) {
            const { query } = request;
            if (query && document && operation) known.learn(query, { document, operation });
            return;
          }
          const { facts } = contextValue;
          facts.codes = result.errors.map((error) => String(error.extensions?.code ?? "INTERNAL"));
          // Where the caller was told nothing of an error, the log is.
          for (const [i, error] of errors.entries())
            if (facts.codes[i] === "INTERNAL") facts.internal.push(errorFacts(causeOf(error)));
          const status = responseStatus(facts.codes, { executed: result.data !== undefined });
          if (status !== null) response.http.status = status;
          const { staleSignIn } = contextValue.caller;
          if (staleSignIn && facts.codes.includes("INSUFFICIENT_USER_AUTHENTICATION"))
            response.http.headers.set("www-authenticate", freshSignInChallenge(staleSignIn));
          // Nothing half-answered: a caller that got 503 asks again for all of it.
          if (status === 503) result.data = null;
        },
      };
    },
    async unexpectedErrorProcessingRequest({ error }) {
      log.error({ error: errorFacts(error) }, "a GraphQL request failed unexpectedly");
    },
  };
}
