import { MessageChannel } from "node:worker_threads";
import { createBirpc } from "birpc";
import { Piscina } from "piscina";
import type { DetectorCode } from "../domain/monitoring/detectors/detector.ts";
import { within } from "../process/shutdown.ts";
import type { FollowerStatus } from "../storage/journal/followers.ts";
import { MOST_BEHIND } from "../storage/journal/following.ts";
import type { FollowApart, InTurn } from "../storage/openFollowers.ts";
import { FOLLOWER_EVENTS, type FollowerCalls, type FollowerWork, type ServiceCalls } from "./followerCalls.ts";
import { workerBeside } from "./jobPool.ts";

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
/** A thread that has lived so long begins anew at once. */
const LONG_LIFE_MS = 60_000;
/** A step that is under way, and what followers do in a moment. */
const CLOSING_MS = 10_000;

/** Room for what lives shortly: rows of a step. */
const YOUNG_MB = 64;

const AT_ONCE: InTurn = (work) => work();

/** The kind of an error: what it says may have been taken from a decision. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error ? String(error.code) : error.name;
}

/**
 * Follows the journal in a thread of this process: what follows costs as much as the decisions themselves, and here does so beside them, on
 * another core where there is one. A thread that dies is replaced; a step of it was committed or never was. SQLite's driver ends the whole
 * process where a thread dies that waits for it: that is as if the service were killed.
 */
export function followInThread(
  work: FollowerWork,
  {
    worker = workerBeside("followerWorker"),
  }: { /** For tests: what the thread runs. */ readonly worker?: string } = {},
): FollowApart {
  return ({ failed, inTurn, list, log }) => {
    const holdsBack = new Set(list.filter(({ mayFallBehind }) => !mayFallBehind).map(({ name }) => name));
    const pool = new Piscina({
      ...{ filename: worker, minThreads: 0, maxThreads: 1, recordTiming: false },
      // Else the thread would sleep where it has turns of its event loop.
      atomics: "disabled",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    let status: readonly FollowerStatus[] = [];
    let deaths = 0;
    let retryMs = FIRST_RETRY_MS;
    let timer: NodeJS.Timeout | null = null;
    let closing = false;

    function start() {
      const bornAt = performance.now();
      let alive = true;
      let endTurn = (): void => {};
      const turn = async (granted: () => void): Promise<void> => {
        if (!alive) return;
        await new Promise<void>((ended) => {
          endTurn = ended;
          granted();
        });
      };
      const own: ServiceCalls = {
        turn: () =>
          new Promise((granted, refused) => {
            (inTurn ?? AT_ONCE)(() => turn(granted)).catch((error: unknown) =>
              refused(new Error(error instanceof Error ? error.message : "The database can't be written.")),
            );
          }),
        turnDone: () => endTurn(),
        log,
        failed: (detector: DetectorCode, name) => failed(detector, Object.assign(new Error(), { name })),
        status(next) {
          status = next;
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
        alive = false;
        // What it had begun is rolled back with its connection.
        endTurn();
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
    return {
      status: () => status.map((each) => ({ ...each, failures: each.failures + deaths })),
      appended(position) {
        if (!current.calls.$closed) void current.calls.appended(position);
      },
      async capacity() {
        if (status.every(({ lag, name }) => lag < MOST_BEHIND || !holdsBack.has(name))) return;
        // Decisions go on: what follows can be made up for.
        await current.calls.capacity().catch(() => undefined);
      },
      caughtUp: ({ name }) => current.calls.caughtUp(name),
      async close() {
        closing = true;
        if (timer !== null) clearTimeout(timer);
        if (!current.calls.$closed) void current.calls.close();
        // Its thread is not ended before: it may wait for the database.
        if (await within(CLOSING_MS, current.gone)) await pool.destroy();
      },
    };
  };
}
