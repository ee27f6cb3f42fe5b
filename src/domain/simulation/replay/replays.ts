import type { Caller } from "../../callers/types.ts";
import type { BreakGlassStore } from "../../consent/breakGlass/store.ts";
import type { ConsentStore } from "../../consent/store.ts";
import { fhirVersionOf } from "../../decisions/facts.ts";
import type { RestrictionFacts } from "../../decisions/restrictions/store.ts";
import type { DecisionReader } from "../../decisions/types.ts";
import type { DirectoryStore } from "../../directory/store.ts";
import type { Breathe, MonotonicClock } from "../../kernel/ports.ts";
import type { Snapshots } from "../../policy/snapshots.ts";
import { supposing } from "../hypothesis.ts";
import type { Job, RunApart } from "../jobs/job.ts";
import type { JobQueue } from "../jobs/jobQueue.ts";
import { askedReplay } from "./askedReplay.ts";
import { holdersTouched, judgeChange } from "./identifyingChange.ts";
import { type Asking, askedDigest, recordAsked } from "./recordAsked.ts";
import { auditorsAlone, type ReplayInput, readAsked } from "./replayInput.ts";
import { type SeenReplay, seenReplay } from "./seenReplay.ts";
import type { JournalSpan, Replay, ReplayTask } from "./types.ts";
import { knowsStaff } from "./worlds.ts";

/** What is answered at once: the newest decisions, and no longer than this. All that there are is for a job. */
const MAX_DECISIONS = 10_000;
const MAX_MS = 10_000;

/** What a change would have done to past decisions. All reject with POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE. */
export interface Replays {
  /**
   * At once, of the newest decisions. That it was asked is on record before it answers.
   * @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN
   */
  replay(caller: Caller, input: ReplayInput): Promise<SeenReplay>;
  /**
   * Apart, of all decisions, in its turn. That it was asked is on record before it begins.
   * @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN, LIMIT_EXCEEDED when too many jobs are open
   */
  start(caller: Caller, input: ReplayInput): Promise<Job>;
  /** A replay that is kept, as a caller may see it; null: only auditors may. */
  seen(caller: Caller, kept: Replay): Promise<SeenReplay | null>;
}

interface ReplayDeps extends Asking {
  readonly snapshots: Snapshots;
  readonly directory: Pick<DirectoryStore, "version">;
  readonly consents: Pick<ConsentStore, "versions">;
  readonly breakGlasses: Pick<BreakGlassStore, "versions">;
  readonly restrictions: Pick<RestrictionFacts, "versions">;
  readonly decisions: DecisionReader;
  readonly breathe: Breathe;
  readonly monotonic: MonotonicClock;
  readonly jobs: Pick<JobQueue, "start">;
  readonly replayApart: RunApart<ReplayTask, Replay>;
  /** Once all that the journal has can be searched. */
  readonly journalSpan: () => Promise<JournalSpan | null>;
}

/** What came of a job that made a replay. */
export const replayOfJob = ({ kind, result }: Job): Replay | null =>
  kind === "REPLAY" ? (result as Replay | null) : null;

export function createReplays(deps: ReplayDeps): Replays {
  const { breathe, jobs, journalSpan, monotonic, replayApart } = deps;
  return {
    async replay(caller, input) {
      const facts = deps.facts();
      const query = readAsked(caller, input, facts.snapshot);
      const until = monotonic() + MAX_MS;
      const bounds = { most: MAX_DECISIONS, isTimeUp: () => monotonic() > until };
      const hypothesis = { facts, changeFacts: deps.changeFacts() };
      const made = await askedReplay({ ...deps, hypothesis }, { caller, field: "replay", query }, bounds);
      const seen = await seenReplay(deps, caller, made);
      if (seen === null) throw auditorsAlone("This replay");
      return seen;
    },
    async start(caller, input) {
      const facts = deps.facts();
      const query = readAsked(caller, input, facts.snapshot);
      const hypothesis = { facts, changeFacts: deps.changeFacts() };
      const then = await supposing(hypothesis, query.operations, { breathe, pathOf: (path) => `input.${path}` });
      const { filter, mayIdentify } = query;
      const policies = [facts.snapshot, then.snapshot] as const;
      const isStaff = knowsStaff(facts);
      await judgeChange(policies, { breathe, engine: facts.engine, isStaff, now: facts.now, mayIdentify });
      const staff = (await holdersTouched(policies, breathe)).filter(isStaff).map(({ id, type }) => `${type}/${id}`);
      const baseRevision = facts.snapshot.revision;
      const fhirVersion = fhirVersionOf(facts);
      return jobs.start(caller.id, {
        prepare: () => recordAsked(deps, { caller, field: "startReplay", query, questions: 0, facts }),
        asked: {
          ...{ kind: "REPLAY", baseRevision, detector: null, from: filter.from ?? null, to: filter.to ?? null },
          inputSha256: askedDigest(deps, query),
        },
        begin: async ({ createdAt: now }, tell) =>
          replayApart({ query, baseRevision, fhirVersion, now, staff, span: await journalSpan() }, tell),
      });
    },
    seen: (caller, kept) => seenReplay(deps, caller, kept),
  };
}
