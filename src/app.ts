import { createHash, randomBytes, randomFillSync } from "node:crypto";
import type { Config } from "./config.ts";
import { type ApiKeys, createApiKeys } from "./domain/callers/apiKeys.ts";
import { type ApiKeyStore, CALLER_ROLES } from "./domain/callers/types.ts";
import { createDomain, type Domain, type Ports } from "./domain/domain.ts";
import type { Clock } from "./domain/kernel/ports.ts";
import { type Authenticate, createAuthenticate } from "./http/authenticate.ts";
import type { GraphqlRoom } from "./http/graphql.ts";
import { createKeyAuthenticator, forgettingRevoked, type KeyAuthenticator } from "./http/keys.ts";
import { errorFacts, type Log } from "./http/log.ts";
import { within } from "./http/shutdown.ts";
import type { StorageLog } from "./storage/connection.ts";
import type { OwnStorage, Storage } from "./storage/storage.ts";
import { type Sunsets, watchSunsets } from "./sunsets.ts";
import type { Primary } from "./workers/port.ts";

export interface App {
  readonly url: string;
  readonly domain: Domain;
  readonly storage: Storage;
  /** The policy that decides; null before the first load. */
  policyRevision(): number | null;
  /** Stops taking requests, finishes those in flight, drains the journal. Rejects when that is not done in time. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly log: Log;
  /** Told what a person at the terminal must see once: the generated first key. Default: standard output. */
  readonly announce?: (text: string) => void;
  readonly onListening?: (url: string) => void;
  /** Default: the machine's. Tests set it; tokens and keys expire by it too. */
  readonly clock?: Clock;
  /** In a worker: the process that writes for all. Absent: this process does everything by itself. */
  readonly primary?: Primary;
}

const machineClock: Clock = () => Date.now();
const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const newSecret = (): string => randomBytes(32).toString("base64url");

const storageLog =
  (log: Log): StorageLog =>
  ({ level, message, detail }) =>
    log[level](detail === undefined ? {} : { detail }, message);

/** The random bits of so many ids are fetched, and made a text, at once: that costs the most of an id. */
const IDS_AT_ONCE = 512;
const RANDOM_BYTES = 8;
const random = Buffer.alloc(IDS_AT_ONCE * RANDOM_BYTES);
let randomText = "";
let randomAt = random.length;

let lastMs = 0;
let lastCount = 0;
/** What ids of the same millisecond begin with. */
let beginning = "";
/** A UUID of version 7 (RFC 9562 section 5.7), greater than every one that this process made before. */
export function newId(): string {
  // 48 bits of time and 12 that count within the millisecond; where those run out, the next millisecond is borrowed.
  const now = Date.now();
  if (now > lastMs || lastCount === 0xfff) {
    lastMs = Math.max(now, lastMs + 1);
    lastCount = 0;
    const time = lastMs.toString(16).padStart(12, "0");
    beginning = `${time.slice(0, 8)}-${time.slice(8)}-`;
  } else lastCount++;
  if (randomAt === random.length) {
    randomText = randomFillSync(random).toString("hex");
    randomAt = 0;
  }
  const count = (0x7000 + lastCount).toString(16);
  // Two bits of the first byte choose the last digit of the variant, 8 to b; 60 bits follow as they are.
  const variant = "89ab"[(random[randomAt] ?? 0) & 3];
  const text = randomAt * 2;
  randomAt += RANDOM_BYTES;
  return `${beginning}${count}-${variant}${randomText.slice(text + 1, text + 4)}-${randomText.slice(text + 4, text + 16)}`;
}

export interface OpenedDomain {
  readonly domain: Domain;
  readonly storage: Storage;
  close(): Promise<void>;
}

/** The configured storage, opened by the process that writes. */
export async function openOwnStorage(
  config: Config,
  deps: { readonly log: Log; readonly clock?: Clock | undefined },
): Promise<OwnStorage> {
  const { openStorage } = await import("./storage/storage.ts");
  return openStorage({
    url: config.databaseUrl,
    clock: deps.clock ?? machineClock,
    maxQueued: config.journalQueue,
    log: storageLog(deps.log),
  });
}

/** The domain over the configured storage and the engine, without a server: for commands that run once. */
export async function openDomain(
  config: Config,
  deps: { readonly log: Log; readonly clock?: Clock; readonly openStorage?: () => Promise<Storage> },
): Promise<OpenedDomain> {
  const clock = deps.clock ?? machineClock;
  // Side by side, as loading each takes a good part of the start.
  const [, { createEngine }] = await Promise.all([import("./storage/storage.ts"), import("./engine/engine.ts")]);
  const engine = await createEngine();
  const storage = await (deps.openStorage?.() ?? openOwnStorage(config, { log: deps.log, clock }));
  const limits = {
    attributeBytes: config.limits.contextBytes,
    attributeDepth: config.limits.contextDepth,
    scopes: 256,
    labels: 100,
  };
  const ports: Ports = {
    clock,
    newId,
    sha256,
    newSecret,
    engine,
    limits,
    policyStore: storage.policy,
    policyReader: storage.reader,
    journal: storage.journal,
    decisionReader: storage.decisions,
    usageReader: storage.usage,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    apiKeyStore: storage.apiKeys,
  };
  return { domain: createDomain(ports), storage, close: () => storage.close() };
}

/** The keys alone, without an engine: for a process that decides nothing. */
export const openApiKeys = (store: ApiKeyStore): ApiKeys =>
  createApiKeys({ store, clock: machineClock, sha256, newSecret, newId });

async function loadGraphql(): Promise<GraphqlRoom> {
  const { createGraphqlRoom } = await import("./graphql/room.ts");
  return createGraphqlRoom();
}

/** What only a server needs: a command that runs once does not wait for it. */
async function loadHttp() {
  const [{ createMetrics }, { pollPolicy }, { createHttpServer }] = await Promise.all([
    import("./http/metrics.ts"),
    import("./http/policyPoll.ts"),
    import("./http/server.ts"),
  ]);
  return { createMetrics, pollPolicy, createHttpServer };
}

/** Keys always, access tokens where an authorization server is configured. */
async function openAuthenticate(
  config: Config,
  deps: { readonly keys: KeyAuthenticator; readonly log: Log; readonly clock: Clock },
): Promise<{ readonly authenticate: Authenticate; close(): void }> {
  const { keys, log, clock } = deps;
  if (config.jwt === null) return { authenticate: createAuthenticate({ keys, tokens: null }), close: () => undefined };
  const [{ createJwks }, { createTokenAuthenticator }] = await Promise.all([
    import("./http/jwks.ts"),
    import("./http/tokens.ts"),
  ]);
  const { jwksUrl, issuer, audience, refreshMs, maxStaleMs } = config.jwt;
  const jwks = createJwks({
    url: jwksUrl,
    clock,
    refreshMs,
    maxStaleMs,
    onFailure: (error) =>
      log.warn({ error: errorFacts(error) }, "the authorization server's keys could not be fetched"),
  });
  // Not waited for: API keys work without it.
  void jwks.refresh();
  return {
    authenticate: createAuthenticate({ keys, tokens: createTokenAuthenticator({ jwks, issuer, audience, clock }) }),
    close: jwks.close,
  };
}

const print = (text: string): void => void process.stdout.write(text);

/** Where nobody could get in, makes a key that opens everything, and shows it this once. */
export async function ensureFirstKey(apiKeys: ApiKeys, announce = print): Promise<void> {
  if ((await apiKeys.list()).length > 0) return;
  const { key } = await apiKeys.create({
    name: "first admin",
    roles: CALLER_ROLES,
    expiresAt: null,
    author: "scopewarden",
    reason: "There was no key at the first start.",
  });
  announce(`First admin key, shown once and stored nowhere: ${key}\n`);
}

export function warnOfUnknown({ unknownVariables: variables }: Config, log: Log): void {
  if (variables.length > 0) log.warn({ variables }, "environment variables that mean nothing to this service");
}

function currentRevision(domain: Domain): number | null {
  try {
    return domain.policy.current().revision;
  } catch {
    return null;
  }
}

/** Starts the service: config -> adapters -> domain -> HTTP. Rejects, with nothing left open, when it can't. */
export async function startApp(config: Config, options: AppOptions): Promise<App> {
  const { log, clock = machineClock, primary } = options;
  const alone = primary === undefined;
  if (alone) warnOfUnknown(config, log);
  const undo: (() => Promise<void> | void)[] = [];
  const undoAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const loading = Promise.all([loadGraphql(), loadHttp()]);
    loading.catch(() => undefined); // Awaited below, when there is something to undo.
    const opened = await openDomain(config, {
      log,
      clock,
      ...(alone ? {} : { openStorage: primary.openStorage }),
    });
    const { storage } = opened;
    undo.push(opened.close);
    const [graphql, { createMetrics, pollPolicy, createHttpServer }] = await loading;
    const keys = createKeyAuthenticator({ store: storage.apiKeys, clock, adminKey: config.adminKey });
    const domain: Domain = { ...opened.domain, apiKeys: forgettingRevoked(opened.domain.apiKeys, keys) };
    const own = createMetrics({ policyRevision: () => currentRevision(domain), journal: () => storage.journal });
    const metrics = alone ? own : { ...own, text: primary.metrics };
    const startSunsets = (): Sunsets => {
      const sunsets = watchSunsets({ policy: domain.policy, everyMs: config.sunsetPollMs, log });
      undo.push(() => sunsets.stop());
      return sunsets;
    };
    if (alone && config.adminKey === null) await ensureFirstKey(domain.apiKeys, options.announce);
    primary?.join({ policy: domain.policy, forgetKey: keys.forget, metrics: own.json, watchSunsets: startSunsets });
    await domain.policy
      .refresh()
      .catch((error: unknown) => log.error({ error: errorFacts(error) }, "policy can't be read yet"));

    const { authenticate, close: closeAuthenticate } = await openAuthenticate(config, { keys, log, clock });
    undo.push(closeAuthenticate);
    const checks = () => ({ policy: currentRevision(domain) !== null, journal: storage.journal.ready });
    const server = await createHttpServer({ domain, graphql, authenticate, checks, metrics, log, settings: config });
    undo.push(() => server.close());
    const poll = pollPolicy({ policy: domain.policy, everyMs: config.policyPollMs, metrics, log });
    undo.push(() => poll.stop());
    if (alone) startSunsets();
    const url = await server.listen({ host: config.host, port: config.port });
    const facts = { url, policyRevision: currentRevision(domain), production: config.production };
    // Of workers, the primary says it, once for all.
    if (alone) log.info(facts, "listening");
    options.onListening?.(url);

    let closing: Promise<void> | null = null;
    const shutDown = async (): Promise<void> => {
      server.drain();
      const done = undoAll();
      if (await within(config.shutdownTimeoutMs, done)) return;
      server.abort();
      // With the connections cut, what is left is the journal's: it gets a moment.
      await within(1000, done);
      throw new Error(`The shutdown took longer than ${config.shutdownTimeoutMs} ms.`);
    };
    return {
      url,
      domain,
      storage,
      policyRevision: () => currentRevision(domain),
      close() {
        closing ??= shutDown();
        return closing;
      },
    };
  } catch (error) {
    await undoAll();
    throw error;
  }
}
