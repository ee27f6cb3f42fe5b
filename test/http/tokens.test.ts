import assert from "node:assert/strict";
import { createPrivateKey, type JsonWebKey, sign as signWith, type webcrypto } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";
import { EMPTY_DIRECTORY } from "../../src/domain/directory/directory.ts";
import { HTTP_STATUS } from "../../src/doors/status.ts";
import { createJwks } from "../../src/http/tokens/jwks.ts";
import { createTokenAuthenticator } from "../../src/http/tokens/tokenAuthenticator.ts";
import { rfc9068Issuer } from "../../src/http/tokens/tokenIssuer.ts";
import { eventually } from "../support/eventually.ts";
import { LABELLED } from "../support/labelled.ts";
import {
  type Answer,
  AUTHORIZE,
  applyPolicy,
  request,
  type Service,
  SMALL_POLICY,
  SMALL_REQUEST,
  startService,
} from "./support.ts";

const AUDIENCE = "urn:scopewarden:test";
const ROLES = ["service", "admin", "reviewer", "auditor", "consent"];
let authorizationServer: Server;
let issuer: string;
let service: Service;
let privateJwk: JWK;
let publicPem: string;

/** oidc-provider as the authorization server: client credentials, resource indicators (RFC 8707), JWT access tokens. */
async function startProvider(): Promise<void> {
  const { Provider } = await import("oidc-provider");
  const pair = await generateKeyPair("RS256", { extractable: true });
  privateJwk = { ...(await exportJWK(pair.privateKey)), kid: "k1", alg: "RS256", use: "sig" };
  publicPem = await exportSPKI(pair.publicKey);
  authorizationServer = createServer();
  await new Promise<void>((resolve) => authorizationServer.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(authorizationServer.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "resource-server",
        client_secret: "secret-of-the-resource-server",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys: [privateJwk] },
    scopes: ROLES.map((role) => `scopewarden:${role}`),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx: unknown, resource: string) => ({
          scope: ROLES.map((role) => `scopewarden:${role}`).join(" "),
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  } as never);
  authorizationServer.on("request", provider.callback());
}

async function tokenFromProvider(
  options: { readonly scope?: string; readonly resource?: string } = {},
): Promise<string> {
  const { scope = "scopewarden:service", resource = AUDIENCE } = options;
  const body = new URLSearchParams({ grant_type: "client_credentials", resource, ...(scope === "" ? {} : { scope }) });
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("resource-server:secret-of-the-resource-server")}` },
    body,
  });
  const answer = (await response.json()) as { access_token?: string };
  assert(answer.access_token, JSON.stringify(answer));
  return answer.access_token;
}

before(async () => {
  await startProvider();
  service = await startService({
    SCOPEWARDEN_JWKS_URL: `${issuer}/jwks`,
    SCOPEWARDEN_JWT_ISSUER: issuer,
    SCOPEWARDEN_JWT_AUDIENCE: AUDIENCE,
    SCOPEWARDEN_JWT_PEOPLE: "auth_time",
    SCOPEWARDEN_AUTH_FAILURES: "1000",
  });
  assert.doesNotMatch(service.lines.join("\n"), /tokens approve nothing/);
  await applyPolicy(service, [...SMALL_POLICY, LABELLED]);
});
after(async () => {
  await service.stop();
  authorizationServer.close();
  authorizationServer.closeAllConnections();
});

const now = (): number => Math.floor(Date.now() / 1000);
const claims = (): JWTPayload => ({
  iss: issuer,
  aud: AUDIENCE,
  sub: "resource-server",
  client_id: "resource-server",
  jti: "j1",
  iat: now(),
  exp: now() + 600,
  scope: "scopewarden:service",
});

type Claims = { readonly [name: string]: unknown };

async function sign(change: Claims = {}, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
  const payload = Object.fromEntries(
    Object.entries({ ...claims(), ...change }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid: "k1", ...header })
    .sign(await importJWK({ ...privateJwk, alg: header.alg ?? "RS256" }, header.alg ?? "RS256"));
}
const decide = (key: string): Promise<Answer> => service.ask(AUTHORIZE, { variables: { input: SMALL_REQUEST }, key });

test("tokens of a real authorization server are accepted, with the roles of their scopes", async () => {
  const answer = await decide(await tokenFromProvider());
  assert.equal(answer.body.data?.authorize.outcome, "ALLOW", answer.text);
  const auditor = await tokenFromProvider({ scope: "scopewarden:auditor" });
  assert.equal((await decide(auditor)).status, 403);
  const seen = await service.ask("{ decisions(first: 1) { edges { node { by { callerId } } } } }", { key: auditor });
  assert.equal(seen.body.data.decisions.edges[0].node.by.callerId, `jwt:${issuer}#resource-server`);
});

test("the log has a word in the place of a token's subject, the same for the same one", async () => {
  const from = service.lines.length;
  for (const sub of ["canary-ada", "canary-ada", "canary-grace"]) await decide(await sign({ sub }));
  const ofRequests = () => service.lines.slice(from).filter((line) => line.includes('"caller"'));
  await eventually("a line for each", () => ofRequests().length >= 3);
  const lines = service.lines.slice(from);
  assert.ok(!lines.join().includes("canary"), lines.join());
  const callers = ofRequests().map((line) => JSON.parse(line).caller);
  assert.equal(callers.length, 3);
  assert.equal(callers[0], callers[1]);
  assert.notEqual(callers[0], callers[2]);
});

test("`me` tells whose a token is, what it may do and when it ends; an admin's can't give the role auditor", async () => {
  const exp = now() + 600;
  const key = await sign({ sub: "ada", client_id: "console", scope: "scopewarden:admin other", exp });
  const { body } = await service.ask("{ me { id kind name subject { type id issuer } roles clientId until } }", {
    key,
  });
  assert.deepEqual(body.data.me, {
    id: `jwt:${issuer}#ada`,
    kind: "TOKEN",
    name: "ada",
    subject: { type: null, id: "ada", issuer },
    roles: ["ADMIN"],
    clientId: "console",
    until: new Date(exp * 1000).toISOString(),
  });
  const give = (role: string) =>
    service.ask(
      `mutation { createApiKey(input: { name: "k", roles: [${role}], subject: { id: "ada" } }, reason: "r") { apiKey { by { callerId id type name } } } }`,
      { key },
    );
  // Of a token by which no person is known: no key but a plain one.
  assert.equal((await give("REVIEWER")).body.errors[0].extensions.code, "FORBIDDEN");
  assert.deepEqual((await give("SERVICE")).body.data.createApiKey.apiKey, {
    by: { callerId: `jwt:${issuer}#ada`, id: "ada", type: null, name: "ada" },
  });
  const refused = await give("AUDITOR");
  assert.deepEqual([refused.status, refused.body.errors[0].extensions.code], [403, "FORBIDDEN"]);
});

test("a token's client is the default client of questions over AuthZEN", async () => {
  const ask = async (change: Claims): Promise<Answer> =>
    request(`${service.url}/access/v1/evaluation`, {
      method: "POST",
      headers: { authorization: `Bearer ${await sign(change)}`, "content-type": "application/json" },
      body: JSON.stringify({
        subject: { type: "user", id: "ada" },
        action: { name: "read" },
        resource: { type: "Observation", id: "o-1" },
      }),
    });
  assert.equal((await ask({ client_id: "reader-app" })).text, '{"decision":true}');
  assert.equal((await ask({ client_id: "another-app" })).text, '{"decision":false}');
  assert.equal((await ask({ client_id: " " })).status, 401);
});

test("a token without a scope of ours is refused, though it is genuine", async () => {
  const answer = await decide(await tokenFromProvider({ scope: "" }));
  assert.equal(answer.status, 403);
  assert.match(answer.headers.get("www-authenticate") ?? "", /error="insufficient_scope"/);
  assert.equal((await decide(await sign({ scope: "scopewarden:root admin scopewarden:Service" }))).status, 403);
});

test("a token for somebody else is refused, though the same server signed it", async () => {
  const answer = await decide(await tokenFromProvider({ resource: "urn:another:api" }));
  assert.equal(answer.status, 401);
  assert.match(answer.body.errors[0].message, /no acceptable aud/);
});

test("the tests' own tokens are accepted as they stand, so that what follows shows one fault each", async () => {
  assert.equal((await decide(await sign())).status, 200);
  assert.equal((await decide(await sign({}, { typ: "application/at+jwt" }))).status, 200);
  assert.equal((await decide(await sign({ aud: ["urn:other", AUDIENCE] }))).status, 200);
  assert.equal((await decide(await sign({ exp: now() - 1 }))).status, 200, "within the clock tolerance");
});

const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const faults: readonly (readonly [string, () => Promise<string> | string])[] = [
  ["expired", () => sign({ exp: now() - 60 })],
  ["no expiry", () => sign({ exp: undefined })],
  ["not yet valid", () => sign({ nbf: now() + 60 })],
  ["issued in the future", () => sign({ iat: now() + 60 })],
  ["another issuer", () => sign({ iss: "https://evil.example" })],
  ["another audience", () => sign({ aud: "urn:scopewarden" })],
  ["no client_id", () => sign({ client_id: undefined })],
  ["no jti", () => sign({ jti: undefined })],
  ["no sub", () => sign({ sub: undefined })],
  ["a sub that would be two lines of a log", () => sign({ sub: "a\nb" })],
  ["an ID token by its type", () => sign({}, { typ: "JWT" })],
  ["no type", () => sign({}, { typ: undefined as never })],
  ["a key id that nobody has", () => sign({}, { kid: "k2" })],
  ["alg none", () => `${b64({ alg: "none", typ: "at+jwt" })}.${b64(claims())}.`],
  ["alg None", () => `${b64({ alg: "None", typ: "at+jwt" })}.${b64(claims())}.AA`],
  [
    "HS256 with the public key as the secret",
    () =>
      new SignJWT(claims())
        .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: "k1" })
        .sign(new TextEncoder().encode(publicPem)),
  ],
  [
    "forged with another key of the same id",
    async () => {
      const { privateKey } = await generateKeyPair("RS256");
      return new SignJWT(claims()).setProtectedHeader({ alg: "RS256", typ: "at+jwt", kid: "k1" }).sign(privateKey);
    },
  ],
  [
    "a key brought along in the header",
    async () => {
      const { privateKey, publicKey } = await generateKeyPair("RS256");
      return new SignJWT(claims())
        .setProtectedHeader({ alg: "RS256", typ: "at+jwt", jwk: await exportJWK(publicKey) } as never)
        .sign(privateKey);
    },
  ],
  ["an algorithm that is not on the list", () => sign({}, { alg: "RS384" })],
  [
    "a changed payload",
    async () => {
      const [head, , signature] = (await sign()).split(".");
      return `${head}.${b64({ ...claims(), scope: "scopewarden:admin" })}.${signature}`;
    },
  ],
  ["a cut signature", async () => (await sign()).slice(0, -4)],
  ["three parts of nothing", () => "a.b.c"],
  [
    "a header that asks for what we don't know",
    () => {
      const signed = `${b64({ alg: "RS256", typ: "at+jwt", kid: "k1", crit: ["x"], x: 1 })}.${b64(claims())}`;
      const key = createPrivateKey({ key: privateJwk as JsonWebKey, format: "jwk" });
      return `${signed}.${signWith("sha256", Buffer.from(signed), key).toString("base64url")}`;
    },
  ],
];
for (const [name, make] of faults) {
  test(`refused: ${name}`, async () => {
    const answer = await decide(await make());
    assert.equal(answer.status, 401, answer.text);
    assert.equal(answer.body.errors[0].extensions.code, "UNAUTHENTICATED");
    assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer realm="scopewarden", error="invalid_token"/);
  });
}

/** A JWKS endpoint whose keys and whose availability a test decides, on a clock of the test's. */
async function rotating() {
  const make = async (kid: string) => {
    const pair = await generateKeyPair("ES256", { extractable: true });
    return {
      kid,
      privateKey: pair.privateKey,
      jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: "ES256", use: "sig" },
    };
  };
  const [a, b] = [await make("a"), await make("b")];
  let published: JWK[] = [a.jwk];
  let requests = 0;
  const start = (port: number): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((_request, response) => {
        requests += 1;
        response.setHeader("connection", "close").end(JSON.stringify({ keys: published }));
      });
      server.listen(port, "127.0.0.1", () => resolve(server));
    });
  let server = await start(0);
  const { port } = server.address() as AddressInfo;
  const kill = async (): Promise<void> => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  };
  /** What the wall clock says, and what has passed since. */
  const time = { ms: Date.now(), passed: 0 };
  const pass = (ms: number): void => {
    time.ms += ms;
    time.passed += ms;
  };
  const jwks = createJwks({
    url: new URL(`http://127.0.0.1:${port}/jwks`),
    monotonic: () => time.passed,
    refreshMs: 3_600_000,
    maxStaleMs: 60_000,
    cooldownMs: 5000,
    retryMs: 500,
  });
  const tokens = createTokenAuthenticator({
    issuers: [
      {
        jwks,
        settings: rfc9068Issuer({
          issuer: "https://as.test",
          audience: AUDIENCE,
          jwksUrl: new URL("https://as.test/jwks"),
        }),
      },
    ],
    clock: () => time.ms,
    revoked: async () => [],
    directory: () => EMPTY_DIRECTORY,
  });
  const ask = async (key: { readonly kid: string; readonly privateKey: webcrypto.CryptoKey }): Promise<number> => {
    const at = Math.floor(time.ms / 1000);
    const payload = {
      iss: "https://as.test",
      aud: AUDIENCE,
      sub: "c",
      client_id: "c",
      jti: "1",
      iat: at,
      exp: at + 600,
      scope: "scopewarden:service",
    };
    const answer = await tokens.authenticate(
      await new SignJWT(payload).setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: key.kid }).sign(key.privateKey),
    );
    return answer.ok ? 200 : HTTP_STATUS[answer.refusal.code];
  };
  return {
    a,
    b,
    ask,
    time,
    pass,
    jwks,
    kill,
    publish: (...keys: { readonly jwk: JWK }[]) => {
      published = keys.map((k) => k.jwk);
    },
    requests: () => requests,
    revive: async () => {
      server = await start(port);
    },
    stop: async () => {
      jwks.close();
      await kill();
    },
  };
}

test("rotation: a new key is found at its first use, one withdrawn ends at the next refresh, and guesses are no flood", async () => {
  const as = await rotating();
  try {
    assert.equal(await as.ask(as.a), 200);
    assert.equal(await as.ask(as.b), 401);
    assert.equal(as.requests(), 1, "the cooldown since the first fetch");
    as.publish(as.a, as.b);
    as.pass(5000);
    assert.equal(await as.ask(as.b), 200);
    assert.equal(as.requests(), 2);
    for (let i = 0; i < 20; i++) assert.equal(await as.ask({ ...as.b, kid: `guess-${i}` }), 401);
    assert.equal(as.requests(), 2);
    as.publish(as.b);
    assert.equal(await as.ask(as.a), 200);
    await as.jwks.refresh();
    assert.equal(await as.ask(as.a), 401);
    assert.equal(await as.ask(as.b), 200);
  } finally {
    await as.stop();
  }
});

test("outage: known keys go on for the allowed time, then and for unknown ones it is 503, and all heals by itself", async () => {
  const as = await rotating();
  try {
    assert.equal(await as.ask(as.a), 200);
    await as.kill();
    as.pass(59_000);
    assert.equal(await as.ask(as.a), 200, "known, and not too old");
    assert.equal(await as.ask(as.b), 503, "it may be a new one");
    as.pass(2000);
    assert.equal(await as.ask(as.a), 503, "known, but too old");
    await as.revive();
    as.pass(500);
    assert.equal(await as.ask(as.a), 200);
    as.pass(5000);
    assert.equal(await as.ask(as.b), 401);
  } finally {
    await as.stop();
  }
});

test("with the clock set back an hour, keys get no older than is allowed, and the pause between looks is no longer", async () => {
  const as = await rotating();
  try {
    assert.equal(await as.ask(as.a), 200);
    as.time.ms -= 3_600_000;
    as.publish(as.a, as.b);
    as.pass(5000);
    assert.equal(await as.ask(as.b), 200, "the pause is over");
    await as.kill();
    as.pass(61_000);
    assert.equal(await as.ask(as.a), 503, "too old");
  } finally {
    await as.stop();
  }
});

test("a key set without an end is read up to its limit, and the connection closed", { timeout: 300_000 }, async () => {
  let sent = 0;
  let closed = false;
  const endless = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/jwk-set+json" });
    const part = Buffer.alloc(64 * 1024, " ");
    const more = (): void => {
      while (!closed && response.write(part)) sent += part.length;
    };
    response.on("drain", more).on("close", () => {
      closed = true;
    });
    more();
  });
  await new Promise<void>((resolve) => endless.listen(0, "127.0.0.1", resolve));
  const failures: unknown[] = [];
  const jwks = createJwks({
    url: new URL(`http://127.0.0.1:${(endless.address() as AddressInfo).port}/jwks`),
    monotonic: () => performance.now(),
    refreshMs: 3_600_000,
    maxStaleMs: 60_000,
    timeoutMs: 30_000,
    onFailure: (error) => void failures.push(error),
  });
  try {
    await jwks.refresh();
    assert.match(String(failures[0]), /too large/);
    while (!closed) await new Promise((resolve) => setTimeout(resolve, 5));
    // Beside the limit there is what the sockets hold.
    assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes`);
  } finally {
    jwks.close();
    endless.close();
    endless.closeAllConnections();
  }
});

test("a key set that stops in the middle is given up after its time", { timeout: 300_000 }, async () => {
  const stalling = createServer((_request, response) => void response.writeHead(200).write('{"keys":['));
  await new Promise<void>((resolve) => stalling.listen(0, "127.0.0.1", resolve));
  const failures: unknown[] = [];
  const jwks = createJwks({
    url: new URL(`http://127.0.0.1:${(stalling.address() as AddressInfo).port}/jwks`),
    monotonic: () => performance.now(),
    refreshMs: 3_600_000,
    maxStaleMs: 60_000,
    timeoutMs: 200,
    onFailure: (error) => void failures.push(error),
  });
  try {
    await jwks.refresh();
    assert.match(String(failures[0]), /TimeoutError/);
  } finally {
    jwks.close();
    stalling.close();
    stalling.closeAllConnections();
  }
});

test("an authorization server that is down from the start does not keep the service from starting", async () => {
  const lonely = await startService({
    SCOPEWARDEN_JWKS_URL: "http://127.0.0.1:9/jwks",
    SCOPEWARDEN_JWT_ISSUER: issuer,
    SCOPEWARDEN_JWT_AUDIENCE: AUDIENCE,
  });
  try {
    assert.equal((await lonely.ask("{ __typename }")).status, 200, "keys work");
    // Without a claim that only people's tokens have nobody of this issuer is a person, and the operator hears it.
    assert.match(
      lonely.lines.join("\n"),
      new RegExp(`"issuer":"${issuer}","msg":"this issuer's tokens approve nothing`),
    );
    const answer = await lonely.ask("{ __typename }", { key: await sign() });
    assert.deepEqual(
      [answer.status, answer.body.errors[0].extensions.code, answer.headers.get("retry-after")],
      [503, "AUTHENTICATION_UNAVAILABLE", "1"],
    );
  } finally {
    await lonely.stop();
  }
});
