import type { Caller } from "../../callers/types.ts";
import type { BreakGlassStore } from "../../consent/breakGlass/store.ts";
import type { ConsentStore } from "../../consent/store.ts";
import type { RestrictionFacts } from "../../decisions/restrictions/store.ts";
import type { DecisionReader } from "../../decisions/types.ts";
import type { DirectoryStore } from "../../directory/store.ts";
import type { Breathe, MonotonicClock, Pseudonym } from "../../kernel/ports.ts";
import type { Snapshots } from "../../policy/snapshots.ts";
import type { OwnSubjects } from "../../record/pseudonymised.ts";
import { type Asking, recordAsked } from "./recordAsked.ts";
import { replay } from "./replay.ts";
import { auditorsAlone, type ReplayInput, readAsked } from "./replayInput.ts";
import { type SeenReplay, seenReplay } from "./seenReplay.ts";
import type { Replay } from "./types.ts";

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
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly ownSubjects: OwnSubjects;
}

export function createReplays(deps: ReplayDeps): Replays {
  const { monotonic } = deps;
  return {
    async replay(caller, input) {
      const query = readAsked(caller, input);
      const facts = deps.facts();
      const until = monotonic() + MAX_MS;
      const bounds = { after: null, maxDecisions: MAX_DECISIONS, isTimeUp: () => monotonic() > until };
      const made = await replay({ ...deps, hypothesis: { facts, changeFacts: deps.changeFacts() } }, query, bounds);
      await recordAsked(deps, { caller, field: "replay", query, questions: made.read, facts });
      const seen = await seenReplay(deps, caller, made);
      if (seen === null) throw auditorsAlone("This replay");
      return seen;
    },
    seen: (caller, kept) => seenReplay(deps, caller, kept),
  };
}
