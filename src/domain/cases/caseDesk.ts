import { rolesOf } from "../callers/permissions.ts";
import type { Identity } from "../callers/types.ts";
import { hashOf } from "../kernel/persistentMap.ts";
import type { Breathe, Clock } from "../kernel/ports.ts";
import { type CaseCode, type CaseKind, stateAt } from "./caseKind.ts";
import { type CaseStep, type CaseSteps, type ViewerMay, viewerMay } from "./steps.ts";
import {
  type CaseRank,
  type CaseSeverity,
  type CaseTitle,
  createWaitingLine,
  type Urgency,
  type WaitingLine,
} from "./waitingLine.ts";

/** Where the cases of a kind are read for its desk. Rejects with POLICY_UNAVAILABLE. */
export interface CaseReader<Case, State extends string> {
  /** Those of these ids that there are, in no order. */
  findAll(ids: readonly string[]): Promise<readonly Case[]>;
  /** In one of these states at `now`, the most urgent first, all behind `after`; at most so many. */
  waiting(query: WaitingQuery<State> & { readonly after: Case | null }): Promise<readonly Case[]>;
  /** How many, counted up to `first`. */
  count(query: WaitingQuery<State>): Promise<number>;
  /** How many were decided at `since` or later, counted up to `first`. */
  countDecided(query: { readonly since: number; readonly first: number; readonly of: WaitingOf }): Promise<number>;
}

export interface WaitingQuery<State extends string> {
  readonly states: readonly State[];
  readonly now: number;
  readonly first: number;
  readonly of: WaitingOf;
}

/** Whose cases wait for a caller, as far as the columns of persons tell; what is absent is not asked. */
export interface WaitingOf {
  /** About this subject. */
  readonly subject?: { readonly type: string | null; readonly id: string };
  /** Opened by this caller. */
  readonly openedBy?: string;
  /** Not opened by this caller. */
  readonly notOpenedBy?: string;
}

/** A kind of case as doors ask for it, whatever the kind. */
export interface CaseDesk {
  readonly code: CaseCode;
  /** What the caller may do with each of these cases, by their ids; of one that there is not, nothing. */
  viewerMay(caller: Identity, ids: readonly string[]): Promise<ReadonlyMap<string, readonly ViewerMay[]>>;
  /** What differs as soon as the case does for the caller; null: there is none, or no role of theirs takes a step of its kind. It names nobody. */
  version(caller: Identity, id: string): Promise<string | null>;
  /** What waits for the caller, the most urgent first, of the first `most` that wait for anybody; null: nothing of that kind. */
  waitingFor(caller: Identity, most: number, breathe: Breathe): WaitingLine | null;
  /** How many entries wait for the caller, as `waitingFor` has them, counted up to `first`; `first`, too, where more cases wait than are looked at. */
  toDo(caller: Identity, of: { readonly first: number; readonly most: number }, breathe: Breathe): Promise<number>;
  /** How many of those that wait for the caller as long as they are open were decided since then, by whomever; counted up to `most`. */
  doneSince(caller: Identity, since: number, most: number): Promise<number>;
}

function withoutTitle(): never {
  throw new Error("A case of a kind that waits for nobody stands in an inbox.");
}

export function createCaseDesk<Case extends { readonly id: string }, State extends string, Facts>(deps: {
  readonly kind: Omit<CaseKind<Case, State>, "caseOf">;
  readonly steps: CaseSteps<string, Case, State, Facts>;
  readonly reader: CaseReader<Case, State>;
  /** What must be known of each to say whether the caller may take which step, read for all at once. */
  readonly factsOf: (cases: readonly Case[], caller: Identity) => Promise<(of: Case) => Facts>;
  /** As the caller may see them, in their order; absent: as they are. */
  readonly shown?: (caller: Identity, cases: readonly Case[]) => Promise<readonly Case[]>;
  /** Absent: it is not said of its kind; nor is the next. */
  readonly severityOf?: (of: Case) => CaseSeverity | null;
  readonly rankOf?: (of: Case) => CaseRank | null;
  /** Absent: none waits for anybody. */
  readonly titleOf?: (shown: Case, facts: Facts) => CaseTitle;
  /** What several cases are one entry of, by its id; absent: each is one. */
  readonly entryOf?: (of: Case) => string;
  /** Whose wait for the caller; null: none; absent: whoever's. */
  readonly waitingOf?: (caller: Identity) => WaitingOf | null;
  readonly clock: Clock;
}): CaseDesk {
  const { clock, factsOf, kind, reader, steps, titleOf = withoutTitle, waitingOf = () => ({}) } = deps;
  const {
    entryOf = ({ id }) => id,
    rankOf = () => null,
    severityOf = () => null,
    shown = async (_, cases) => cases,
  } = deps;
  /** In which states a case waits for a step that a role of the caller may take. */
  function awaitedIn(caller: Identity): readonly State[] {
    const mine = ({ field, isAwaited }: CaseStep<Case, State, Facts>): boolean =>
      isAwaited !== undefined && rolesOf(field).some((role) => caller.roles.has(role));
    return [...new Set(Object.values(steps).flatMap((step) => (mine(step) ? step.from : [])))];
  }
  function queryOf(caller: Identity, first: number): WaitingQuery<State> | null {
    const [states, whose] = [awaitedIn(caller), waitingOf(caller)];
    return states.length === 0 || whose === null ? null : { states, now: clock(), first, of: whose };
  }
  function urgencyOf(of: Case): Urgency {
    const { dueAt, endsAt, openedAt } = kind.rowOf(of);
    return { id: entryOf(of), since: openedAt, due: dueAt ?? endsAt, severity: severityOf(of) };
  }

  function waitingFor(caller: Identity, most: number, breathe: Breathe): WaitingLine | null {
    const query = queryOf(caller, most);
    if (query === null) return null;
    const line = {
      ...{ breathe, urgencyOf },
      read: (after: Case | null, first: number) => reader.waiting({ ...query, after, first }),
      count: (first: number) => reader.count({ ...query, first }),
      factsOf: (cases: readonly Case[]) => factsOf(cases, caller),
      mayOf: (of: Case, facts: Facts) => viewerMay(steps, caller, { kind, of, facts, now: query.now }),
    };
    return createWaitingLine<Case, Facts>(
      {
        ...line,
        async show(entries) {
          const firsts = entries.map(({ first }) => first);
          const seen = await shown(caller, firsts);
          return entries.map(({ count, facts, first, viewerMay: may }, i) => ({
            ...titleOf(seen[i] ?? first, facts),
            ...{ ...urgencyOf(first), kind: kind.code, rank: rankOf(first), count, viewerMay: may },
          }));
        },
      },
      most,
    );
  }

  return {
    code: kind.code,
    async viewerMay(caller, ids) {
      const [found, now] = [await reader.findAll(ids), clock()];
      const facts = await factsOf(found, caller);
      return new Map(found.map((of) => [of.id, viewerMay(steps, caller, { kind, of, facts: facts(of), now })]));
    },
    async version(caller, id) {
      const [[of], now] = [await reader.findAll([id]), clock()];
      if (of === undefined) return null;
      const facts = (await factsOf([of], caller))(of);
      const may = viewerMay(steps, caller, { kind, of, facts, now });
      const row = kind.rowOf(of);
      const { dueAt, endsAt, isOver } = row;
      // How much is said, not what: of a hash of texts and ids one could try which they are.
      const size = JSON.stringify(of).length;
      // A sign-in that grows old changes nothing of the case.
      const taken = may.map(({ action, allowed, needs }) => [action, allowed || needs !== null]);
      const seen = [stateAt(kind, row, now), row.decided?.at ?? null, dueAt, endsAt, isOver, taken, size];
      return may.length === 0 ? null : (hashOf(JSON.stringify(seen)) >>> 0).toString(36);
    },
    waitingFor,
    async toDo(caller, { first, most }, breathe) {
      const line = waitingFor(caller, most, breathe);
      if (line === null) return 0;
      for (let found = 0; found < first; found++)
        if ((await line.next()) === null) return (await line.behind(found)).isMore ? first : found;
      return first;
    },
    async doneSince(caller, since, most) {
      const query = queryOf(caller, most);
      return query === null ? 0 : reader.countDecided({ since, first: most, of: query.of });
    },
  };
}
