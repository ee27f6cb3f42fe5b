import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { type ErrorCode, ScopewardenError } from "../../domain/kernel/errors.ts";

/**
 * How each code looks on the wire. `status` is the HTTP status of the whole response; null leaves it at 200, because
 * the request was well formed and ran, and its other fields have their answers (GraphQL over HTTP). `message`: the
 * error's own, which is public, or a fixed one, where it is not.
 */
const WIRE: Readonly<
  Record<ErrorCode, { readonly status: number | null; readonly message: "own" | { readonly fixed: string } }>
> = {
  BAD_USER_INPUT: { status: null, message: "own" },
  NOT_FOUND: { status: null, message: "own" },
  CONFLICT: { status: null, message: "own" },
  UNAUTHENTICATED: { status: 401, message: "own" },
  FORBIDDEN: { status: 403, message: "own" },
  LIMIT_EXCEEDED: { status: 400, message: "own" },
  POLICY_UNAVAILABLE: { status: 503, message: "own" },
  JOURNAL_UNAVAILABLE: { status: 503, message: "own" },
  AUTHENTICATION_UNAVAILABLE: { status: 503, message: "own" },
  INTERNAL: { status: 500, message: { fixed: "Something went wrong inside the service. It has been logged." } },
};

/** The error that a resolver throws for any failure: code, problems and status for the wire, the cause for the log. */
export function toGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const known =
    error instanceof ScopewardenError ? error : new ScopewardenError("INTERNAL", "unexpected", { cause: error });
  const { status, message } = WIRE[known.code];
  return new GraphQLError(message === "own" ? known.message : message.fixed, {
    originalError: known,
    extensions: {
      code: known.code,
      ...(known.problems.length > 0 ? { problems: known.problems } : {}),
      ...(status === null ? {} : { http: { status } }),
    },
  });
}

export interface ErrorFormatOptions {
  /** Leaves out "Did you mean ...", which tells of the schema to those who may not read it. */
  readonly hideSuggestions: boolean;
  /** Told of every error that is masked, with all that the caller is not told. */
  readonly onInternalError?: (error: unknown) => void;
}

/** Codes of errors about the request itself, given by graphql-js, Apollo or an edge; their messages are public. */
const REQUEST_CODES: ReadonlySet<string> = new Set([
  ...Object.keys(WIRE).filter((code) => code !== "INTERNAL"),
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "BAD_REQUEST",
  "PERSISTED_QUERY_NOT_FOUND",
  "PERSISTED_QUERY_NOT_SUPPORTED",
]);

/** The error at the bottom of a chain of wrappers. */
function originOf(error: unknown): unknown {
  let at = error;
  while (at instanceof GraphQLError && at.originalError !== undefined) at = at.originalError;
  return at;
}

/**
 * What may be sent of an error: of a ScopewardenError what its row says; of an error about the request (parsing,
 * validation, variables) its message and code; of anything else nothing.
 */
export function formatGraphqlError(
  formatted: GraphQLFormattedError,
  error: unknown,
  options: ErrorFormatOptions,
): GraphQLFormattedError {
  const place = {
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
  };
  const origin = originOf(error);
  const code = formatted.extensions?.code;
  const aboutRequest = typeof code === "string" && REQUEST_CODES.has(code);
  if (!(origin instanceof ScopewardenError) && aboutRequest) {
    const message = options.hideSuggestions
      ? formatted.message.replace(/\s*Did you mean [\s\S]*$/, "")
      : formatted.message;
    return {
      message,
      ...place,
      extensions: { code, ...(formatted.extensions?.problems ? { problems: formatted.extensions.problems } : {}) },
    };
  }
  const { message, extensions } = toGraphQLError(
    origin instanceof GraphQLError ? new ScopewardenError("INTERNAL", "unexpected", { cause: origin }) : origin,
  );
  if (extensions.code === "INTERNAL")
    options.onInternalError?.(origin instanceof ScopewardenError ? (origin.cause ?? origin) : origin);
  const { http: _status, ...visible } = extensions;
  return { message, ...place, extensions: visible };
}
