import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as client from "openid-client";
import { type APIRequestContext, type APIResponse, request as browserless } from "playwright-core";
import { type Answer, request, type Service, seedHospital, startService } from "../http/support.ts";
import { freePorts } from "../support/freePorts.ts";
import { argumentsOf } from "../support/program.ts";

async function listen(listener: RequestListener): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

interface Program {
  readonly output: () => string;
  stop(): Promise<void>;
}

/** A program of `examples/` as its README starts it, once it says that it is there. */
export async function start(path: string, env: Readonly<Record<string, string>>, ready: RegExp): Promise<Program> {
  const child: ChildProcess = spawn(process.execPath, argumentsOf(path), {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const ended = once(child, "exit");
  await new Promise<void>((resolve, reject) => {
    const note = (data: Buffer): void => {
      output += data;
      if (ready.test(output)) resolve();
    };
    child.stdout?.on("data", note);
    child.stderr?.on("data", note);
    child.once("exit", () => reject(new Error(`${path} ended:\n${output}`)));
  });
  return {
    output: () => output,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

interface Login {
  readonly app: string;
  readonly person: string;
  readonly scope: string;
  /** What is ticked on the consent page, of what it offers and asks; absent: all. */
  readonly tick?: (scope: string) => boolean;
  /** Another answer than to allow what is ticked. */
  readonly answer?: "refuse" | "later";
  /** What happens while the consent page is open. */
  readonly meanwhile?: () => Promise<void>;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Who has logged in before, and where. */
  readonly session?: APIRequestContext;
}

type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

/** Scopewarden with the demo hospital, the authorization server and the resource server of `examples/`, on loopback. */
export interface World {
  readonly service: Service;
  readonly fhirUrl: string;
  readonly issuer: string;
  /** Of the app in `examples/`, which takes no code that it did not ask for: so tests can ask in its name. */
  readonly appUrl: string;
  /** The client's side of OAuth 2.0, by openid-client. */
  configuration(app: string): Promise<client.Configuration>;
  /** The pages that a person sees, without a browser. Ends where the app gets the answer: its URL, and the pages on the way. */
  authorize(
    login: Login,
  ): Promise<{ readonly callback: URL; readonly pages: readonly string[]; tokens(): Promise<Tokens> }>;
  /** Logs in, and gets the tokens. */
  login(login: Login): Promise<Tokens>;
  refresh(app: string, token: string, parameters?: Record<string, string>): Promise<Tokens>;
  /** A request to the token endpoint, and its answer as it is. */
  post(app: string, parameters: Readonly<Record<string, string>>): Promise<Answer>;
  fhir(path: string, token: string | null, init?: { readonly method: string; readonly body: unknown }): Promise<Answer>;
  /** A change of the policy by an admin. */
  change(...operations: readonly unknown[]): Promise<void>;
  /** What a portal asks, with a key of the role `consent`. */
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  portal(query: string, variables?: unknown): Promise<any>;
  /** What is known in the directory of a person; replaces what was. */
  know(id: string, properties: unknown): Promise<void>;
  /** Whether Scopewarden can be reached by the two. */
  reachable: boolean;
  stop(): Promise<void>;
}

const secretOf = (app: string): string => `secret-of-the-${app}`;

/** What a page of the authorization server offers to send back. */
function formOf(html: string): Record<"people" | "page" | "request" | "scope" | "consent", readonly string[]> {
  const values = (name: string): readonly string[] =>
    [...html.matchAll(new RegExp(`name="${name}" value="([^"]*)"`, "g"))].map(([, value = ""]) =>
      value.replaceAll("&amp;", "&"),
    );
  return {
    people: values("person"),
    page: values("page"),
    request: values("request"),
    scope: values("scope"),
    consent: values("consent"),
  };
}

interface WorldOptions {
  /** Of Scopewarden alone; absent: what time it is. */
  readonly clock?: () => number;
  /** The client that the app is; absent: `patient-app`. */
  readonly app?: string;
}

export async function startWorld({ app = "patient-app", ...options }: WorldOptions = {}): Promise<World> {
  const service = await startService({}, options);
  await seedHospital(service);
  const { key } = await service.createKey("SERVICE");
  const { key: consentKey } = await service.createKey("CONSENT");
  const state = { reachable: true };
  // Stands before Scopewarden, so that it can be out of reach.
  const between = await listen(async (incoming, outgoing) => {
    if (!state.reachable) return void outgoing.destroy();
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const { status, text } = await request(`${service.url}${incoming.url}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: incoming.headers.authorization ?? "" },
      body: Buffer.concat(parts),
    });
    outgoing.writeHead(status, { "content-type": "application/json" }).end(text);
  });
  const authorizationPort = await freePorts(3);
  const [resourcePort, appPort] = [authorizationPort + 1, authorizationPort + 2];
  const issuer = `http://127.0.0.1:${authorizationPort}`;
  const fhirUrl = `http://127.0.0.1:${resourcePort}/fhir`;
  const appUrl = `http://127.0.0.1:${appPort}`;
  const redirectUri = `${appUrl}/callback`;
  const scopewarden = { SCOPEWARDEN_URL: between.url, SCOPEWARDEN_KEY: key };
  const programs = await Promise.all([
    start(
      "examples/authorization-server/main.ts",
      {
        ...scopewarden,
        CONSENT_KEY: consentKey,
        PORT: String(authorizationPort),
        FHIR_URL: fhirUrl,
        REDIRECT_URI: redirectUri,
      },
      /^authorization server: /m,
    ),
    start(
      "examples/resource-server/main.ts",
      { ...scopewarden, PORT: String(resourcePort), ISSUER: issuer },
      /^resource server: /m,
    ),
    start(
      "examples/app/main.ts",
      {
        PORT: String(appPort),
        ISSUER: issuer,
        FHIR_URL: fhirUrl,
        CLIENT_ID: app,
        CLIENT_SECRET: secretOf(app),
      },
      /^app: /m,
    ),
  ]);
  const sessions: APIRequestContext[] = [];

  const configuration = (id: string) =>
    client.discovery(new URL(issuer), id, undefined, client.ClientSecretBasic(secretOf(id)), {
      execute: [client.allowInsecureRequests],
    });

  const authorize: World["authorize"] = async (login) => {
    const config = await configuration(login.app);
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedState = client.randomState();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: login.scope,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      state: expectedState,
      aud: fhirUrl,
      ...login.parameters,
    });
    const session = login.session ?? (await browserless.newContext());
    sessions.push(session);
    const pages: string[] = [];
    let response: APIResponse = await session.get(url.href);
    while (!response.url().startsWith(redirectUri)) {
      const html = await response.text();
      assert.ok(response.url().startsWith(`${issuer}/interaction/`), `${response.url()}\n${html}`);
      pages.push(html);
      // What has changed meanwhile is looked at again.
      assert.ok((response.ok() || response.status() === 409) && pages.length <= 3, html);
      const { people, page, request, ...boxes } = formOf(html);
      const form = new URLSearchParams();
      if (people.length > 0) form.set("person", login.person);
      else {
        form.set("page", page[0] ?? "");
        form.set("request", request[0] ?? "");
        form.set("answer", login.answer ?? "allow");
        if (pages.length < 3) await login.meanwhile?.();
      }
      for (const [name, values] of Object.entries(boxes))
        for (const value of values) if (login.tick?.(value) ?? true) form.append(name, value);
      response = await session.post(response.url(), {
        headers: { "content-type": "application/x-www-form-urlencoded" },
        data: form.toString(),
      });
    }
    const callback = new URL(response.url());
    const checks = { pkceCodeVerifier, expectedState };
    return { callback, pages, tokens: () => client.authorizationCodeGrant(config, callback, checks) };
  };

  return {
    service,
    fhirUrl,
    issuer,
    appUrl,
    configuration,
    authorize,
    login: async (login) => (await authorize(login)).tokens(),
    refresh: async (id, token, parameters) => client.refreshTokenGrant(await configuration(id), token, parameters),
    post: (id, parameters) =>
      request(`${issuer}/token`, {
        method: "POST",
        headers: { authorization: `Basic ${btoa(`${id}:${secretOf(id)}`)}` },
        body: new URLSearchParams(parameters),
      }),
    fhir: (path, token, init) =>
      request(path.startsWith("http") ? path : `${fhirUrl}/${path}`, {
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(init === undefined ? {} : { "content-type": "application/fhir+json" }),
        },
        ...(init === undefined ? {} : { method: init.method, body: JSON.stringify(init.body) }),
      }),
    async change(...operations) {
      const { body, text } = await service.ask(
        'mutation($operations: [PolicyOperation!]!) { applyPolicy(input: { operations: $operations, reason: "test" }) { revision } }',
        { variables: { operations } },
      );
      assert.equal(body?.errors, undefined, text);
    },
    async portal(query, variables) {
      const { body, text } = await service.ask(query, { variables, key: consentKey });
      assert.equal(body?.errors, undefined, text);
      return body.data;
    },
    async know(id, properties) {
      const { body, text } = await service.ask(
        'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "test") { count } }',
        { variables: { entities: [{ type: "user", id, properties }] } },
      );
      assert.equal(body?.errors, undefined, text);
    },
    get reachable() {
      return state.reachable;
    },
    set reachable(value) {
      state.reachable = value;
    },
    async stop() {
      for (const session of sessions) await session.dispose();
      await Promise.all(programs.map((program) => program.stop()));
      between.server.close();
      between.server.closeAllConnections();
      await service.stop();
    },
  };
}
