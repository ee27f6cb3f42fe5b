import { rolesOf } from "../callers/permissions.ts";
import type { Identity } from "../callers/types.ts";
import { groupBy } from "../kernel/groupBy.ts";
import type { Clock } from "../kernel/ports.ts";
import type { CaseCode, CaseKind } from "./caseKind.ts";
import { type CaseStep, type CaseSteps, type ViewerMay, viewerMay } from "./steps.ts";

/** Where the cases of a kind are read for its desk. Rejects with POLICY_UNAVAILABLE. */
export interface CaseReader<Case, State extends string> {
  /** Those of these ids that there are, in no order. */
  findAll(ids: readonly string[]): Promise<readonly Case[]>;
  /** In one of these states at `now`, those that are due or end first; at most so many. */
  waiting(query: WaitingQuery<State>): Promise<readonly Case[]>;
  /** How many, counted up to `first`. */
  count(query: WaitingQuery<State>): Promise<number>;
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

/** What of a case an inbox shows. */
export interface CaseTitle {
  /** In words, without its end. */
  readonly title: string;
  /** About whom, as the caller may see them; null: about nobody. */
  readonly subject: { readonly type: string; readonly id: string } | null;
  readonly patient: string | null;
  readonly clientId: string | null;
  readonly severity: "HIGH" | "MEDIUM" | "LOW" | "INFO" | null;
}

/** A case that waits for a step which the caller may take. Times are milliseconds since 1970. */
export interface WaitingCase extends CaseTitle {
  readonly kind: CaseCode;
  /** Of several that are one entry, of what they belong to. */
  readonly id: string;
  /** How many it stands for. */
  readonly count: number;
  readonly since: number;
  /** When it should be done, or ends by itself; null: it has time. */
  readonly due: number | null;
  readonly viewerMay: readonly ViewerMay[];
}

/** A kind of case as doors ask for it, whatever the kind. */
export interface CaseDesk {
  readonly code: CaseCode;
  /** What the caller may do with each of these cases, by their ids; of one that there is not, nothing. */
  viewerMay(caller: Identity, ids: readonly string[]): Promise<ReadonlyMap<string, readonly ViewerMay[]>>;
  /** What waits for the caller, of the first `most` that wait for anybody; and whether more do. */
  inbox(caller: Identity, most: number): Promise<{ readonly cases: readonly WaitingCase[]; readonly more: boolean }>;
  /** At most how many wait for the caller, counted up to `most`, by states, roles and the columns of persons alone. */
  toDo(caller: Identity, most: number): Promise<number>;
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
  /** Absent: none waits for anybody. */
  readonly titleOf?: (shown: Case, facts: Facts) => CaseTitle;
  /** What several cases are one entry of, by its id; absent: each is one. */
  readonly entryOf?: (of: Case) => string;
  /** Whose wait for the caller; null: none; absent: whoever's. */
  readonly waitingOf?: (caller: Identity) => WaitingOf | null;
  readonly clock: Clock;
}): CaseDesk {
  const { clock, factsOf, kind, reader, steps, titleOf = withoutTitle, waitingOf = () => ({}) } = deps;
  const { entryOf = ({ id }) => id, shown = async (_, cases) => cases } = deps;
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

  return {
    code: kind.code,
    async viewerMay(caller, ids) {
      const [found, now] = [await reader.findAll(ids), clock()];
      const facts = await factsOf(found, caller);
      return new Map(found.map((of) => [of.id, viewerMay(steps, caller, { kind, of, facts: facts(of), now })]));
    },
    async inbox(caller, most) {
      const query = queryOf(caller, most + 1);
      if (query === null) return { cases: [], more: false };
      const found = await reader.waiting(query);
      const facts = await factsOf(found, caller);
      const mine = found.slice(0, most).flatMap((each) => {
        const may = viewerMay(steps, caller, { kind, of: each, facts: facts(each), now: query.now });
        return may.some(({ allowed, isAwaited, needs }) => isAwaited && (allowed || needs !== null))
          ? [{ each, may }]
          : [];
      });
      const entries = [...groupBy(mine, ({ each }) => entryOf(each)).values()].flatMap((all) =>
        all.slice(0, 1).map((first) => ({ ...first, count: all.length })),
      );
      const seen = await shown(
        caller,
        entries.map(({ each }) => each),
      );
      const cases = entries.map(({ count, each, may }, i): WaitingCase => {
        const { dueAt, endsAt, openedAt } = kind.rowOf(each);
        return {
          ...titleOf(seen[i] ?? each, facts(each)),
          ...{ kind: kind.code, id: entryOf(each), count, since: openedAt, due: dueAt ?? endsAt, viewerMay: may },
        };
      });
      return { cases, more: found.length > most };
    },
    async toDo(caller, most) {
      const query = queryOf(caller, most);
      return query === null ? 0 : reader.count(query);
    },
  };
}
