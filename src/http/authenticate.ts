import { type Authentication, malformedHeader, noCredentials, notAccepted } from "./authentication.ts";
import type { KeyAuthenticator } from "./keyAuthenticator.ts";
import type { TokenAuthenticator } from "./tokens/tokenAuthenticator.ts";

/** Who sent this `Authorization` header? Nothing else is looked at: a key in a URL ends up in logs (RFC 9700 section 2.6). */
export type Authenticate = (authorization: string | undefined) => Authentication | Promise<Authentication>;

// b64token of RFC 6750 section 2.1; the scheme's letter case does not count (RFC 9110 section 11.1).
export const CREDENTIALS = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

export function createAuthenticate(deps: {
  readonly keys: KeyAuthenticator;
  readonly tokens: TokenAuthenticator | null;
}): Authenticate {
  return (authorization) => {
    if (authorization === undefined || authorization === "") return noCredentials();
    const credentials = CREDENTIALS.exec(authorization)?.[1];
    if (credentials === undefined) return malformedHeader();
    const byKey = deps.keys.authenticate(credentials);
    if (byKey !== null) return byKey;
    if (credentials.split(".").length !== 3) return notAccepted("unknown_key", "The API key is not valid.");
    return deps.tokens === null
      ? notAccepted("invalid_token", "Access tokens are not accepted here; use an API key.")
      : deps.tokens.authenticate(credentials);
  };
}
