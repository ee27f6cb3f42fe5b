import type { DataSource } from "typeorm";
import type { CaseReader, WaitingOf, WaitingQuery } from "../../domain/cases/caseDesk.ts";
import type { CaseKind } from "../../domain/cases/caseKind.ts";
import { type CasePage, type CasePageRequest, MOST_COUNTED } from "../../domain/cases/casePages.ts";
import { conflict, type ScopewardenError } from "../../domain/kernel/errors.ts";
import type { Act } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type PreparedReads, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageOfRows } from "../database/select.ts";
import { isStorable, requireIndexable } from "../database/text.ts";
import { createStepWriter, type StepDeps } from "../journal/stepWriter.ts";
import { among, and, boundIn, type CaseChange, type Condition, createCaseSql, is } from "./caseSql.ts";

/** The sources that cases are read from, and what writes them. */
export type CaseDeps = StepDeps & {
  readonly source: DataSource;
  /** For what is looked up: few statements, each prepared once. */
  readonly reads: Pick<PreparedReads, "rows">;
  /** For lists, which may take long. */
  readonly lists: DataSource;
};

interface CaseQuery<State extends string> {
  readonly where: readonly Condition[];
  /** Absent: in any. */
  readonly states?: readonly State[] | undefined;
  /** When the states are to be; without them it does not matter. */
  readonly now?: number;
  readonly page: CasePageRequest;
}

type WrittenStep<Case, State extends string> = CaseChange<Case, State> & {
  readonly event: string;
  readonly author: string;
  /** Absent: as the case tells it. */
  readonly act?: Act;
};

/** Cases of one kind, as they are read. All reject with POLICY_UNAVAILABLE. */
export interface CaseReads<Case extends { readonly id: string }, State extends string> extends CaseReader<Case, State> {
  find(id: string): Promise<Case | null>;
  page(query: CaseQuery<State>): Promise<CasePage<Case>>;
  /** How many. */
  countOf(query: Omit<CaseQuery<State>, "page" | "where"> & Partial<Pick<CaseQuery<State>, "where">>): Promise<number>;
  readonly inBody: ReturnType<typeof createCaseSql<Case, State>>["inBody"];
  /** What is looked up for a decision or a page; `more` is the end of the statement. */
  look(where: readonly Condition[], more?: string): Promise<readonly Case[]>;
}

/**
 * Each write is one transaction with its act on record, and may be run again without harm. All reject with POLICY_UNAVAILABLE; writes also
 * with UNAUTHENTICATED where the key of their author is out of force.
 */
interface CaseStore<Case extends { readonly id: string }, State extends string> extends CaseReads<Case, State> {
  /** `before` runs first in the transaction. @throws ScopewardenError CONFLICT where another one has its slot */
  open(of: Case, before?: (run: RunSql) => Promise<void>): Promise<void>;
  /** @throws ScopewardenError CONFLICT where it is in another state by now */
  step(id: string, step: WrittenStep<Case, State>): Promise<void>;
}

const failOf =
  ({ noun }: { readonly noun: string }) =>
  (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("POLICY_UNAVAILABLE", `No ${noun.toLowerCase()} can be read or written.`, error));

export function createCaseReads<Case extends { readonly id: string }, State extends string>(
  { dialect, lists, reads, source }: CaseDeps,
  kind: CaseKind<Case, State>,
): CaseReads<Case, State> {
  const sql = (statement: string): string => withParameters(dialect, statement);
  const cases = createCaseSql(dialect, kind);
  const fail = failOf(kind);
  const areStorable = (conditions: readonly Condition[]): boolean =>
    boundIn(conditions).every((value) => typeof value !== "string" || isStorable(value));
  const look = async (where: readonly Condition[], more: string): Promise<readonly Case[]> => {
    if (!areStorable(where)) return [];
    const rows = () => reads.rows(sql(`${cases.select}${and(where)} ${more}`), boundIn(where));
    return (await answerWithin(LOOKUP_MS, rows).catch(fail)).map(cases.caseOf);
  };

  async function count(where: readonly Condition[], most: number | null): Promise<number> {
    if (!areStorable(where)) return 0;
    const some = `SELECT 1 FROM case_file WHERE ${cases.of}${and(where)}${most === null ? "" : ` LIMIT ${most}`}`;
    const rows = () =>
      source.query<RawRow[]>(sql(`SELECT COUNT(*) AS "n" FROM (${some}) AS counted`), [...boundIn(where)]);
    return Number((await answerWithin(LOOKUP_MS, rows).catch(fail))[0]?.n);
  }
  const whereOf = ({ notOpenedBy, openedBy, subject }: WaitingOf): readonly Condition[] => [
    ...is("subject_id", subject?.id),
    ...is("subject_type", subject?.type ?? undefined),
    ...is("opened_by", openedBy),
    ...(notOpenedBy === undefined ? [] : [['"opened_by" <> ?', notOpenedBy] as const]),
  ];
  // What is decided waits for nobody: so the index says.
  const waitingWhere = ({ now, of, states }: WaitingQuery<State>): readonly Condition[] => [
    ...[['"decided_at" IS NULL'] as const, cases.inStates(states, now)],
    ...whereOf(of),
  ];

  return {
    async findAll(ids) {
      const storable = [...new Set(ids)].filter(isStorable);
      return storable.length === 0 ? [] : look([among(dialect, '"id"', storable)], "");
    },
    async waiting({ after, ...query }) {
      const where = [...waitingWhere(query), ...(after === null ? [] : [cases.lessUrgentThan(after)])];
      if (!areStorable(where)) return [];
      const statement = sql(`${cases.select}${and(where)} ORDER BY ${cases.urgent} LIMIT ?`);
      // With the lists: what decisions look up waits for no inbox.
      return (await lists.query<RawRow[]>(statement, [...boundIn(where), query.first]).catch(fail)).map(cases.caseOf);
    },
    count: (query) => count(waitingWhere(query), query.first),
    countDecided: ({ first, of, since }) => count([['"decided_at" >= ?', since], ...whereOf(of)], first),
    countOf: ({ now = 0, states, where = [] }) =>
      count([...where, ...(states === undefined ? [] : [cases.inStates(states, now)])], null),
    inBody: cases.inBody,
    find: async (id) => (await look([['"id" = ?', id]], ""))[0] ?? null,
    look: (where, more = "") => look(where, more),
    async page({ now = 0, page: { after, first, orderBy = "NEWEST" }, states, where }) {
      const all = [...where, ...(states === undefined ? [] : [cases.inStates(states, now)])];
      const conditions = [...all, ...(after === null ? [] : [cases.after(after, orderBy)])];
      const total = (): Promise<number> => count(all, MOST_COUNTED);
      if (!areStorable(conditions)) return { ...noPage(), total: async () => 0 };
      const statement = sql(`${cases.select}${and(conditions)} ORDER BY ${cases.order(orderBy)} LIMIT ?`);
      const rows = await lists.query<RawRow[]>(statement, [...boundIn(conditions), first + 1]).catch(fail);
      const itemOf = (raw: RawRow) => ({ node: cases.caseOf(raw), key: cases.keyOf(raw, orderBy) });
      return { ...pageOfRows(rows, { first, itemOf }), total };
    },
  };
}

export function createCaseStore<Case extends { readonly id: string }, State extends string>(
  deps: CaseDeps,
  kind: CaseKind<Case, State>,
  says: {
    /** The act of its last step. */
    actOf(of: Case): Act;
    /** What is refused where one stands in its slot; absent: its kind has no slots. */
    readonly standing?: (other: Case) => ScopewardenError;
  },
): CaseStore<Case, State> {
  const { code, noun } = kind;
  const step = createStepWriter(deps);
  const cases = createCaseSql(deps.dialect, kind);
  const fail = failOf(kind);
  const actId = (id: string, event: string): string =>
    `${code.toLowerCase().replaceAll("_", "-")}:${id}:${event.toLowerCase()}`;
  /** Two at once in one slot: the second finds the first, and names it. */
  const takeTurn =
    deps.dialect.name === "postgres" ? withParameters(deps.dialect, "SELECT pg_advisory_xact_lock(hashtext(?))") : null;

  return {
    ...createCaseReads(deps, kind),
    open(of, before) {
      const { openedAt, openedBy, slot } = kind.rowOf(of);
      if (slot !== null) requireIndexable(slot, `what makes it the only ${noun.toLowerCase()} of its kind`);
      return step({
        author: openedBy.callerId,
        actId: says.actOf(of).id,
        async work(run) {
          await cases.lapse(run, openedAt);
          await before?.(run);
          if (slot !== null) {
            if (takeTurn !== null) await run(takeTurn, [`${code}:${slot}`]);
            const [other] = await cases.rows(run, [['"slot" = ? AND NOT "is_over"', slot]]);
            if (other !== undefined) throw says.standing?.(other) ?? conflict(`${noun} ${other.id} stands already.`);
          }
          await cases.insert(run, of);
          return says.actOf(of);
        },
      }).catch(fail);
    },
    step: (id, { act, author, event, ...change }) =>
      step({
        author,
        actId: act?.id ?? actId(id, event),
        async work(run) {
          const next = await cases.take(run, id, change);
          return act ?? says.actOf(next);
        },
      }).catch(fail),
  };
}
