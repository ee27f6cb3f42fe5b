import { decisionSubject } from "../../decisions/decisionSubject.ts";
import type { DecisionRecord, GrantVerdict, Verdict } from "../../decisions/types.ts";
import { byText } from "../../kernel/sortedInParts.ts";
import { askerOf, concernedBy, Patients, People, personOf } from "../fewPatients.ts";
import { changedAccess } from "./changedAccess.ts";
import { COUNTER_OF, FlipCounts } from "./flipCounts.ts";
import { FlipGroups } from "./flipGroups.ts";
import { openVerdict } from "./openVerdict.ts";
import { replayKind } from "./replayKind.ts";
import {
  type FlipKind,
  REPLAY_DIMENSIONS,
  REPLAY_TOTALS,
  type Replay,
  type ReplayCause,
  type ReplayDimension,
  type ReplaySample,
  type ReplayTotal,
} from "./types.ts";

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

const eachDimension = <Of>(of: (name: ReplayDimension) => Of) =>
  Object.fromEntries(REPLAY_DIMENSIONS.map((name) => [name, of(name)])) as Readonly<Record<ReplayDimension, Of>>;
const eachTotal = <Of>(of: (name: ReplayTotal) => Of) =>
  Object.fromEntries(REPLAY_TOTALS.map((name) => [name, of(name)])) as Readonly<Record<ReplayTotal, Of>>;

/** What is so by the base too, whatever the change is. */
const OF_BASE: ReadonlySet<ReplayTotal> = new Set(["read", "replayed", "notReplayable", "drifted"]);
const isOfChange = (total: ReplayTotal): boolean => !OF_BASE.has(total);

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
  readonly #counts: Record<ReplayTotal, number> = { ...eachTotal(() => 0) };
  readonly #patients = eachTotal(() => new Patients());
  readonly #by = eachDimension(() => new FlipCounts());
  readonly #groups = new FlipGroups();
  readonly #people = new People();
  readonly #samples = new Map<FlipKind, ReplaySample[]>();
  readonly #causes = new Map<string, { cause: Cause; decisions: number; patients: Patients }>();
  #span: readonly [from: number, to: number] | null = null;

  /** @param most samples to show */
  constructor(most: number) {
    this.#most = most;
  }

  #count(total: ReplayTotal, patients: readonly string[], by: string): void {
    this.#counts[total]++;
    this.#patients[total].add(patients, by);
  }

  #reads({ decidedAt: at }: DecisionRecord, patients: readonly string[], by: string): void {
    this.#count("read", patients, by);
    const [from, to] = this.#span ?? [at, at];
    this.#span = [Math.min(from, at), Math.max(to, at)];
  }

  notReplayable(record: DecisionRecord, causes: readonly Cause[]): void {
    const [patients, by] = [concernedBy(record), askerOf(record)];
    this.#reads(record, patients, by);
    this.#count("notReplayable", patients, by);
    for (const cause of causes) {
      const key = JSON.stringify([cause.path, cause.message]);
      const known = this.#causes.get(key) ?? { cause, decisions: 0, patients: new Patients() };
      if (known.decisions === 0 && this.#causes.size === MAX_CAUSES) continue;
      this.#causes.set(key, known);
      known.decisions++;
      known.patients.add(patients);
    }
  }

  add({ after, base, drifted, record }: ThreeColumns): void {
    const [patients, by] = [concernedBy(record), askerOf(record)];
    this.#reads(record, patients, by);
    this.#count("replayed", patients, by);
    if (drifted) this.#count("drifted", patients, by);
    const kind = replayKind(record, base, after);
    if (kind === "SAME") this.#count("same", patients, by);
    else this.#flip(kind, { after, base, drifted, record });
  }

  #flip(kind: FlipKind, { after, base, record }: ThreeColumns): void {
    const { decidedAt: at, id } = record;
    const { clientId, purposeOfUse } = record.request;
    const about = decisionSubject(record);
    const changed = changedAccess(record, base, after);
    const [patients, by] = [concernedBy(record), askerOf(record)];
    this.#count(COUNTER_OF[kind], patients, by);
    const keys = {
      byAction: [about.action],
      byClient: [clientId],
      byPurpose: [purposeOfUse ?? ""],
      byReason: [...new Set(after.reasons.map(({ code }) => code))],
      byResourceType: [about.resourceType],
      byRole: changed.roles,
      byRule: changed.rules,
      byScope: changed.scopes,
    } satisfies Record<ReplayDimension, readonly string[]>;
    for (const name of REPLAY_DIMENSIONS) this.#by[name].add(kind, keys[name], patients, by);
    const person = personOf(record);
    this.#people.add(person);
    this.#groups.add({ id, kind, clientId, about, concerned: patients, person, by, changed, at });
    const samples = this.#samples.get(kind) ?? [];
    this.#samples.set(kind, samples);
    if (samples.length < this.#most)
      samples.push({ decisionId: id, kind, base: openVerdict(base), after: openVerdict(after) });
  }

  done(
    head: Pick<Replay, "base" | "baseRevision" | "complete"> & { readonly asksOfPeople: boolean },
  ): Omit<Replay, "cells"> {
    const sizeOf = (patients: Patients): number => (head.asksOfPeople ? patients.leastOfPeople : patients.size);
    const causes = [...this.#causes.values()].map(({ cause, decisions, patients }) => ({
      ...cause,
      decisions,
      patients: patients.size,
    }));
    return {
      ...head,
      ...this.#counts,
      patients: eachTotal((total) => (isOfChange(total) ? sizeOf(this.#patients[total]) : this.#patients[total].size)),
      ...eachDimension((name) => this.#by[name].list()),
      countsComplete: REPLAY_DIMENSIONS.every((name) => this.#by[name].complete),
      groups: this.#groups.list(sizeOf),
      people: this.#people.size,
      ungrouped: this.#groups.ungrouped,
      ungroupedPatients: sizeOf(this.#groups.ungroupedPatients),
      causes: causes.sort((a, b) => b.decisions - a.decisions || byText(a.path, b.path)),
      samples: inTurns(this.#samples, this.#most),
      from: this.#span?.[0] ?? null,
      to: this.#span?.[1] ?? null,
    };
  }
}
