import { errorFacts, type Log } from "../http/log.ts";
import { within } from "../http/shutdown.ts";
import type { Member } from "./member.ts";

/** Starts that may fail one after the other, before the primary gives up. */
const MAX_FAILED_STARTS = 5;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;
/** A worker that has lived so long did not end by what ended the one before it. */
const SOUND_AFTER_MS = 10_000;

export interface Pool {
  /** Those that are running, the ones that are still starting among them. */
  readonly members: ReadonlySet<Member>;
  /** Resolves when all serve; rejects when they can't. */
  readonly started: Promise<void>;
  /** Closes all; false when one had to be cut off. */
  close(timeoutMs: number): Promise<boolean>;
}

/** Keeps a number of workers running: one that ends is replaced. */
export function createPool(deps: {
  readonly size: number;
  readonly start: (number: number, onReady: () => void) => Member;
  readonly onGone: (member: Member) => void;
  /** Workers end at their start again and again, after they had served. */
  readonly onHopeless: () => void;
  readonly log: Log;
}): Pool {
  const { size, log } = deps;
  const members = new Set<Member>();
  let failedStarts = 0;
  let delay = FIRST_DELAY_MS;
  let closing = false;
  let serving = false;
  let resolveStarted: () => void = () => undefined;
  let rejectStarted: (error: Error) => void = () => undefined;
  const started = new Promise<void>((resolve, reject) => {
    resolveStarted = resolve;
    rejectStarted = reject;
  });
  started.catch(() => undefined); // Whoever awaits it hears of it.

  function onReady(): void {
    failedStarts = 0;
    if (serving || [...members].filter(({ ready }) => ready !== null).length < size) return;
    serving = true;
    resolveStarted();
  }

  function giveUp(problem: string): void {
    closing = true;
    if (serving) {
      log.fatal({ problem }, "giving up: workers can't start any more");
      deps.onHopeless();
    } else rejectStarted(new Error(problem));
  }

  function replace(member: Member, facts: { readonly code: number | null; readonly livedMs: number }): void {
    if (member.ready === null) failedStarts++;
    // At the first start, what it says itself will not get better by trying again.
    const hopeless = failedStarts >= MAX_FAILED_STARTS || (!serving && member.problem !== null);
    if (hopeless) {
      giveUp(member.problem ?? "workers end at their start");
      return;
    }
    log.error({ worker: member.number, code: facts.code, problem: member.problem }, "a worker ended");
    if (facts.livedMs >= SOUND_AFTER_MS) delay = FIRST_DELAY_MS;
    setTimeout(() => {
      if (!closing) run(member.number);
    }, delay);
    delay = Math.min(delay * 2, LONGEST_DELAY_MS);
  }

  function run(number: number): void {
    const since = performance.now();
    const member = deps.start(number, onReady);
    members.add(member);
    void member.exited.then((code) => {
      members.delete(member);
      deps.onGone(member);
      if (!closing) replace(member, { code, livedMs: performance.now() - since });
    });
  }

  for (let number = 1; number <= size; number++) run(number);
  return {
    members,
    started,
    async close(timeoutMs) {
      closing = true;
      const all = [...members];
      for (const member of all) member.send({ kind: "close" });
      const ended = Promise.all(all.map(({ exited }) => exited));
      if (await within(timeoutMs, ended)) return (await ended).every((code) => code === 0);
      for (const member of members) member.kill();
      await within(1000, ended).catch((error: unknown) => log.error({ error: errorFacts(error) }, "a worker stays"));
      return false;
    },
  };
}
