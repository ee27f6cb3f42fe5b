import { GraphQLError, type GraphQLErrorOptions, type GraphQLFormattedError } from "graphql";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { HTTP_STATUS } from "../../doors/status.ts";

const MASKED = "Something went wrong inside the service. It has been logged.";

/** The error that a resolver throws for any failure: public words, code and problems for the wire, the cause for the log. */
export function toGraphQLError(error: unknown, place: Pick<GraphQLErrorOptions, "nodes" | "path"> = {}): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const known =
    error instanceof ScopewardenError ? error : new ScopewardenError("INTERNAL", "unexpected", { cause: error });
  return new GraphQLError(known.code === "INTERNAL" ? MASKED : known.message, {
    ...place,
    originalError: known,
    extensions: { code: known.code, ...(known.problems.length > 0 ? { problems: known.problems } : {}) },
  });
}

export interface ErrorFormat {
  /** Leaves out "Did you mean ...", which tells of the schema to those who may not read it. */
  readonly hideSuggestions: boolean;
  /** Tokens of a document, as they are configured. */
  readonly maxTokens: number;
}

/** Codes that Apollo gives to errors about the request itself. With the usual status of each; some have another beside it. */
export const APOLLO_STATUS = {
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  BAD_REQUEST: 400,
  PERSISTED_QUERY_NOT_SUPPORTED: 200,
} as const;

/** Codes of errors about the request itself, given by Apollo or a door; their messages are public. */
const REQUEST_CODES: ReadonlySet<unknown> = new Set([
  ...Object.keys(HTTP_STATUS).filter((code) => code !== "INTERNAL"),
  ...Object.keys(APOLLO_STATUS),
]);

/** graphql-js has no code of its own for a document that is too long; its message is the only sign. */
const TOO_MANY_TOKENS = /^(Syntax Error: )?Document contains more tha[nt] \d+ tokens/;

/** The error at the bottom of a chain of wrappers that only say where in the response it happened. */
function originOf(error: unknown): unknown {
  let at = error;
  while (at instanceof GraphQLError && at.originalError !== undefined) at = at.originalError;
  return at;
}

/** What an error came from, for the log. */
export function causeOf(error: unknown): unknown {
  const origin = originOf(error);
  return origin instanceof ScopewardenError ? (origin.cause ?? origin) : origin;
}

/**
 * What may be sent of an error: of a ScopewardenError its own words, unless it is INTERNAL; of an error about the
 * request (parsing, validation, variables) its message and code; of anything else nothing.
 */
export function formatGraphqlError(
  formatted: GraphQLFormattedError,
  error: unknown,
  { hideSuggestions, maxTokens }: ErrorFormat,
): GraphQLFormattedError {
  if (TOO_MANY_TOKENS.test(formatted.message)) {
    const message = `The document has more than ${maxTokens} tokens.`;
    return { message, extensions: { code: "LIMIT_EXCEEDED" } };
  }
  const place = {
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
  };
  const origin = originOf(error);
  const { code, problems } = formatted.extensions ?? {};
  if (!(origin instanceof ScopewardenError) && REQUEST_CODES.has(code)) {
    const message = hideSuggestions ? formatted.message.replace(/\s*Did you mean [\s\S]*$/, "") : formatted.message;
    return { message, ...place, extensions: { code, ...(problems ? { problems } : {}) } };
  }
  const { message, extensions } = toGraphQLError(
    origin instanceof GraphQLError ? new ScopewardenError("INTERNAL", "unexpected", { cause: origin }) : origin,
  );
  return { message, ...place, extensions };
}
