import type { Caller } from "../domain/callers/types.ts";
import type { Refusal } from "./errors.ts";

/** Why someone was not let in; a label of the metrics, so a closed set. */
export type FailureKind =
  | "no_credentials"
  | "malformed_header"
  | "unknown_key"
  | "expired_key"
  | "revoked_key"
  | "invalid_token"
  | "expired_token"
  | "unknown_signing_key"
  | "insufficient_scope"
  | "unavailable";

export type Authentication =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly kind: FailureKind; readonly refusal: Refusal };

const REALM = 'Bearer realm="scopewarden"';

/** RFC 6750 section 3: a challenge, and the error code only where credentials were sent. */
function denied(kind: FailureKind, status: 401 | 403, error: string | null, message: string): Authentication {
  const challenge = error === null ? REALM : `${REALM}, error="${error}", error_description="${message}"`;
  const code = status === 401 ? "UNAUTHENTICATED" : "FORBIDDEN";
  return { ok: false, kind, refusal: { status, code, message, headers: { "www-authenticate": challenge } } };
}

export const noCredentials = (): Authentication =>
  denied("no_credentials", 401, null, "Send an API key or an access token: Authorization: Bearer <key or token>.");
export const malformedHeader = (): Authentication =>
  denied("malformed_header", 401, "invalid_token", "The Authorization header must be: Bearer <key or token>.");
export const notAccepted = (kind: FailureKind, message: string): Authentication =>
  denied(kind, 401, "invalid_token", message);
export const noRole = (): Authentication =>
  denied(
    "insufficient_scope",
    403,
    "insufficient_scope",
    "The access token has no scope of the form scopewarden:<role>.",
  );
export const unavailable = (): Authentication => ({
  ok: false,
  kind: "unavailable",
  refusal: {
    status: 503,
    code: "AUTHENTICATION_UNAVAILABLE",
    message: "Who is calling can't be verified at the moment; try again.",
  },
});
