import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { createSignIn, type FailedLook } from "../../src/http/signIn.ts";
import { type Service, startService } from "./support.ts";

const SETTINGS = { clientId: "console", scopes: ["openid"] };

/** What an issuer publishes at a place, by path; what is no text is the body of an answer of status 200. */
type Published = Readonly<Record<string, unknown>>;

/** An issuer on loopback: what it says is set by each test. */
class Issuer {
  readonly asked: string[] = [];
  published: Published | RequestListener = {};
  readonly #server: Server = createServer((request, response) => {
    this.asked.push(request.url ?? "");
    if (typeof this.published === "function") return this.published(request, response);
    const body = this.published[request.url ?? ""];
    if (body === undefined) return response.writeHead(404).end("{}");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const issuer = new Issuer();
before(() => issuer.open());
after(() => issuer.close());

const OPENID = "/.well-known/openid-configuration";
const OAUTH = "/.well-known/oauth-authorization-server";
const metadata = (others: Published = {}): Published => ({
  issuer: issuer.url,
  authorization_endpoint: `${issuer.url}/auth`,
  token_endpoint: `${issuer.url}/token`,
  ...others,
});

/** What is found of an issuer that publishes this, or why nothing is. */
async function look(published: Issuer["published"], path = "", timeoutMs = 30_000) {
  issuer.published = published;
  issuer.asked.length = 0;
  const looks: FailedLook[] = [];
  const signIn = createSignIn({
    settings: { ...SETTINGS, issuer: `${issuer.url}${path}` },
    monotonic: () => performance.now(),
    onFailure: (failed) => looks.push(...failed),
    timeoutMs,
  });
  const found = await signIn.find().catch((error: { readonly code: string }) => {
    assert.equal(error.code, "AUTHENTICATION_UNAVAILABLE");
    return null;
  });
  return { found, problems: looks.map(({ problem }) => problem), signIn };
}

describe("an issuer's endpoints", () => {
  test("are read at either well-known place, with the path of the issuer in its own way", async () => {
    const { found } = await look({ [OPENID]: metadata({ end_session_endpoint: `${issuer.url}/end` }) });
    assert.deepEqual(found, {
      ...{ ...SETTINGS, issuer: issuer.url },
      authorizationEndpoint: `${issuer.url}/auth`,
      tokenEndpoint: `${issuer.url}/token`,
      endSessionEndpoint: `${issuer.url}/end`,
      issuerInResponse: false,
    });
    assert.deepEqual(issuer.asked, [OPENID]);
    const ofTenant = metadata({
      issuer: `${issuer.url}/realms/a`,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ["plain", "S256"],
    });
    const deeper = await look({ [`${OAUTH}/realms/a`]: ofTenant }, "/realms/a");
    assert.deepEqual([deeper.found?.issuerInResponse, deeper.found?.endSessionEndpoint], [true, null]);
    assert.deepEqual(issuer.asked, [`/realms/a${OPENID}`, `${OAUTH}/realms/a`]);
  });

  test("are not taken from metadata that are another issuer's, unsafe, too long, too late or no metadata", async () => {
    const wrong: readonly (readonly [Published | unknown, RegExp | null])[] = [
      [metadata({ issuer: `${issuer.url}/` }), /^issuer is another/],
      [metadata({ issuer: issuer.url.replace("127.0.0.1", "localhost") }), /^issuer is another/],
      [metadata({ authorization_endpoint: "http://id.example/auth" }), /^authorization_endpoint must be an https URL/],
      [metadata({ token_endpoint: undefined }), /^token_endpoint must be/],
      [metadata({ token_endpoint: "https://a:b@id.example/token" }), /^token_endpoint must be/],
      [metadata({ token_endpoint: "https://id.example;sandbox/token" }), /^token_endpoint must be/],
      [metadata({ token_endpoint: "https://id.example,*/token" }), /^token_endpoint must be/],
      [metadata({ end_session_endpoint: "javascript:alert(1)" }), /^end_session_endpoint must be/],
      [metadata({ end_session_endpoint: null }), /^end_session_endpoint must be/],
      [metadata({ code_challenge_methods_supported: ["plain"] }), /^code_challenge_methods_supported must have S256/],
      [metadata({ padding: "x".repeat(300_000) }), null],
      [[], /^issuer is another/],
    ];
    for (const [data, problem] of wrong) {
      const { found, problems } = await look({ [OPENID]: data });
      assert.equal(found, null, JSON.stringify(data).slice(0, 200));
      if (problem === null) assert.deepEqual(problems, [null, null]);
      else assert.match(problems[0] ?? "", problem);
    }
    const redirect: RequestListener = ({ url }, response) =>
      url === "/else" ? response.end(JSON.stringify(metadata())) : response.writeHead(302, { location: "/else" }).end();
    const never: RequestListener = () => {};
    assert.equal((await look(redirect)).found, null);
    assert.equal((await look(never, "", 500)).found, null);
  });

  test("are kept for a while, and an issuer that can't be asked is left alone for a moment", async () => {
    let now = 0;
    const failures: unknown[] = [];
    const settings = { ...SETTINGS, issuer: issuer.url };
    const deps = { settings, monotonic: () => now, onFailure: (looks: unknown) => failures.push(looks) };
    const signIn = createSignIn({ ...deps, keepMs: 1000, retryMs: 100 });
    issuer.asked.length = 0;
    issuer.published = {};
    const refused = await Promise.allSettled([signIn.find(), signIn.find(), signIn.find()]);
    assert.deepEqual([refused.map(({ status }) => status), failures.length], [Array(3).fill("rejected"), 1]);
    assert.deepEqual(issuer.asked, [OPENID, OAUTH]);
    issuer.published = { [OPENID]: metadata() };
    await assert.rejects(signIn.find());
    now = 100;
    await Promise.all([signIn.find(), signIn.find()]);
    now = 1099;
    await signIn.find();
    assert.equal(issuer.asked.length, 3);
    issuer.published = {};
    now = 1100;
    await assert.rejects(signIn.find(), /Nobody can sign in at the moment/);
  });
});

describe("the playground's page", () => {
  const connect = (policy: string | null): string => /connect-src [^;]*/.exec(policy ?? "")?.[0] ?? "";
  const started = async (env: Record<string, string>, use: (service: Service) => Promise<void>): Promise<void> => {
    const service = await startService(env);
    try {
      await use(service);
    } finally {
      await service.stop();
    }
  };
  const configured = (): Record<string, string> => ({
    SCOPEWARDEN_JWKS_URL: `${issuer.url}/jwks`,
    SCOPEWARDEN_JWT_ISSUER: issuer.url,
    SCOPEWARDEN_JWT_AUDIENCE: "urn:scopewarden:test",
    SCOPEWARDEN_CONSOLE_CLIENT_ID: "console",
  });

  test("may ask nobody else where nobody can sign in, and is told so", async () => {
    const { SCOPEWARDEN_CONSOLE_CLIENT_ID: _, ...env } = configured();
    await started(env, async (service) => {
      const { status, text } = await service.get("/console/config.json");
      assert.deepEqual([status, text], [200, "null"]);
      const page = await service.get("/playground");
      assert.equal(connect(page.headers.get("content-security-policy")), "connect-src 'self'");
    });
  });

  test("may ask the issuer and its token endpoint, and no other file of it may; the default scopes are the roles'", async () => {
    issuer.published = { [OPENID]: metadata({ token_endpoint: "https://tokens.example/t" }) };
    await started(configured(), async (service) => {
      const { body, headers } = await service.get("/console/config.json");
      assert.deepEqual(body.scopes, [
        "openid",
        ...["service", "admin", "reviewer", "auditor", "consent"].map((role) => `scopewarden:${role}`),
      ]);
      assert.deepEqual([body.issuer, body.clientId], [issuer.url, "console"]);
      assert.equal(headers.get("cache-control"), "no-store");
      const page = await service.get("/playground");
      const policy = page.headers.get("content-security-policy");
      assert.equal(connect(policy), `connect-src 'self' ${issuer.url} https://tokens.example`);
      assert.equal(page.headers.get("cache-control"), "no-store");
      const other = await service.get("/console/signed-in");
      assert.equal(connect(other.headers.get("content-security-policy")), "connect-src 'self'");
    });
  });

  test("is there without the issuer: 503 says that keys are accepted, and they are", async () => {
    issuer.published = {};
    await started({ ...configured(), SCOPEWARDEN_CONSOLE_SCOPES: "openid profile" }, async (service) => {
      const { body, status } = await service.get("/console/config.json");
      assert.deepEqual([status, body.errors[0].extensions.code], [503, "AUTHENTICATION_UNAVAILABLE"]);
      assert.match(body.errors[0].message, /API keys are accepted/);
      const page = await service.get("/playground");
      assert.equal(page.status, 200);
      assert.equal(connect(page.headers.get("content-security-policy")), "connect-src 'self'");
      assert.equal((await service.ask("{ me { name } }")).body.errors, undefined);
      const line = service.lines.map((each) => JSON.parse(each)).find(({ looks }) => looks !== undefined);
      assert.deepEqual(
        line.looks.map(({ error, place }: { error: { code: string }; place: string }) => [place, error.code]),
        [OPENID, OAUTH].map((path) => [`${issuer.url}${path}`, "404"]),
      );
    });
  });
});
