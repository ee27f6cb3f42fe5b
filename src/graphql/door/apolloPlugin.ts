import type { ApolloServerPlugin } from "@apollo/server";
import { freshSignInChallenge } from "../../doors/freshSignIn.ts";
import { errorFacts, type Log } from "../../process/log.ts";
import { admitOperation } from "./admitOperation.ts";
import type { DoorContext } from "./doorContext.ts";
import type { KnownOperations } from "./knownOperations.ts";
import type { OperationLimits } from "./limits.ts";
import { type CostLimits, checkCost } from "./operationCost.ts";
import { responseStatus } from "./responseStatus.ts";
import { causeOf } from "./wireErrors.ts";

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
