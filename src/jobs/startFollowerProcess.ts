import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { createBirpc } from "birpc";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { DetectorCode } from "../domain/monitoring/detectors/detector.ts";
import { within } from "../process/shutdown.ts";
import { codeOf, scrubbed } from "../storage/database/faults.ts";
import type { FollowerStatus } from "../storage/journal/followers.ts";
import { MOST_BEHIND } from "../storage/journal/following.ts";
import { createJournalEnds } from "../storage/journal/journalEnds.ts";
import type { FollowApart } from "../storage/openFollowers.ts";
import { FOLLOWER_EVENTS, type FollowerCalls, type FollowerWork, type ServiceCalls } from "./followerCalls.ts";
import { workerBeside } from "./jobPool.ts";

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
/** A process that has lived so long begins anew at once. */
const LONG_LIFE_MS = 60_000;
/** How often the process is told at most how far the journal goes: each message wakes it, and takes both some time. */
const TOLD_EVERY_MS = 25;
/** A step that is under way, and what followers do in a moment. */
const CLOSING_MS = 10_000;
/** Of one that may have no core for it. */
const CLOSING_YIELDING_MS = 2_000;
const LONGEST_SHARE_MS = 24 * 3_600_000;
/** One that has yielded for so long gets on: what had to be replaced before says nothing any more. */
const LONG_YIELDING_MS = 3_600_000;
/** Between two looks at whether the process gets on. */
const LOOK_EVERY_MS = 250;
/** A process from which nothing comes for so long hangs, whatever it does: it is ended, and another begins. */
const SILENT_MS = 5_000;

/** When the process leaves the cores to others, and when it no longer does; for tests. */
export interface YieldingOptions {
  /** It has its share at first, while it begins; and each time that it had to be replaced, so many times as long. */
  readonly afterMs?: number;
  readonly timesAsLong?: number;
  /** How long it takes no step while somebody waits for it, and how old an act is that it has not taken. */
  readonly waitedForMs?: number;
  readonly behindMs?: number;
}

/** An error keeps its text alone on its way. */
function asText(error: unknown): Promise<never> {
  const reason = error instanceof ScopewardenError ? (error.cause ?? error) : error;
  return Promise.reject(scrubbed(reason));
}

/**
 * Follows the journal in a process of its own: what follows costs as much as the decisions themselves, and here does so beside them, on
 * another core where there is one. It reads and computes, and has the service write. Where the system can, it leaves its core at once to
 * whoever wants it, so that no decision waits for it. As it has no lock that the service needs, it may then stand still; but not for long:
 * one that does not get on is replaced by one that takes its share. One that dies, or hangs, is replaced, too: a step of it was committed or
 * never was.
 */
export function followInProcess(
  work: Omit<FollowerWork, "instance">,
  {
    module = workerBeside("followerProcess"),
    mostBehind = MOST_BEHIND,
    silentMs = SILENT_MS,
    yielding: { afterMs = 10_000, behindMs = 20_000, timesAsLong = 6, waitedForMs = 1_000 } = {},
  }: {
    /** For tests: what the process runs. */
    readonly module?: string;
    readonly yielding?: YieldingOptions;
    /** For tests: how far it may be behind, and for how long it may be silent. */
    readonly mostBehind?: number;
    readonly silentMs?: number;
  } = {},
): FollowApart {
  return ({ failed, list, log, taker }) => {
    const holdsBack = new Set(list.filter(({ mayFallBehind }) => !mayFallBehind).map(({ name }) => name));
    let end: number | null = null;
    /** What the process told last, and how far the journal went as it knew then. */
    let told: { readonly status: readonly FollowerStatus[]; readonly end: number | null } = {
      status: list.map(({ name }) => ({ name, lag: 0, failures: 0, position: 0, stillMs: 0 })),
      end: null,
    };
    const followsOther = new Set(list.filter(({ behind }) => behind !== undefined).map(({ name }) => name));
    const lagOf = ({ lag, name }: FollowerStatus): number =>
      end === null || followsOther.has(name) ? lag : lag + end - (told.end ?? end);
    const failuresOf = ({ failures, name }: FollowerStatus): number =>
      failures + (failedBefore.get(name) ?? 0) + deaths;
    let deaths = 0;
    let retryMs = FIRST_RETRY_MS;
    let timer: NodeJS.Timeout | null = null;
    let closing = false;
    let yieldsAfterMs = afterMs;
    /** Failed steps of those that have ended, by follower. */
    const failedBefore = new Map<string, number>();
    const instance = randomUUID();
    /** Steps that are being written, and when the last one was. */
    let taking = 0;
    let tookAt = 0;

    async function take(...step: Parameters<ServiceCalls["take"]>): ReturnType<ServiceCalls["take"]> {
      taking++;
      try {
        return await taker.take(...step);
      } catch (error) {
        return await asText(error);
      } finally {
        taking--;
        tookAt = performance.now();
      }
    }

    function begin() {
      const bornAt = performance.now();
      const own: ServiceCalls = {
        take,
        want: (...asked) => taker.want(...asked).catch(asText),
        release: (...asked) => taker.release(...asked).catch(asText),
        log,
        beat() {},
        failed: (detector: DetectorCode, name) => failed(detector, Object.assign(new Error(), { name })),
        status(status, end) {
          life.began = true;
          told = { status, end };
        },
      };
      const child = fork(fileURLToPath(module), {
        serialization: "advanced",
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      });
      child.on("message", () => {
        life.silentLooks = 0;
      });
      const calls = createBirpc<FollowerCalls, ServiceCalls>(own, {
        // That the process is gone is told otherwise.
        post: (message) => void child.send?.(message, () => {}),
        on: (listen) => void child.on("message", listen),
        eventNames: FOLLOWER_EVENTS,
        timeout: -1,
      });
      void calls.follow({ ...work, instance });
      const ended = new Promise<string>((resolve) => {
        child.on("exit", (code, signal) => resolve(`It ended with ${code ?? signal}.`));
        child.on("error", (error) => resolve(`It failed: ${codeOf(error)}.`));
      });
      const gone = ended.then((how) => {
        calls.$close(new Error("The process that follows the journal has ended."));
        for (const { failures, name } of told.status) failedBefore.set(name, (failedBefore.get(name) ?? 0) + failures);
        told = { ...told, status: told.status.map((each) => ({ ...each, failures: 0 })) };
        if (closing) return;
        if (life.replaced) start();
        else startLater(how, life.ageMs());
      });
      const life = {
        calls,
        gone,
        ageMs: () => performance.now() - bornAt,
        /** Whether it has told anything yet. */
        began: false,
        /** Looks at it since anything came from it: time in which this process stood still itself is no silence of the other. */
        silentLooks: 0,
        /** Since when; null: it was not asked yet, or can't. */
        yieldsSince: null as number | null,
        asked: false,
        replaced: false,
        async yieldCores(): Promise<void> {
          life.asked = true;
          // At once: it may have no core to answer with.
          life.yieldsSince = performance.now();
          if (!(await calls.yieldCores().catch(() => false))) life.yieldsSince = null;
        },
        kill: () => void child.kill("SIGKILL"),
      };
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

    /** Where each is, and since when it is there while acts wait. */
    const standing = new Map<string, { readonly position: number; readonly since: number }>();
    function noteStanding(status: FollowerStatus): void {
      const { name, position } = status;
      if (lagOf(status) > 0 && standing.get(name)?.position === position) return;
      standing.set(name, { position, since: performance.now() });
    }

    const waits = new Set<{ readonly since: number }>();
    const ends = createJournalEnds(() => performance.now());
    function getsOn(): boolean {
      const lags = told.status.filter(({ name }) => !followsOther.has(name)).map(lagOf);
      const position = (end ?? 0) - Math.max(0, ...lags);
      ends.note({ end: end ?? 0, position });
      const now = performance.now();
      const holds = told.status.some((each) => holdsBack.has(each.name) && lagOf(each) > mostBehind / 4);
      const behind = now - (ends.waitingSince(position) ?? now) > behindMs;
      const [waited] = waits;
      const stands = waited !== undefined && taking === 0 && now - Math.max(waited.since, tookAt) > waitedForMs;
      return !holds && !behind && !stands;
    }
    function replace(entry: Parameters<typeof log>[0]): void {
      log(entry);
      current.replaced = true;
      current.kill();
    }
    function look(): void {
      for (const each of told.status) noteStanding(each);
      const { asked, began, calls, replaced, yieldsSince } = current;
      if (calls.$closed || replaced) return;
      const hangs = ++current.silentLooks * LOOK_EVERY_MS > silentMs;
      if (hangs && yieldsSince === null) {
        deaths++;
        replace({
          level: "error",
          message: "The process that follows the journal hangs. It is ended, and another begins.",
          detail: `Nothing came from it for ${silentMs / 1000} seconds.`,
        });
        return;
      }
      const on = !hangs && getsOn();
      if (!asked && began && on && current.ageMs() >= yieldsAfterMs) void current.yieldCores();
      if (yieldsSince === null) return;
      if (on) {
        if (performance.now() - yieldsSince > LONG_YIELDING_MS) yieldsAfterMs = afterMs;
        return;
      }
      yieldsAfterMs = Math.min(yieldsAfterMs * timesAsLong, LONGEST_SHARE_MS);
      replace({
        level: "warn",
        message: "What follows the journal did not keep up while it left the cores to others. It takes its share now.",
        detail: `At least for ${Math.round(yieldsAfterMs / 1000)} seconds.`,
      });
    }
    const looking = setInterval(look, LOOK_EVERY_MS).unref();

    /** One that is replaced leaves what it was asked to its successor. */
    async function ask(question: (calls: (typeof current)["calls"]) => Promise<void>): Promise<void> {
      const wait = { since: performance.now() };
      waits.add(wait);
      try {
        for (;;) {
          const asked = current;
          try {
            return await question(asked.calls);
          } catch (error) {
            if (!asked.replaced || closing) throw error;
            await asked.gone;
            if (current === asked) throw error;
          }
        }
      } finally {
        waits.delete(wait);
      }
    }

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
    const statusOf = (each: FollowerStatus): FollowerStatus => ({
      ...each,
      lag: lagOf(each),
      failures: failuresOf(each),
      stillMs: lagOf(each) === 0 ? 0 : performance.now() - (standing.get(each.name)?.since ?? performance.now()),
    });
    return {
      status: () => told.status.map(statusOf),
      tooFarBehind: () =>
        told.status.filter((each) => lagOf(each) >= mostBehind && holdsBack.has(each.name)).map(statusOf),
      appended(position) {
        end = Math.max(end ?? position, position);
        told = { ...told, end: told.end ?? position };
        if (telling === null) tellEnd();
      },
      // What fails does not hold decisions: what follows can be made up for.
      capacity: () => ask((calls) => calls.capacity()).catch(() => undefined),
      caughtUp: ({ name }) => ask((calls) => calls.caughtUp(name)),
      async close() {
        closing = true;
        clearInterval(looking);
        if (timer !== null) clearTimeout(timer);
        tellEnd();
        if (telling !== null) clearTimeout(telling);
        const { calls, gone, kill, yieldsSince } = current;
        if (!calls.$closed) void calls.close();
        if (await within(yieldsSince !== null ? CLOSING_YIELDING_MS : CLOSING_MS, gone)) return;
        // It writes nothing itself; who has the work is known by its lease.
        kill();
        await gone;
      },
    };
  };
}
