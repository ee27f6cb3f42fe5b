import type { ErrorCode } from "../domain/kernel/errors.ts";

/**
 * From error code to HTTP status, for requests that were refused as a whole. An error of one field in an executed
 * operation is part of a well-formed GraphQL response and leaves the status alone, unless it is a 5xx.
 */
export const HTTP_STATUS: { readonly [C in ErrorCode]: number } = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  LIMIT_EXCEEDED: 400,
  POLICY_UNAVAILABLE: 503,
  JOURNAL_UNAVAILABLE: 503,
  AUTHENTICATION_UNAVAILABLE: 503,
  INTERNAL: 500,
};

/** The status of a code as it stands in a response body, or null for a code of GraphQL's own. */
export function statusOf(code: unknown): number | null {
  return typeof code === "string" && Object.hasOwn(HTTP_STATUS, code) ? HTTP_STATUS[code as ErrorCode] : null;
}
