import type { Caller } from "../../callers/types.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import type { DecisionReader } from "../../decisions/types.ts";
import type { DirectoryStore } from "../../directory/store.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Breathe, MonotonicClock, NewId, Pseudonym, Sha256 } from "../../kernel/ports.ts";
import type { ChangeFacts } from "../../policy/apply.ts";
import type { Snapshots } from "../../policy/snapshots.ts";
import { simulationAct } from "../../record/acts.ts";
import type { RecordAct } from "../whatIf.ts";
import { replay } from "./replay.ts";
import { type ReplayInput, readReplayInput } from "./replayInput.ts";
import { type SeenReplay, seenReplay } from "./seenReplay.ts";
import type { Replay } from "./types.ts";

/** What is answered at once: the newest decisions, and no longer than this. All that there are is for a job. */
const MAX_DECISIONS = 10_000;
const MAX_MS = 10_000;

/** What a change would have done to past decisions. All reject with POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE. */
export interface Replays {
  /**
   * At once, of the newest decisions. That it was asked is on record before it answers.
   * @throws ScopewardenError BAD_USER_INPUT
   */
  replay(caller: Caller, input: ReplayInput): Promise<SeenReplay>;
  /** A replay that is kept, as a caller may see it. */
  seen(caller: Caller, kept: Replay): Promise<SeenReplay>;
}

export interface ReplayDeps {
  readonly facts: () => DecideFacts;
  readonly changeFacts: () => ChangeFacts;
  readonly snapshots: Snapshots;
  readonly directory: Pick<DirectoryStore, "version">;
  readonly decisions: DecisionReader;
  readonly breathe: Breathe;
  readonly monotonic: MonotonicClock;
  readonly recordAct: RecordAct;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly sha256: Sha256;
  readonly newId: NewId;
}

export function createReplays(deps: ReplayDeps): Replays {
  const { monotonic, newId, recordAct, sha256 } = deps;
  return {
    async replay(caller, input) {
      const query = readReplayInput(input);
      const facts = deps.facts();
      const until = monotonic() + MAX_MS;
      const bounds = { after: null, maxDecisions: MAX_DECISIONS, isTimeUp: () => monotonic() > until };
      const made = await replay({ ...deps, hypothesis: { facts, changeFacts: deps.changeFacts() } }, query, bounds);
      await recordAct(
        simulationAct(newId(), {
          at: facts.now,
          baseRevision: made.baseRevision,
          callerId: caller.id,
          field: "replay",
          operations: query.operations.length,
          operationsSha256: sha256(canonicalJson(query.operations as unknown as Json)),
          questions: made.read,
        }),
      );
      return seenReplay(deps, caller, made);
    },
    seen: (caller, kept) => seenReplay(deps, caller, kept),
  };
}
