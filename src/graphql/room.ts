import type { Caller } from "../domain/callers/types.ts";
import type { Domain } from "../domain/domain.ts";
import type { GraphqlContext } from "./context.ts";
import { createAnswerCompiled } from "./door/compiled/answer.ts";
import { formatGraphqlError } from "./door/errors.ts";
import { buildScopewardenSchema } from "./door/schema.ts";
import { createLoaders } from "./loaders.ts";

/** All that an edge needs to answer GraphQL. */
export function createGraphqlRoom() {
  const schema = buildScopewardenSchema();
  return {
    schema,
    createContext: (request: { caller: Caller; domain: Domain; requestId: string }): GraphqlContext => ({
      caller: request.caller,
      domain: request.domain,
      requestId: request.requestId,
      loaders: createLoaders(request.domain),
      settled: null,
    }),
    answerCompiled: createAnswerCompiled(schema),
    formatError: formatGraphqlError,
  };
}
