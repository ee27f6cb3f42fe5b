import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { DetectorCode } from "../domain/monitoring/detectors/detector.ts";
import { within } from "../process/shutdown.ts";
import type { StorageLog } from "../storage/database/connection.ts";
import { dialectOf } from "../storage/database/dialectOf.ts";
import { codeOf, describe } from "../storage/database/faults.ts";
import { createStanding, type FollowApart } from "../storage/follow/followers.ts";
import type { ConsumerState } from "../storage/follow/followLoop.ts";
import type { DamagedMonth } from "../storage/journal/search/monthDamage.ts";
import { workerBeside } from "./jobThreads.ts";

/** What the process that follows the journal is told. */
export type ToFollower =
  | {
      readonly kind: "follow";
      readonly url: string;
      /** Files of places. */
      readonly placeData: readonly string[];
      /** Names the service in what receivers of webhooks are told; null: nobody is told. */
      readonly source: string | null;
      /** By which other instances know this one: its successor goes on with the leases of the one that had to go. */
      readonly instance: string;
    }
  /** Has it end, once the batch that is under way is over. */
  | { readonly kind: "close" };

/** What it says. */
export type FromFollower =
  /** That it lives; whether it may hold a lock; for how long the transaction that is open has been. */
  | {
      readonly kind: "beat";
      readonly isWriting: boolean;
      readonly transactionMs: number;
      readonly states: readonly ConsumerState[];
      /** What of the search index is damaged. */
      readonly damaged: readonly DamagedMonth[];
    }
  /** That it has loaded what it runs, and opens the database next. */
  | { readonly kind: "loaded" }
  /** That it may hold a lock from now on. */
  | { readonly kind: "writes" }
  | { readonly kind: "log"; readonly entry: Parameters<StorageLog>[0] }
  /** An error's name is all that is told of it. */
  | { readonly kind: "failed"; readonly detector: DetectorCode; readonly error: string };

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
/** A process that has lived so long begins anew at once. */
const LONG_LIFE_MS = 60_000;
/** For the batch that is under way. */
const CLOSING_MS = 10_000;
const LOOK_EVERY_MS = 100;
/** Who has said nothing for so long is not asked how far it is: the database is. */
const QUIET_MS = 1_000;
/**
 * A process that may hold a lock, and from which nothing comes for so long, is ended, and another begins: decisions wait a little longer for
 * that lock (`LOCK_WAIT_MS`). The same of one whose transaction is open for so long, and keeps all from writing a file.
 */
export const HOLDS_MS = 1_000;
/** The same of one that is known to hold none; and on PostgreSQL, where the server ends a transaction that does nothing, of an open one. */
const HANGS_MS = 5_000;
/** The same of one that still loads what it runs, for which it may have no core: it has nothing open that anybody waits for. */
const LOADS_MS = 30_000;

/**
 * Follows the journal in a process of its own, with connections of its own: what follows costs as much as the decisions themselves, and here
 * does so beside them. One that dies or hangs is replaced: a batch of it was committed or never was.
 */
export function followInProcess(
  work: Pick<Extract<ToFollower, { kind: "follow" }>, "url" | "placeData" | "source">,
  {
    loadsMs = LOADS_MS,
    module = workerBeside("followerProcess"),
  }: {
    /** For tests: what the process runs, and for how long it may be silent until it has loaded that. */
    readonly module?: string;
    readonly loadsMs?: number;
  } = {},
): FollowApart {
  const mostInTransaction = dialectOf(work.url).file === null ? HANGS_MS : HOLDS_MS;
  return ({ failed, log, look: lookAtPositions, names }) => {
    const instance = randomUUID();
    const standing = createStanding();
    let states: readonly ConsumerState[] = names.map((name) => ({ name, position: 0, lag: 0, failures: 0 }));
    let damaged: readonly DamagedMonth[] = [];
    /** When it was last heard how they are. */
    let heardAt = performance.now();
    /** Failed batches of processes that have ended, by consumer; and how many processes have. */
    const failedBefore = new Map<string, number>();
    let deaths = 0;
    let retryMs = FIRST_RETRY_MS;
    let timer: NodeJS.Timeout | null = null;
    let closing = false;

    function begin() {
      const bornAt = performance.now();
      const child = fork(fileURLToPath(module), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
      const life = {
        /** Looks at it since anything came from it: time in which this process stood still itself is no silence of the other. */
        silentLooks: 0,
        transactionMs: 0,
        isLoaded: false,
        mayHold: true,
        isEnded: false,
        kill: () => void child.kill("SIGKILL"),
        tell: (message: ToFollower) => void child.send(message, () => {}),
        gone: Promise.resolve(),
      };
      child.on("message", (message: FromFollower) => {
        life.silentLooks = 0;
        if (message.kind === "loaded") life.isLoaded = true;
        else if (message.kind === "writes") life.mayHold = true;
        else if (message.kind === "log") log(message.entry);
        else if (message.kind === "failed")
          failed(message.detector, Object.assign(new Error(), { name: message.error }));
        else {
          life.mayHold = message.isWriting;
          life.transactionMs = message.transactionMs;
          if (message.states.length === 0) return;
          states = message.states;
          damaged = message.damaged;
          heardAt = performance.now();
        }
      });
      const ended = new Promise<string>((resolve) => {
        child.on("exit", (code, signal) => resolve(`It ended with ${code ?? signal}.`));
        child.on("error", (error) => resolve(`It failed: ${codeOf(error)}.`));
      });
      life.gone = ended.then((how) => {
        life.isEnded = true;
        for (const { failures, name } of states) failedBefore.set(name, (failedBefore.get(name) ?? 0) + failures);
        states = states.map((each) => ({ ...each, failures: 0 }));
        if (!closing) startLater(how, performance.now() - bornAt);
      });
      life.tell({ kind: "follow", ...work, instance });
      return life;
    }

    let current = begin();
    function start(): void {
      try {
        current = begin();
      } catch (error) {
        startLater(`It can't be started: ${codeOf(error)}.`, 0);
      }
    }
    function startLater(why: string, livedMs: number): void {
      deaths++;
      log({ level: "error", message: "The process that follows the journal has died.", detail: why });
      if (livedMs > LONG_LIFE_MS) retryMs = FIRST_RETRY_MS;
      timer = setTimeout(start, retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }

    let counting: Promise<void> | null = null;
    let counts = true;
    /** What waits goes on being counted while the process that would say so is dead or silent. */
    async function count(): Promise<void> {
      const before = heardAt;
      try {
        const known = await lookAtPositions();
        if (heardAt === before) states = states.map((each) => ({ ...each, ...known.get(each.name) }));
        counts = true;
      } catch (error) {
        if (counts)
          log({
            level: "error",
            message: "How far what follows the journal is behind can't be counted now.",
            detail: describe(error),
          });
        counts = false;
      }
      counting = null;
    }

    function look(): void {
      if (performance.now() - heardAt > QUIET_MS) counting ??= count();
      if (current.isEnded) return;
      const { isLoaded, mayHold } = current;
      const mostSilentMs = !isLoaded ? loadsMs : mayHold ? HOLDS_MS : HANGS_MS;
      const isSilent = ++current.silentLooks * LOOK_EVERY_MS >= mostSilentMs;
      if (!isSilent && current.transactionMs < mostInTransaction) return;
      log({
        level: "error",
        message: "The process that follows the journal hangs. It is ended, and another begins.",
        detail: isSilent
          ? `Nothing came from it for ${mostSilentMs / 1000} s.`
          : `A transaction of it was open for ${mostInTransaction / 1000} s.`,
      });
      current.silentLooks = 0;
      current.transactionMs = 0;
      current.kill();
    }
    const looking = setInterval(look, LOOK_EVERY_MS).unref();

    return {
      damaged: () => damaged,
      status() {
        const silentMs = performance.now() - heardAt;
        const failures = (each: ConsumerState): number => each.failures + (failedBefore.get(each.name) ?? 0) + deaths;
        return standing(states.map((each) => ({ ...each, failures: failures(each) }))).map((each) =>
          // Of one that says nothing nobody knows whether acts wait.
          silentMs > HANGS_MS ? { ...each, stillMs: silentMs } : each,
        );
      },
      async close() {
        closing = true;
        clearInterval(looking);
        if (timer !== null) clearTimeout(timer);
        await counting;
        if (current.isEnded) return;
        current.tell({ kind: "close" });
        // One that still loads what it runs hears nothing, and has nothing under way.
        if (current.isLoaded && (await within(CLOSING_MS, current.gone))) return;
        current.kill();
        await current.gone;
      },
    };
  };
}
