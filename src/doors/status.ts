import type { ErrorCode } from "../domain/kernel/errors.ts";

/** The HTTP status of a request that was refused as a whole, by the code of its error: the one table. */
export const HTTP_STATUS: { readonly [C in ErrorCode]: number } = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  INSUFFICIENT_USER_AUTHENTICATION: 401,
  FORBIDDEN: 403,
  FOUR_EYES_REQUIRED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  LIMIT_EXCEEDED: 400,
  TOO_MANY_FAILURES: 429,
  POLICY_UNAVAILABLE: 503,
  JOURNAL_UNAVAILABLE: 503,
  AUTHENTICATION_UNAVAILABLE: 503,
  INTERNAL: 500,
};
