import type { BreakGlassStore } from "../../consent/breakGlass/store.ts";
import type { ConsentStore } from "../../consent/store.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import type { RestrictionFacts } from "../../decisions/restrictions/store.ts";
import type { DecisionReader } from "../../decisions/types.ts";
import type { DirectoryStore } from "../../directory/store.ts";
import { badInput } from "../../kernel/errors.ts";
import type { Breathe, Clock, MonotonicClock } from "../../kernel/ports.ts";
import { wholeDays } from "../../kernel/time.ts";
import type { PolicyAdmin } from "../../policy/admin.ts";
import type { ChangeFacts } from "../../policy/apply.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Snapshots } from "../../policy/snapshots.ts";
import { fewest } from "../fewPatients.ts";
import { scopeNamesOne } from "../namesOne.ts";
import { askedReplay } from "../replay/askedReplay.ts";
import type { Asking } from "../replay/recordAsked.ts";
import { IDENTIFYING, type ReplayInput, readReplayInput } from "../replay/replayInput.ts";
import { REPLAY_DIMENSIONS, type Replay, type ReplayQuery } from "../replay/types.ts";
import type { ProposedChange, Report } from "./proposal.ts";

export type ReplayFilter = NonNullable<ReplayInput["filter"]>;

/** As of `replay`: the newest decisions, and no longer than this. */
const MAX_DECISIONS = 10_000;
const MAX_MS = 10_000;
const SAMPLES = 10;
/** What is kept of the lists of a replay: their beginnings tell most. */
const KEPT_KEYS = 50;
const KEPT_GROUPS = 100;

/** Who asks by which field, and of which decisions; `about` says which change it is where operations don't. */
type Asked = Pick<ReplayQuery, "filter" | "mayIdentify"> &
  Partial<Pick<ReplayQuery, "operations">> &
  Pick<Parameters<typeof askedReplay>[1], "about" | "caller" | "field">;

/** Replays past decisions for proposals. That it was asked is on record before. All reject with POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE. */
export interface Reports {
  /**
   * Of a change of the policy; null for what no past decision could tell: entities, a key.
   * @throws ScopewardenError BAD_USER_INPUT
   */
  make(
    asked: Pick<Asked, "caller" | "field">,
    change: ProposedChange,
    filter: ReplayFilter | null,
  ): Promise<Report | null>;
  /** What one policy says of past decisions that another says otherwise. @throws ScopewardenError FORBIDDEN, as `ReplayQuery.mayIdentify` */
  between(policies: { readonly base: Snapshot; readonly after: Snapshot }, asked: Asked): Promise<Replay>;
}

export interface ReportDeps extends Pick<Asking, "newId" | "recordAct" | "sha256"> {
  readonly facts: () => DecideFacts;
  readonly changeFacts: () => ChangeFacts;
  readonly snapshots: Snapshots;
  readonly directory: Pick<DirectoryStore, "version">;
  readonly consents: Pick<ConsentStore, "versions">;
  readonly breakGlasses: Pick<BreakGlassStore, "versions">;
  readonly restrictions: Pick<RestrictionFacts, "versions">;
  readonly decisions: Pick<DecisionReader, "decisions">;
  readonly policy: Pick<PolicyAdmin, "trial">;
  readonly breathe: Breathe;
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly newSecret: () => string;
}

/** The beginnings of the lists, which come with most first. */
function cut(made: Replay): Replay {
  const shorter = Object.fromEntries(REPLAY_DIMENSIONS.map((name) => [name, made[name].slice(0, KEPT_KEYS)]));
  const whole = REPLAY_DIMENSIONS.every((name) => made[name].length <= KEPT_KEYS);
  const left = made.groups.slice(KEPT_GROUPS);
  return {
    ...made,
    ...shorter,
    countsComplete: made.countsComplete && whole,
    groups: made.groups.slice(0, KEPT_GROUPS),
    ungrouped: made.ungrouped + left.reduce((sum, { decisions }) => sum + decisions, 0),
    ungroupedPatients: fewest([made.ungroupedPatients, ...left.map(({ fewest: of }) => of)]),
  };
}

export function createReports(deps: ReportDeps): Reports {
  const { monotonic, clock, policy } = deps;

  async function between(
    { base, after }: { readonly base: Snapshot; readonly after: Snapshot },
    { operations = [], about, caller, field, ...asked }: Asked,
  ): Promise<Replay> {
    const until = monotonic() + MAX_MS;
    const hypothesis = { facts: { ...deps.facts(), snapshot: base }, changeFacts: deps.changeFacts() };
    const query = { ...asked, operations, becomes: after, samples: SAMPLES, base: "CURRENT" } as const;
    const bounds = { most: MAX_DECISIONS, isTimeUp: () => monotonic() > until };
    return cut(await askedReplay({ ...deps, hypothesis }, { about, caller, field, query }, bounds));
  }

  return {
    between,
    async make(by, change, given) {
      if (change.kind !== "POLICY" && change.kind !== "ROLLBACK") return null;
      const filter = wholeDays(readReplayInput({ operations: [], filter: given }).filter);
      const base = deps.facts().snapshot;
      const named: (keyof ReplayFilter)[] = IDENTIFYING.filter((name) => filter[name] !== undefined);
      if (filter.scope !== undefined && scopeNamesOne([base], filter.scope)) named.push("scope");
      // A report is kept with its filter, and reviewers read it.
      if (named.length > 0)
        throw badInput(
          named.map((name) => ({
            path: `input.filter.${name}`,
            message: "must not be said: reviewers read reports, and it would tell whose a pseudonym there is",
          })),
        );
      const applied = await policy.trial(change);
      if (!applied.ok) throw badInput(applied.problems);
      const replay = await between(
        { base, after: applied.snapshot },
        {
          ...by,
          ...(change.kind === "POLICY"
            ? { operations: change.operations }
            : { about: { rollbackTo: change.toRevision } }),
          ...{ filter, mayIdentify: true },
        },
      );
      // From the digest of a report its numbers, which are not for all, could be guessed.
      return { at: clock(), filter, replay, salt: deps.newSecret() };
    },
  };
}
