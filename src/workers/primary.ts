import cluster from "node:cluster";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureFirstKey, openApiKeys, openDomain, openOwnStorage, warnOfUnknown } from "../app.ts";
import type { Config } from "../config.ts";
import { createMetrics } from "../http/metrics.ts";
import type { Served, ServeOptions } from "../served.ts";
import type { OwnStorage } from "../storage/storage.ts";
import { createDesk } from "./desk.ts";
import { createMember, type Member } from "./member.ts";
import { createPool, type Pool } from "./pool.ts";

/** A worker keeps the shutdown's time itself; this is for one that does not. */
const BEYOND_MS = 2000;

/** Forks workers, which read the environment for themselves. */
function setUpCluster({ env, logTo = 1 }: ServeOptions): () => ReturnType<typeof cluster.fork> {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url)),
    args: [],
    // Structured clones: less work than JSON where a message has several decisions.
    serialization: "advanced",
    stdio: ["ignore", logTo, 2, "ipc"],
  });
  // In turn: left to the system, one worker gets most of the connections that come together.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  return () => cluster.fork(env);
}

/** Appoints one of the workers to look for sunsets, and another when that one is gone. */
function createAppointment(members: () => Iterable<Member>) {
  let appointed: Member | null = null;
  return {
    fill(): void {
      if (appointed !== null) return;
      appointed = [...members()].find(({ ready }) => ready !== null) ?? null;
      appointed?.call({ name: "watchSunsets" }).catch(() => undefined); // Its end is seen by `leave`.
    },
    leave(member: Member): void {
      if (appointed !== member) return;
      appointed = null;
      this.fill();
    },
  };
}

/** The port for a worker that starts: one that the system chose is kept, as long as it can be. */
function portFor(config: Config, members: Iterable<Member>, url: string | null): number {
  // Workers share a socket by the port that they ask for; while one of them listens, all must ask for the same.
  const shared = [...members].some(({ ready }) => ready !== null);
  return config.port === 0 && !shared && url !== null ? Number(new URL(url).port) : config.port;
}

async function startWorkers(config: Config, options: ServeOptions, storage: OwnStorage): Promise<Served> {
  const { log } = options;
  const fork = setUpCluster(options);
  const own = createMetrics({ policyRevision: () => null, journal: () => storage.journal });
  let url: string | null = null;
  let closing: Promise<void> | null = null;
  let pool: Pool | null = null;
  const members = (): ReadonlySet<Member> => pool?.members ?? new Set();
  const desk = createDesk({ storage, members, ownMetrics: own.json });
  const appointment = createAppointment(members);

  async function close(): Promise<void> {
    const clean = (await pool?.close(config.shutdownTimeoutMs + BEYOND_MS)) ?? true;
    await storage.close();
    if (!clean) throw new Error("A worker was cut off.");
  }
  const closeOnce = (): Promise<void> => {
    closing ??= close();
    return closing;
  };

  pool = createPool({
    size: config.workers,
    log,
    start(number, onReady) {
      const worker = fork();
      return createMember({
        number,
        worker,
        log,
        desk,
        conditions: () => ({ port: portFor(config, members(), url), journalReady: storage.journal.ready }),
        onReady(ready) {
          url ??= ready.url;
          log.info({ worker: number, workerPid: worker.process.pid }, "a worker serves");
          onReady();
          appointment.fill();
        },
      });
    },
    onGone(member) {
      desk.depart(member);
      if (closing === null) appointment.leave(member);
    },
    onHopeless: () => void closeOnce().finally(() => process.exit(1)),
  });
  storage.journal.onChange((ready) => {
    for (const member of members()) member.send({ kind: "journal", ready });
  });

  await pool.started;
  const [first] = pool.members;
  const { url: address = "", policyRevision = null } = first?.ready ?? {};
  log.info({ url: address, policyRevision, production: config.production, workers: config.workers }, "listening");
  return {
    url: address,
    openDomain: async () => (await openDomain(config, { log, openStorage: async () => desk.storage })).domain,
    close: closeOnce,
  };
}

/** Starts the service as a primary, which writes, and workers, which answer. Rejects when it can't. */
export async function startPrimary(config: Config, options: ServeOptions): Promise<Served> {
  warnOfUnknown(config, options.log);
  const storage = await openOwnStorage(config, { log: options.log });
  if (config.adminKey === null) await ensureFirstKey(openApiKeys(storage.apiKeys), options.announce);
  return startWorkers(config, options, storage);
}
