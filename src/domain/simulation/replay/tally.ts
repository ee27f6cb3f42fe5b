import { decisionSubject } from "../../decisions/decisionSubject.ts";
import type { DecisionRecord, GrantVerdict, Verdict } from "../../decisions/types.ts";
import { byText } from "../../kernel/sortedInParts.ts";
import { changedAccess } from "./changedAccess.ts";
import { COUNTER_OF, FlipCounts } from "./flipCounts.ts";
import { FlipGroups } from "./flipGroups.ts";
import { openVerdict } from "./openVerdict.ts";
import { replayKind } from "./replayKind.ts";
import type { FlipKind, Replay, ReplayCause, ReplaySample } from "./types.ts";

/** Causes that are told apart; the decisions of others are counted all the same. */
const MAX_CAUSES = 100;

/** Why one decision can't be made again. */
export type Cause = Pick<ReplayCause, "message" | "path">;

/** The kinds in the order in which samples are shown, taken in turns. */
const KINDS = Object.keys({
  NEWLY_DENIED: true,
  NEWLY_ALLOWED: true,
  WIDENED: true,
  NARROWED: true,
  OTHER_OBLIGATIONS: true,
} satisfies Record<FlipKind, true>) as readonly FlipKind[];

const DIMENSIONS = ["byClient", "byPurpose", "byResourceType", "byRole", "byRule", "byScope"] as const;
type Dimension = (typeof DIMENSIONS)[number];
const eachDimension = <Of>(of: (name: Dimension) => Of) =>
  Object.fromEntries(DIMENSIONS.map((name) => [name, of(name)])) as Readonly<Record<Dimension, Of>>;

/** Some of each kind, as far as there are. */
function inTurns(samples: ReadonlyMap<FlipKind, readonly ReplaySample[]>, most: number): readonly ReplaySample[] {
  const shown: ReplaySample[] = [];
  for (let i = 0; i < most; i++) for (const kind of KINDS) shown.push(...(samples.get(kind)?.slice(i, i + 1) ?? []));
  return shown.slice(0, most);
}

/** What one decision was, is by the base and would be. */
export interface ThreeColumns {
  readonly record: DecisionRecord;
  readonly base: Verdict | GrantVerdict;
  readonly after: Verdict | GrantVerdict;
  /** Whether the base differs from the record. */
  readonly drifted: boolean;
}

/** Adds up decisions, the newest first, in bounded memory: however many there are, only what is shown is kept. */
export class Tally {
  readonly #most: number;
  readonly #counts = {
    allowToDeny: 0,
    denyToAllow: 0,
    drifted: 0,
    narrowed: 0,
    notReplayable: 0,
    otherObligations: 0,
    same: 0,
    widened: 0,
  };
  readonly #by = eachDimension(() => new FlipCounts());
  readonly #groups = new FlipGroups();
  readonly #samples = new Map<FlipKind, ReplaySample[]>();
  readonly #causes = new Map<string, { cause: Cause; decisions: number }>();
  #span: readonly [from: number, to: number] | null = null;
  read = 0;

  /** @param most samples to show */
  constructor(most: number) {
    this.#most = most;
  }

  #reads({ decidedAt: at }: DecisionRecord): void {
    this.read++;
    const [from, to] = this.#span ?? [at, at];
    this.#span = [Math.min(from, at), Math.max(to, at)];
  }

  notReplayable(record: DecisionRecord, causes: readonly Cause[]): void {
    this.#reads(record);
    this.#counts.notReplayable++;
    for (const cause of causes) {
      const key = JSON.stringify([cause.path, cause.message]);
      const known = this.#causes.get(key);
      if (known !== undefined) known.decisions++;
      else if (this.#causes.size < MAX_CAUSES) this.#causes.set(key, { cause, decisions: 1 });
    }
  }

  add({ after, base, drifted, record }: ThreeColumns): void {
    this.#reads(record);
    if (drifted) this.#counts.drifted++;
    const kind = replayKind(record, base, after);
    if (kind === "SAME") this.#counts.same++;
    else this.#flip(kind, { after, base, drifted, record });
  }

  #flip(kind: FlipKind, { after, base, record }: ThreeColumns): void {
    const { decidedAt: at, id } = record;
    const { clientId, purposeOfUse } = record.request;
    const about = decisionSubject(record);
    const changed = changedAccess(record, base, after);
    this.#counts[COUNTER_OF[kind]]++;
    const keys = {
      byClient: [clientId],
      byPurpose: [purposeOfUse ?? ""],
      byResourceType: [about.resourceType],
      byRole: changed.roles,
      byRule: changed.rules,
      byScope: changed.scopes,
    } satisfies Record<Dimension, readonly string[]>;
    for (const name of DIMENSIONS) this.#by[name].add(kind, keys[name]);
    this.#groups.add({ id, kind, clientId, about, changed, at });
    const samples = this.#samples.get(kind) ?? [];
    this.#samples.set(kind, samples);
    if (samples.length < this.#most)
      samples.push({ decisionId: id, kind, base: openVerdict(base), after: openVerdict(after) });
  }

  done(head: Pick<Replay, "base" | "baseRevision" | "complete">): Omit<Replay, "cells"> {
    const causes = [...this.#causes.values()].map(({ cause, decisions }) => ({ ...cause, decisions }));
    return {
      ...head,
      ...this.#counts,
      read: this.read,
      replayed: this.read - this.#counts.notReplayable,
      ...eachDimension((name) => this.#by[name].list()),
      countsComplete: DIMENSIONS.every((name) => this.#by[name].complete),
      groups: this.#groups.list(),
      ungrouped: this.#groups.ungrouped,
      causes: causes.sort((a, b) => b.decisions - a.decisions || byText(a.path, b.path)),
      samples: inTurns(this.#samples, this.#most),
      from: this.#span?.[0] ?? null,
      to: this.#span?.[1] ?? null,
    };
  }
}
