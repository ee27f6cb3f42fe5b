import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An issuer of tokens for a demo: its key is made with it and goes with it. */
export interface DemoIssuer {
  /** Where its public key is, on loopback. */
  readonly jwksUrl: string;
  /** An access token with these claims. */
  token(claims: { readonly [claim: string]: unknown }): string;
  close(): void;
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

export async function startDemoIssuer(): Promise<DemoIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = randomUUID();
  const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" }] });
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(jwks);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // It ends with what asks it.
  server.unref();
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    token(claims) {
      const signed = `${base64url({ alg: "ES256", typ: "at+jwt", kid })}.${base64url({ jti: randomUUID(), ...claims })}`;
      // RFC 7518, section 3.4: both numbers one after the other.
      const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${signed}.${signature.toString("base64url")}`;
    },
    close: () => void server.close(),
  };
}
