import { createHash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Config, ConfigError } from "./config.ts";
import { DEFAULT_INPUT_LIMITS } from "./domain/decisions/inputReader.ts";
import { createDomain, type Domain, type Ports } from "./domain/domain.ts";
import type { Clock, MonotonicClock } from "./domain/kernel/ports.ts";
import { Reader } from "./domain/kernel/reader.ts";
import type { ProposalRules } from "./domain/simulation/proposals/review.ts";
import { createAuthenticate } from "./http/authenticate.ts";
import { createKeyAuthenticator, forgettingRevoked } from "./http/keyAuthenticator.ts";
import { tellsNobody } from "./http/tokens/tokenHolder.ts";
import type { TokenIssuer } from "./http/tokens/tokenIssuer.ts";
import { createCheckpointSigner } from "./process/checkpoints/checkpointSigner.ts";
import { createCopyCheckpoint } from "./process/checkpoints/copyCheckpoint.ts";
import { signCheckpoints } from "./process/checkpoints/signCheckpoints.ts";
import { ensureFirstKey } from "./process/firstKey.ts";
import { newId } from "./process/ids.ts";
import { watchKeys } from "./process/keyWatch.ts";
import { lately } from "./process/lately.ts";
import { errorFacts, type Log } from "./process/log.ts";
import { packageVersion } from "./process/packageVersion.ts";
import type { PlaceOf } from "./process/places.ts";
import { pseudonyms } from "./process/pseudonyms.ts";
import { recordHash } from "./process/recordHash.ts";
import { watchRetention } from "./process/retention.ts";
import { closeOnSignals, within } from "./process/shutdown.ts";
import { createTurns } from "./process/turns.ts";
import { watchDue } from "./process/whenDue.ts";
import type { StorageLog } from "./storage/database/connection.ts";
import { behindTexts, standsStill } from "./storage/follow/followers.ts";
import { damageText } from "./storage/journal/search/monthDamage.ts";
import type { Storage, StorageOptions } from "./storage/storage.ts";

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
  /** Default: the machine's. Tests set it; tokens and keys expire by it too. */
  readonly clock?: Clock;
  /** Default: the machine's. By it the time of a replay or a back-test is up; tests set it. */
  readonly monotonic?: MonotonicClock;
  /** How the record is followed and searched; tests set it. */
  readonly following?: StorageOptions["following"];
  /** Absent: all that there are. */
  readonly detectors?: Ports["detectors"];
  /** False: nothing is erased after its time, as all of it is a copy. */
  readonly erases?: boolean;
  /** Why callers may change nothing, in sentences for them; absent: they may. */
  readonly readOnly?: string | undefined;
  /** With what the console's build made; absent: where that is in this package. */
  readonly consoleFolder?: string | undefined;
  /** Whether the journal is followed in a process of its own, by all detectors; absent: in this one. */
  readonly followsApart?: boolean | undefined;
}

const machineClock: Clock = () => Date.now();
const monotonic: MonotonicClock = () => performance.now();
const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const newSecret = (): string => randomBytes(32).toString("base64url");

const storageLog =
  (log: Log): StorageLog =>
  ({ level, message, detail }) =>
    log[level](detail === undefined ? {} : { detail }, message);

/** Of what is told where the service does not know its own address. */
const NAMELESS_SOURCE = "/scopewarden";
const MINUTE_MS = 60_000;
const notifying = ({ publicUrl, webhook }: Config) =>
  webhook === null
    ? null
    : {
        source: publicUrl ?? NAMELESS_SOURCE,
        waitingMs: webhook.remindWaitingMinutes * MINUTE_MS,
        endingMs: webhook.remindEndingMinutes * MINUTE_MS,
      };

/** Between two counts of baselines for the metrics: they look at each client and person. */
const BASELINES_EVERY_MS = 10 * MINUTE_MS;

const HOUR_MS = 60 * 60 * 1000;
const proposalRules = ({ reportMaxAgeHours, days, ...rest }: Config["proposals"]): ProposalRules => ({
  ...rest,
  reportMaxAgeMs: reportMaxAgeHours * HOUR_MS,
  lifetimeMs: days * 24 * HOUR_MS,
});

/** Whether there never was a policy, nor anything in the directory. */
const isEmpty = async ({ policy, directory }: Storage): Promise<boolean> =>
  (await policy.headRevision()) === 0 && (await directory.headRevision()) === 0;

/** Where addresses are, by the files that are configured. @throws ConfigError */
export async function configuredPlaces(
  { placeData }: Pick<Config, "placeData">,
  damaged: (error: Error) => void,
): Promise<PlaceOf> {
  const { openPlaces, PlaceDataError } = await import("./process/places.ts");
  return openPlaces(placeData, damaged).catch((error: unknown) => {
    throw error instanceof PlaceDataError
      ? new ConfigError([`SCOPEWARDEN_PLACE_DATA: must be MaxMind DB files: ${error.message}`])
      : error;
  });
}

export interface OpenedDomain {
  readonly domain: Domain;
  readonly storage: Storage;
  close(): Promise<void>;
}

/**
 * The domain over the configured storage and the engine, without a server. `beside`: for a command that runs once, also
 * while a service runs on the same file.
 */
export async function openDomain(
  config: Config,
  deps: AppOptions & { readonly beside?: boolean; readonly issuers?: readonly TokenIssuer[] },
): Promise<OpenedDomain> {
  const clock = deps.clock ?? machineClock;
  // Side by side, as loading each takes a good part of the start.
  const [{ openStorage }, { createEngine }, { createJobThreads }, { yaml }, { followInProcess }] = await Promise.all([
    import("./storage/storage.ts"),
    import("./engine/engine.ts"),
    import("./jobs/jobThreads.ts"),
    import("./yaml/yaml.ts"),
    import("./jobs/startFollowerProcess.ts"),
  ]);
  const engine = await createEngine();
  const { databaseUrl, fhirVersion, placeData } = config;
  // What a command does is told by the service, which follows.
  const told = deps.beside === true ? null : notifying(config);
  const storage = await openStorage({
    url: config.databaseUrl,
    clock,
    maxQueued: config.journalQueue,
    beside: deps.beside ?? false,
    placeOf: await configuredPlaces(config, (error) =>
      deps.log.error({ error: errorFacts(error) }, "a file of places is damaged"),
    ),
    maxQueuedBytes: config.journalQueueBytes,
    notifying: told,
    ...(deps.followsApart && {
      followApart: followInProcess({ url: databaseUrl, placeData, source: told?.source ?? null }),
    }),
    log: storageLog(deps.log),
    ...(deps.detectors && { detectors: deps.detectors }),
    ...(deps.following && { following: deps.following }),
  });
  const { close: closeThreads, ...threads } = createJobThreads({ databaseUrl });
  const { contextBytes, contextDepth } = config.limits;
  // Where there is nothing yet, nobody could have approved anything: a command sets it up.
  const fourEyes = config.fourEyes && !(deps.beside === true && (await isEmpty(storage)));
  const limits = { ...DEFAULT_INPUT_LIMITS, attributeBytes: contextBytes, attributeDepth: contextDepth };
  const ports: Ports = {
    ...(deps.detectors && { detectors: deps.detectors }),
    clock,
    monotonic: deps.monotonic ?? monotonic,
    newId,
    sha256,
    newSecret,
    engine,
    limits,
    fhirVersion,
    stores: storage,
    pseudonym: pseudonyms(() => storage.sharedSecret("pseudonyms")),
    sampleKey: pseudonyms(() => storage.sharedSecret("weekly sample")),
    turns: createTurns(),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    giveWay: storage.giveWay,
    giveWayBriefly: storage.giveWayBriefly,
    service: {
      version: packageVersion(),
      tokens: (deps.issuers ?? []).map(({ audience, issuer }) => ({ audience, issuer })),
    },
    recordHash,
    // A command signs nothing: the service does, which follows.
    ...(deps.beside !== true && {
      checkpointSigner: createCheckpointSigner({ ...config.checkpoints, storage, clock, log: deps.log }),
    }),
    fourEyes,
    proposalRules: proposalRules(config.proposals),
    ...threads,
    writeYaml: yaml.write,
  };
  const domain = createDomain(ports);
  const close = async (): Promise<void> => {
    await domain.jobs.close();
    await closeThreads();
    await storage.close();
  };
  return { domain, storage, close };
}

/** What only a server needs: a command that runs once does not wait for it. */
async function loadServer() {
  const [
    { createMetrics },
    { watchPolicy, followHints },
    { createHttpServer },
    { createGraphqlDoor },
    { createAuthzenDoor },
    { openSignIn },
    { openSinks },
    { openWebhooks },
  ] = await Promise.all([
    import("./process/metrics.ts"),
    import("./process/policyWatch.ts"),
    import("./http/server.ts"),
    import("./graphql/door/graphqlDoor.ts"),
    import("./authzen/authzenDoor.ts"),
    import("./http/signIn.ts"),
    import("./process/sink/openSinks.ts"),
    import("./process/webhooks/sendWebhooks.ts"),
  ]);
  const doors = { createHttpServer, createGraphqlDoor, createAuthzenDoor };
  return { ...doors, createMetrics, watchPolicy, followHints, openSignIn, openSinks, openWebhooks };
}

/** The issuers whose access tokens are accepted. @throws ConfigError naming every member of the file that is wrong */
export async function configuredIssuers({
  jwt,
  signIn,
}: Pick<Config, "jwt" | "signIn">): Promise<readonly TokenIssuer[]> {
  if (jwt === null) return [];
  const { isSafeUrl, readIssuerFile, rfc9068Issuer } = await import("./http/tokens/tokenIssuer.ts");
  if (typeof jwt.issuers !== "string") {
    const read = new Reader();
    const issuer = rfc9068Issuer(jwt.issuers, read, "SCOPEWARDEN_JWT_PEOPLE");
    if (read.problems.length > 0) throw new ConfigError(read.problems.map(({ message, path }) => `${path} ${message}`));
    return [issuer];
  }
  const { issuers, problems } = await readIssuerFile(jwt.issuers);
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `SCOPEWARDEN_JWT_ISSUERS: ${problem}`));
  const [first] = issuers;
  if (signIn !== null && first !== undefined && !isSafeUrl(new URL(first.issuer)))
    throw new ConfigError([
      `SCOPEWARDEN_CONSOLE_CLIENT_ID has people sign in at the first issuer, and ${first.issuer} is a name that nothing can be fetched from safely: put an issuer with an https URL first, or leave it out`,
    ]);
  return issuers;
}

/** Issuers of which people are asked for a fresh sign-in that their tokens can't show. */
export const silentIssuers = ({ jwt }: Pick<Config, "jwt">, issuers: readonly TokenIssuer[]): readonly TokenIssuer[] =>
  (jwt?.stepUp ?? null) === null ? [] : issuers.filter(({ claims }) => claims.authTime === null);

/** Of the policy that decides; null: there is none, or nothing is known yet of subjects and resources. */
function currentRevision(domain: Domain): number | null {
  try {
    domain.directory.current();
    return domain.policy.current().revision;
  } catch {
    return null;
  }
}

/** Starts the service: config -> adapters -> domain -> HTTP. Rejects, with nothing left open, when it can't. */
export async function startApp(config: Config, options: AppOptions): Promise<App> {
  const { log, clock = machineClock, consoleFolder, erases = true, readOnly } = options;
  const { unknownVariables: variables } = config;
  if (variables.length > 0) log.warn({ variables }, "environment variables that mean nothing to this service");
  const undo: (() => Promise<void> | void)[] = [];
  const undoAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const loading = loadServer();
    loading.catch(() => undefined); // Awaited below, when there is something to undo.
    const issuers = await configuredIssuers(config);
    for (const { issuer } of issuers.filter(tellsNobody))
      log.warn(
        { issuer },
        "this issuer's tokens approve nothing: its setting people must name a claim of people alone",
      );
    for (const { issuer } of silentIssuers(config, issuers))
      log.warn(
        { issuer },
        "this issuer's tokens don't say when a person signed in, so that SCOPEWARDEN_STEP_UP_MINUTES refuses them whatever weighs: its setting claims.authTime must name the claim",
      );
    const opened = await openDomain(config, { ...options, clock, issuers });
    const { storage } = opened;
    undo.push(opened.close);
    // A service has its database for itself, or shares it with others; a command may run beside one.
    await opened.domain.jobs.failAbandoned();
    const { createMetrics, followHints, watchPolicy, ...open } = await loading;
    const watch = watchKeys({ store: storage.apiKeys, clock, newId, log });
    undo.push(() => watch.stop());
    const directory = opened.domain.directory.current;
    const keys = createKeyAuthenticator({
      store: storage.apiKeys,
      clock,
      monotonic,
      directory,
      adminKey: config.adminKey,
      fourEyes: config.fourEyes,
      watch,
    });
    const tokens =
      config.jwt === null
        ? null
        : (await import("./http/tokens/openTokens.ts")).openTokens({
            ...config.jwt,
            ...{ issuers, directory, log, clock, monotonic },
            standing: storage.tokenRevocations.standing,
          });
    undo.push(() => tokens?.close());
    const domain = forgettingRevoked(opened.domain, { keys, forgetTokens: () => tokens?.forgetRevoked() });
    const { hints } = storage;
    const metrics = createMetrics({
      policyRevision: () => currentRevision(domain),
      policyAgeMs: () => policyWatch.ageMs,
      hintsUp: hints === null ? null : () => listening?.up ?? false,
      journal: () => storage.journal,
      webhooks: config.webhook === null ? null : () => webhooks?.counts ?? { pending: 0, dead: 0 },
      sinks: () => new Map([...sinks].map(([sink, { status }]) => [sink, status])),
      followers: storage.followers,
      breakGlasses: domain.breakGlasses.counts,
      openAlerts: domain.alerts.openAlerts,
      restrictions: domain.restrictions.counts,
      detectorFailures: storage.detectorFailures,
      explained: storage.watched.totals,
      blind: storage.blindSpots.totals,
      withoutBaseline: lately(domain.withoutBaseline, { monotonic, everyMs: BASELINES_EVERY_MS }),
      checkpointAgeMs: () => checkpoints.ageMs,
      retention: async () => ({
        erased: (await storage.retention.status()).acts,
        ageMs: retaining?.ageMs ?? 0,
        oldestMs: retaining?.oldestMs ?? 0,
        clockAheadMs: retaining?.clockAheadMs ?? 0,
      }),
    });
    // Stopped after all that puts something on record: the last checkpoint is over all of it.
    const checkpoints = signCheckpoints({
      ...{ proofs: domain.recordProofs, record: storage.record, everyMs: config.checkpoints.everyMs },
      ...{ clock, monotonic, log },
      copy: createCopyCheckpoint(config.checkpoints.copy),
      failed: (step) => metrics.checkpointFailures.inc({ step }),
    });
    undo.push(() => checkpoints.stop());
    const policyWatch = watchPolicy({ policy: domain.policy, everyMs: config.policyPollMs, metrics, log });
    undo.push(() => policyWatch.stop());
    const directoryWatch = watchPolicy({
      policy: domain.directory,
      what: "directory",
      everyMs: config.policyPollMs,
      metrics,
      log,
    });
    undo.push(() => directoryWatch.stop());
    await Promise.all([policyWatch.look(), directoryWatch.look()]);
    const listening =
      hints === null ? null : followHints({ hints, policy: policyWatch, directory: directoryWatch, keys });
    undo.push(() => listening?.stop());

    const checks = () => ({
      policy: currentRevision(domain) !== null,
      journal: storage.journal.ready,
      followers: !storage.followers().some(standsStill),
      behind: behindTexts(storage.followers()),
      damagedIndex: storage.damagedIndex().map(damageText),
    });
    const graphql = await open.createGraphqlDoor({ domain, metrics, log, settings: { ...config, readOnly } });
    undo.push(graphql.close);
    const authzen = open.createAuthzenDoor({ domain, metrics, ...config.limits });
    const doors = { graphql, authzen };
    const server = await open.createHttpServer({
      ...doors,
      authenticate: createAuthenticate({ keys, tokens }),
      guardTokens: issuers.some(({ guardAudiences }) => guardAudiences.size > 0) ? tokens : null,
      findJob: domain.jobs.find,
      signIn: open.openSignIn(config.signIn, { issuers, monotonic, log }),
      checks,
      metrics,
      log,
      settings: config,
      consoleFolder,
    });
    undo.push(() => server.close());
    const due = watchDue({ ...domain, everyMs: config.sunsetPollMs, log });
    undo.push(() => due.stop());
    const retaining = erases
      ? watchRetention({ retention: domain.retention, everyMs: config.retentionMs, clock, monotonic, log })
      : null;
    undo.push(() => retaining?.stop());
    const webhooks = open.openWebhooks(config.webhook, {
      ...{ outbox: storage.outbox, clock, log },
      count: (outcome) => metrics.webhookAttempts.inc({ outcome }),
    });
    undo.push(() => webhooks?.stop());
    const sinks = open.openSinks(config.sinks, {
      ...{ store: storage.sinks, stored: storage.sinkActs, giveWay: storage.giveWay, clock, monotonic, log },
      pseudonym: pseudonyms(() => storage.sharedSecret("pseudonyms")),
      source: config.publicUrl ?? NAMELESS_SOURCE,
      count: (sink, outcome) => metrics.sinkAttempts.inc({ sink, outcome }),
    });
    undo.push(async () => void (await Promise.all([...sinks.values()].map((sink) => sink.stop()))));
    const url = await server.listen({ host: config.host, port: config.port });
    const { adminKey, firstKeyFile: file, production } = config;
    const page = config.console ? { console: `${config.publicUrl ?? url}/console/` } : {};
    await ensureFirstKey(domain.apiKeys, { log, clock, adminKey, file });
    log.info({ url, ...page, policyRevision: currentRevision(domain), production }, "listening");

    let closing: Promise<void> | null = null;
    const shutDown = async (): Promise<void> => {
      server.drain();
      const done = delay(config.drainMs).then(undoAll);
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

/** Why the service can't start, in words for the operator. */
function startProblem(error: unknown, { host, port }: Config): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (syscall === "listen" || syscall === "bind" || syscall === "getaddrinfo") {
    if (code === "EADDRINUSE") return `port ${port} on ${host} is taken by another process; set PORT to a free one`;
    if (code === "EACCES") return `port ${port} on ${host} needs rights that this process does not have`;
    if (code === "ENOTFOUND" || code === "EADDRNOTAVAIL") return `HOST (${host}) is no address of this machine`;
  } else if (path !== undefined && /^E(ACCES|PERM|ROFS)$/.test(code ?? ""))
    return `this user may not ${syscall === "mkdir" ? "make the folder" : "use"} ${path} (${code})`;
  return error.message;
}

/** Starts the service and keeps it until a signal; a start that fails says why on standard error and exits with 1, or 2 where it is the configuration. */
export async function runApp(config: Config, options: AppOptions): Promise<App> {
  const starting = startApp(config, { followsApart: true, ...options });
  // Before it listens: whoever sees that it does may stop it at once.
  const close = async (): Promise<void> => (await starting).close();
  closeOnSignals({ close, timeoutMs: config.shutdownTimeoutMs, log: options.log });
  try {
    return await starting;
  } catch (error) {
    process.stderr.write(`scopewarden can't start: ${startProblem(error, config)}\n`);
    return process.exit(error instanceof ConfigError ? 2 : 1);
  }
}
