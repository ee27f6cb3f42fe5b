import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** An issuer of tokens on loopback: it publishes its key, and signs what a test says. */
export interface LocalIssuer {
  readonly url: string;
  readonly jwksUrl: string;
  /** An access token with these claims, for a minute from now where they do not say; an empty `typ`: none. */
  sign(claims: { readonly [name: string]: unknown }, typ?: string): Promise<string>;
  close(): Promise<void>;
}

export async function startIssuer(audience: string): Promise<LocalIssuer> {
  const pair = await generateKeyPair("RS256", { extractable: true });
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: "k1", alg: "RS256", use: "sig" }];
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let serial = 0;
  return {
    url,
    jwksUrl: `${url}/jwks`,
    sign(claims, typ = "at+jwt") {
      const iat = Math.floor(Date.now() / 1000);
      serial += 1;
      return new SignJWT({
        iss: url,
        aud: audience,
        iat,
        exp: iat + 60,
        jti: `t-${serial}`,
        client_id: "console",
        ...claims,
      })
        .setProtectedHeader({ alg: "RS256", ...(typ !== "" && { typ }), kid: "k1" })
        .sign(pair.privateKey);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
