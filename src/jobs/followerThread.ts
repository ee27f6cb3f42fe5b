import { MessageChannel } from "node:worker_threads";
import { createBirpc } from "birpc";
import { Piscina } from "piscina";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { DetectorCode } from "../domain/monitoring/detectors/detector.ts";
import { within } from "../process/shutdown.ts";
import { scrubbed } from "../storage/database/faults.ts";
import type { FollowerStatus } from "../storage/journal/followers.ts";
import { MOST_BEHIND } from "../storage/journal/following.ts";
import type { FollowApart } from "../storage/openFollowers.ts";
import { FOLLOWER_EVENTS, type FollowerCalls, type FollowerWork, type ServiceCalls } from "./followerCalls.ts";
import { workerBeside } from "./jobPool.ts";

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
/** A thread that has lived so long begins anew at once. */
const LONG_LIFE_MS = 60_000;
/** How often the thread is told at most how far the journal goes: each message wakes it, and takes both threads some time. */
const TOLD_EVERY_MS = 25;
/** A step that is under way, and what followers do in a moment. */
const CLOSING_MS = 10_000;

/** Room for what lives shortly: rows of a step. */
const YOUNG_MB = 64;

/** The kind of an error: what it says may have been taken from a decision. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error ? String(error.code) : error.name;
}

/** An error keeps its text alone on its way. */
function asText(error: unknown): Promise<never> {
  const reason = error instanceof ScopewardenError ? (error.cause ?? error) : error;
  return Promise.reject(scrubbed(reason));
}

/**
 * Follows the journal in a thread of this process: what follows costs as much as the decisions themselves, and here does so beside them, on
 * another core where there is one. It reads and computes, and has the service write. A thread that dies is replaced; a step of it was
 * committed or never was. SQLite's driver ends the whole process where a thread dies that waits for it: that is as if the service were killed.
 */
export function followInThread(
  work: FollowerWork,
  {
    worker = workerBeside("followerWorker"),
  }: { /** For tests: what the thread runs. */ readonly worker?: string } = {},
): FollowApart {
  return ({ failed, list, log, taker }) => {
    const holdsBack = new Set(list.filter(({ mayFallBehind }) => !mayFallBehind).map(({ name }) => name));
    const pool = new Piscina({
      // Never without it: to end one that may wait for SQLite would end the process.
      ...{ filename: worker, minThreads: 1, maxThreads: 1, recordTiming: false },
      // Else the thread would sleep where it has turns of its event loop.
      atomics: "disabled",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    pool.on("error", (error: unknown) => {
      log({ level: "error", message: "The thread that follows the journal has failed.", detail: kindOf(error) });
    });
    let end: number | null = null;
    /** What the thread told last, and how far the journal went as it knew then. */
    let told: { readonly status: readonly FollowerStatus[]; readonly end: number | null } = {
      status: list.map(({ name }) => ({ name, lag: 0, failures: 0 })),
      end: null,
    };
    const followsOther = new Set(list.filter(({ behind }) => behind !== undefined).map(({ name }) => name));
    const lagOf = ({ lag, name }: FollowerStatus): number =>
      end === null || followsOther.has(name) ? lag : lag + end - (told.end ?? end);
    let deaths = 0;
    let retryMs = FIRST_RETRY_MS;
    let timer: NodeJS.Timeout | null = null;
    let closing = false;

    function start() {
      const bornAt = performance.now();
      const own: ServiceCalls = {
        take: (...step) => taker.take(...step).catch(asText),
        want: (...asked) => taker.want(...asked).catch(asText),
        release: (...asked) => taker.release(...asked).catch(asText),
        log,
        failed: (detector: DetectorCode, name) => failed(detector, Object.assign(new Error(), { name })),
        status(status, end) {
          told = { status, end };
        },
      };
      const { port1: service, port2: port } = new MessageChannel();
      const calls = createBirpc<FollowerCalls, ServiceCalls>(own, {
        post: (message) => service.postMessage(message),
        on: (listen) => void service.on("message", listen),
        eventNames: FOLLOWER_EVENTS,
        timeout: -1,
      });
      const ended = pool.run({ ...work, port }, { transferList: [port] }).then(
        () => null,
        (error: unknown) => error,
      );
      const gone = ended.then((error) => {
        service.close();
        calls.$close(new Error("The thread that follows the journal has ended."));
        if (closing) return;
        deaths++;
        log({ level: "error", message: "The thread that follows the journal has died.", detail: kindOf(error) });
        if (performance.now() - bornAt > LONG_LIFE_MS) retryMs = FIRST_RETRY_MS;
        timer = setTimeout(() => {
          current = start();
        }, retryMs);
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      });
      return { calls, gone };
    }

    let current = start();
    let toldTo: number | null = null;
    let telling: NodeJS.Timeout | null = null;
    function tellEnd(): void {
      if (telling !== null) clearTimeout(telling);
      telling = null;
      if (end === null || end === toldTo) return;
      toldTo = end;
      if (!current.calls.$closed) void current.calls.appended(end);
      telling = setTimeout(tellEnd, TOLD_EVERY_MS).unref();
    }
    return {
      status: () => told.status.map((each) => ({ ...each, lag: lagOf(each), failures: each.failures + deaths })),
      appended(position) {
        end = Math.max(end ?? position, position);
        told = { ...told, end: told.end ?? position };
        if (telling === null) tellEnd();
      },
      async capacity() {
        if (told.status.every((each) => lagOf(each) < MOST_BEHIND || !holdsBack.has(each.name))) return;
        // Decisions go on: what follows can be made up for.
        await current.calls.capacity().catch(() => undefined);
      },
      caughtUp: ({ name }) => current.calls.caughtUp(name),
      async close() {
        closing = true;
        if (timer !== null) clearTimeout(timer);
        tellEnd();
        if (telling !== null) clearTimeout(telling);
        if (!current.calls.$closed) void current.calls.close();
        // Its thread is not ended before: it may wait for the database.
        if (await within(CLOSING_MS, current.gone)) await pool.destroy();
      },
    };
  };
}
