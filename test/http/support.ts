import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { type App, type AppOptions, startApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLog } from "../../src/process/log.ts";
import { openDemoBreakGlasses } from "../support/demoBreakGlasses.ts";
import { recordDemoConsents } from "../support/demoConsents.ts";
import { UNHURRIED_APP } from "../support/unhurried.ts";

export const ADMIN_KEY = "test-admin-key-0123456789abcdef0123456789";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  readonly body: any;
}

/** The service under test: the whole of it, on a free port, over a database of its own, with its log at hand. */
export interface Service {
  readonly app: App;
  readonly url: string;
  readonly lines: readonly string[];
  /** Where the first start leaves the first key. */
  readonly firstKeyFile: string;
  get(path: string, init?: RequestInit): Promise<Answer>;
  /** Asks GraphQL as the admin unless told otherwise; `null` sends no key. */
  ask(
    query: string,
    options?: { readonly variables?: unknown; readonly key?: string | null; readonly headers?: Record<string, string> },
  ): Promise<Answer>;
  createKey(...roles: readonly string[]): Promise<{ readonly key: string; readonly id: string }>;
  stop(): Promise<void>;
}

export async function request(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const text = await response.text();
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {}
  return { status: response.status, headers: response.headers, text, body };
}

export async function startService(
  env: Record<string, string> = {},
  options: Omit<AppOptions, "log"> = {},
): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-http-"));
  const lines: string[] = [];
  const config = loadConfig({
    PORT: "0",
    DATABASE_URL: `sqlite:${join(folder, "test.db")}`,
    LOG_LEVEL: "debug",
    SCOPEWARDEN_ADMIN_KEY: ADMIN_KEY,
    SCOPEWARDEN_FIRST_KEY_FILE: join(folder, "keys", "first"),
    ...env,
  });
  const log = createLog({ level: config.logLevel, destination: { write: (line: string) => void lines.push(line) } });
  const app = await startApp(config, { log, ...UNHURRIED_APP, ...options });

  const ask: Service["ask"] = (query, options = {}) => {
    const key = options.key === undefined ? ADMIN_KEY : options.key;
    return request(`${app.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...options.headers,
      },
      body: JSON.stringify({ query, variables: options.variables }),
    });
  };
  return {
    app,
    url: app.url,
    lines,
    firstKeyFile: config.firstKeyFile,
    ask,
    get: (path, init) => request(app.url + path, init),
    async createKey(...roles) {
      const { body } = await ask(
        'mutation($roles: [CallerRole!]!) { createApiKey(input: { name: "test", roles: $roles, subject: { id: "tess" } }, reason: "test") { key apiKey { id } } }',
        { variables: { roles } },
      );
      return { key: body.data.createApiKey.key, id: body.data.createApiKey.apiKey.id };
    },
    async stop() {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A small policy: `reader-app`, for anyone, may read observations with `view_observations`. */
export const SMALL_POLICY = [
  { putClient: { id: "reader-app", name: "Reader" } },
  { putScope: { name: "view_observations", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name: "view_observations" } },
  { grantScope: { clientId: "reader-app", scope: "view_observations" } },
  {
    putRule: {
      id: "allow-observations",
      scope: "view_observations",
      resourceType: "Observation",
      effect: "ALLOW",
      justification: "This policy is for a test.",
      role: "*",
      action: "*",
    },
  },
];

export async function applyPolicy(service: Service, operations: readonly unknown[]): Promise<Answer> {
  return service.ask(
    'mutation($operations: [PolicyOperation!]!) { applyPolicy(input: { operations: $operations, reason: "test" }) { revision } }',
    { variables: { operations } },
  );
}

/** The demo hospital, put in as an admin would: file by file, through GraphQL. */
export async function seedHospital(service: Service): Promise<void> {
  const folder = new URL("../../seeds/hospital/", import.meta.url);
  for (const name of (await readdir(folder)).filter((n) => n.endsWith(".yaml")).sort()) {
    const { operations } = parseYaml(await readFile(new URL(name, folder), "utf8"));
    const answer = await applyPolicy(service, operations);
    if (answer.body?.errors !== undefined || answer.status !== 200) throw new Error(`${name}: ${answer.text}`);
  }
  await recordDemoConsents(service.app.domain);
  await openDemoBreakGlasses(service.app.domain);
}

export const AUTHORIZE =
  "query($input: AuthorizeInput!) { authorize(input: $input) { id outcome reasons { code message } policyRevision } }";
export const SMALL_REQUEST = {
  clientId: "reader-app",
  scopes: ["view_observations"],
  action: "read",
  resource: { type: "Observation", id: "o-1" },
};
