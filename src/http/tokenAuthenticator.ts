import { errors, type JWTPayload, jwtVerify } from "jose";
import { tokenCaller } from "../domain/callers/callerName.ts";
import { CALLER_ROLES, type CallerRole, type Identity } from "../domain/callers/types.ts";
import type { Clock } from "../domain/kernel/ports.ts";
import { identifierProblem } from "../domain/kernel/text.ts";
import { type Authentication, noRole, notAccepted, unavailable } from "./authentication.ts";
import { type Jwks, JwksUnavailable } from "./jwks.ts";

/** Signatures with a public key only: with a shared secret on the list, a public key would pass for one (RFC 8725 section 3.1). */
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
const CLOCK_TOLERANCE_S = 5;

/** What to say of a token by what jose found. Our own words: they go out in a header. */
function rejection(error: unknown): Authentication {
  if (error instanceof JwksUnavailable) return unavailable();
  if (error instanceof errors.JWTExpired) return notAccepted("expired_token", "The access token has expired.");
  if (error instanceof errors.JWKSNoMatchingKey)
    return notAccepted(
      "unknown_signing_key",
      "The access token is signed with a key that the authorization server does not publish.",
    );
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return notAccepted("invalid_token", "The access token must name its signing key (kid).");
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return notAccepted("invalid_token", "The signature of the access token is wrong.");
  if (error instanceof errors.JOSEAlgNotAllowed)
    return notAccepted("invalid_token", `The access token must be signed with one of ${ALGORITHMS.join(", ")}.`);
  if (error instanceof errors.JWTClaimValidationFailed)
    return notAccepted(
      "invalid_token",
      `The access token has no acceptable ${/^[a-z_]{1,20}$/.test(error.claim) ? error.claim : "claims"}.`,
    );
  return notAccepted("invalid_token", "The access token is not valid.");
}

/**
 * A caller's roles are the token's scopes of the form `scopewarden:<role>`. Scopes, since they are what an
 * authorization server grants to a client and what a person consents to; the `roles` of RFC 9068 section 2.2.3.1
 * say who someone is elsewhere.
 */
function rolesOf(payload: JWTPayload): ReadonlySet<CallerRole> {
  const scopes = typeof payload.scope === "string" ? new Set(payload.scope.split(" ")) : new Set<string>();
  return new Set(CALLER_ROLES.filter((role) => scopes.has(`scopewarden:${role}`)));
}

export interface TokenAuthenticator {
  authenticate(token: string): Promise<Authentication>;
}

/** Accepts JWT access tokens as RFC 9068 section 4 asks: typ, alg, iss, aud, exp, and the required claims. */
export function createTokenAuthenticator(deps: {
  readonly jwks: Pick<Jwks, "key">;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
}): TokenAuthenticator {
  const { jwks, issuer, audience, clock } = deps;
  return {
    async authenticate(token) {
      try {
        const { payload } = await jwtVerify(token, jwks.key, {
          algorithms: ALGORITHMS,
          typ: "at+jwt",
          issuer,
          audience,
          requiredClaims: ["iss", "aud", "exp", "iat", "sub", "client_id", "jti"],
          clockTolerance: CLOCK_TOLERANCE_S,
          currentDate: new Date(clock()),
        });
        const { sub, iat, jti, exp } = payload;
        const clientId = payload.client_id;
        if (typeof iat !== "number" || iat > clock() / 1000 + CLOCK_TOLERANCE_S)
          return notAccepted("invalid_token", "The access token was issued in the future.");
        if (
          typeof sub !== "string" ||
          identifierProblem(sub) !== null ||
          typeof clientId !== "string" ||
          identifierProblem(clientId) !== null ||
          typeof jti !== "string" ||
          typeof exp !== "number"
        ) {
          return notAccepted("invalid_token", "The access token has no acceptable sub, client_id or jti.");
        }
        const roles = rolesOf(payload);
        // sub is the person, or the client where none is involved (RFC 9068 section 2.2): either way, who is asking.
        if (roles.size === 0) return noRole();
        const caller: Identity = {
          id: tokenCaller(issuer, sub),
          kind: "TOKEN",
          name: sub,
          subject: { type: null, id: sub, issuer },
          ...(sub.toLowerCase() === clientId.toLowerCase() && { withoutPerson: true }),
          roles,
          defaultClientId: clientId,
          expiresAt: exp * 1000,
        };
        return { ok: true, caller };
      } catch (error) {
        return rejection(error);
      }
    },
  };
}
