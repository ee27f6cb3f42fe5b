import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { Unavailable } from "./scopewarden.ts";

/** What a token says, once it has been checked. */
export interface AccessToken {
  readonly id: string;
  readonly clientId: string;
  /** For whom the client acts; null: for itself. */
  readonly subject: string | null;
  readonly scopes: readonly string[];
  /** The patient in launch context. */
  readonly patient: string | null;
  readonly purposeOfUse: string | null;
}

/** The request carries no token, or one that can't be accepted: 401. */
export class Unauthorized extends Error {
  /** Of RFC 6750; null: there was no token, and nothing is to be said about it. */
  readonly error: "invalid_token" | null;

  constructor(error: "invalid_token" | null, message: string) {
    super(message);
    this.error = error;
  }
}

const textOf = (claim: unknown): string | null => (typeof claim === "string" ? claim : null);

/** Checks access tokens of RFC 9068 against the keys that the authorization server publishes. Throws `Unauthorized`. */
export function createTokenVerifier(issuer: string, audience: string) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const expected = {
    issuer,
    audience,
    algorithms: ["RS256"],
    typ: "at+jwt",
    requiredClaims: ["exp", "sub", "client_id", "jti"],
  };

  return async (authorization: string | undefined): Promise<AccessToken> => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) throw new Unauthorized(null, "An access token is needed: Authorization: Bearer ...");
    try {
      const { payload } = await jwtVerify(token, keys, expected);
      const clientId = String(payload.client_id);
      return {
        id: String(payload.jti),
        clientId,
        subject: payload.sub === clientId ? null : String(payload.sub),
        scopes: (textOf(payload.scope) ?? "").split(" ").filter(Boolean),
        patient: textOf(payload.patient),
        purposeOfUse: textOf(payload.purpose_of_use),
      };
    } catch (error) {
      // Keys that can't be fetched are no fault of the token: jose has no code of its own for an answer that is none.
      if (!(error instanceof errors.JOSEError) || ["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT"].includes(error.code))
        throw new Unavailable("The authorization server's keys can't be fetched.", { cause: error });
      throw new Unauthorized("invalid_token", `The access token is not accepted: ${error.message}`);
    }
  };
}
