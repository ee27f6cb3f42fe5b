import assert from "node:assert/strict";
import { generateKeyPair, SignJWT } from "jose";
import type { CallerRole, Identity } from "../../src/domain/callers/types.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import { createTokenAuthenticator } from "../../src/http/tokens/tokenAuthenticator.ts";
import { rfc9068Issuer } from "../../src/http/tokens/tokenIssuer.ts";

const NOW_S = 1_000_000;
const issuer = "https://id.example";
const audience = "urn:scopewarden:test";
const pair = generateKeyPair("ES256");

/** The bearer of an access token with these claims, as the service knows it once it has authenticated. */
export async function bearerOfToken(
  claims: { readonly sub: string; readonly client_id: string },
  roles: readonly CallerRole[],
): Promise<Identity> {
  const { privateKey, publicKey } = await pair;
  const token = await new SignJWT({
    ...claims,
    jti: "j",
    auth_time: NOW_S,
    scope: roles.map((role) => `scopewarden:${role}`).join(" "),
  })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(NOW_S)
    .setExpirationTime(NOW_S + 600)
    .sign(privateKey);
  const jwks = { key: async () => publicKey };
  const settings = rfc9068Issuer({ issuer, audience, jwksUrl: new URL(`${issuer}/jwks`), people: "auth_time" });
  const tokens = createTokenAuthenticator({
    issuers: [{ settings, jwks }],
    clock: () => NOW_S * 1000,
    revoked: async () => [],
    // The account is linked to the user of the same id.
    directory: () =>
      directoryOf(
        [{ type: "user", id: claims.sub, version: 1, properties: { accounts: [{ issuer, id: claims.sub }] } }],
        1,
      ),
  });
  const authenticated = await tokens.authenticate(token);
  assert.ok(authenticated.ok);
  return authenticated.caller;
}
