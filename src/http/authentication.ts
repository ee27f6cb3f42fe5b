import type { Identity } from "../domain/callers/types.ts";
import type { HttpRefusal } from "./refusal.ts";

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
  | { readonly ok: true; readonly caller: Identity }
  | {
      readonly ok: false;
      readonly kind: FailureKind;
      readonly refusal: HttpRefusal;
      /** Of a token: at which check it fell, for the log. */
      readonly check?: string;
    };

const REALM = 'Bearer realm="scopewarden"';

/** RFC 6750 section 3: a challenge, and the error code only where credentials were sent. */
function denied(
  kind: FailureKind,
  error: "invalid_token" | "insufficient_scope" | null,
  message: string,
): Authentication {
  const challenge = error === null ? REALM : `${REALM}, error="${error}", error_description="${message}"`;
  const code = error === "insufficient_scope" ? "FORBIDDEN" : "UNAUTHENTICATED";
  return { ok: false, kind, refusal: { code, message, headers: { "www-authenticate": challenge } } };
}

export const noCredentials = (): Authentication =>
  denied("no_credentials", null, "Send an API key or an access token: Authorization: Bearer <key or token>.");
export const malformedHeader = (): Authentication =>
  denied("malformed_header", "invalid_token", "The Authorization header must be: Bearer <key or token>.");
export const notAccepted = (kind: FailureKind, message: string): Authentication =>
  denied(kind, "invalid_token", message);
export const noRole = (byScope: boolean): Authentication =>
  denied(
    "insufficient_scope",
    "insufficient_scope",
    byScope
      ? "The access token has no scope of the form scopewarden:<role>."
      : "The access token gives none of this service's roles.",
  );
export const tooManyFailures = (seconds: number): HttpRefusal => ({
  code: "TOO_MANY_FAILURES",
  message: `Too many authentications have failed from this address; after ${seconds} s they are looked at again. The right key or token is accepted at once.`,
  headers: { "retry-after": String(seconds) },
});
export const unavailable = (): Authentication => ({
  ok: false,
  kind: "unavailable",
  refusal: {
    code: "AUTHENTICATION_UNAVAILABLE",
    message: "Who is calling can't be verified at the moment; try again.",
  },
});
