import type { Caller } from "../../callers/types.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { supposing } from "../hypothesis.ts";
import type { JobQueue } from "../jobs/jobQueue.ts";
import { judgeChange } from "./identifyingChange.ts";
import type { JournalSpan, ReplayJob, ReplayRunner } from "./jobs.ts";
import { type Asking, askedDigest, recordAsked } from "./recordAsked.ts";
import { isIdentifying, type ReplayInput, readAsked } from "./replayInput.ts";
import type { Replay, ReplayQuery } from "./types.ts";

/** Replays that are made apart, in their turn. */
export interface ReplayJobs {
  /**
   * That it was asked is on record before it begins.
   * @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN, LIMIT_EXCEEDED when too many are open, POLICY_UNAVAILABLE
   */
  start(caller: Caller, input: ReplayInput): Promise<ReplayJob>;
}

/** How far a replay is, by when the oldest decision that it has read was made. */
function progressOf({ filter }: ReplayQuery, { newest, oldest }: JournalSpan, at: number): number {
  const end = Math.min(newest, (filter.to ?? Number.POSITIVE_INFINITY) - 1);
  const begin = Math.max(oldest, filter.from ?? Number.NEGATIVE_INFINITY);
  return end <= begin ? 0 : Math.min(1, Math.max(0, (end - at) / (end - begin)));
}

export function createReplayJobs(
  deps: Asking & {
    readonly jobs: Pick<JobQueue<ReplayJob>, "start">;
    readonly runner: ReplayRunner;
    readonly breathe: Breathe;
    /** Once all that the journal has can be searched. */
    readonly journalSpan: () => Promise<JournalSpan | null>;
  },
): ReplayJobs {
  const { breathe, jobs, journalSpan, runner } = deps;

  return {
    async start(caller, input) {
      const query = readAsked(caller, input);
      const facts = deps.facts();
      const hypothesis = { facts, changeFacts: deps.changeFacts() };
      const then = await supposing(hypothesis, query.operations, { breathe, pathOf: (path) => `input.${path}` });
      const { mayIdentify } = query;
      await judgeChange([facts.snapshot, then.snapshot], { breathe, engine: facts.engine, mayIdentify });
      const baseRevision = facts.snapshot.revision;
      return jobs.start(caller.id, {
        prepare: () => recordAsked(deps, { caller, field: "startReplay", query, questions: 0, facts }),
        jobOf: (made): ReplayJob => ({
          ...made,
          kind: "REPLAY",
          baseRevision,
          detector: null,
          from: query.filter.from ?? null,
          to: query.filter.to ?? null,
          inputSha256: askedDigest(deps, query),
        }),
        async work({ createdAt: now }, tell) {
          const span = await journalSpan();
          const task = { query, baseRevision, now, journalEnd: span?.end ?? 0 };
          const running = runner.run(task, (oldest, read) =>
            tell(span === null ? 0 : progressOf(query, span, oldest), read),
          );
          const kept = (replay: Replay): Replay =>
            isIdentifying(query.filter) ? { ...replay, isOfNamed: true } : replay;
          const done = running.done.then((replay) =>
            replay === null ? null : { read: replay.read, result: kept(replay) },
          );
          return { done, cancel: running.cancel };
        },
      });
    },
  };
}
