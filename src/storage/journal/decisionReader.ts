import type { DataSource } from "typeorm";
import { countedAs, countsAlone } from "../../domain/decisions/countedAs.ts";
import type { DecisionFilter, DecisionReader, DecisionRecord } from "../../domain/decisions/types.ts";
import type { Answered } from "../../domain/kernel/journal.ts";
import type { Breathe, MonotonicClock } from "../../domain/kernel/ports.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, type PreparedReads, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageBudget } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { decodeDecision, RECORD_COLUMNS } from "./decisionRow.ts";
import { COUNTS_ALONE, createDecisionSearch, type LeftOff } from "./decisionSearch.ts";
import { createOfOneIndex, type NoteDamaged } from "./ofOneIndex.ts";
import { recordsAt } from "./recordsAt.ts";
import { createSearchIndex, type ReadDecision } from "./search/searchIndex.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));

/** Records that one lookup reads by their ids. */
const AT_ONCE = 20;
const DECISION = `"kind" = 'DECISION'`;

export interface StoredDecisions extends DecisionReader {
  findByRequestId(callerId: string, requestId: string): Promise<Answered<DecisionRecord> | null>;
}

/**
 * Reads the journal. Lists may scan long, and have connections of their own: a lookup, on which a caller with a
 * request id waits, must not wait for them. What is searched for, the index finds, and the journal itself what is newer;
 * a lookup or an unfiltered list needs no index.
 */
export function createDecisionReader({
  reads,
  lists,
  listReads,
  dialect,
  untilIndexed,
  giveWay,
  now,
  part,
  damaged = async () => undefined,
}: {
  /** For what a caller waits for. */
  readonly reads: Pick<PreparedReads, "rows">;
  readonly lists: DataSource;
  /** On these connections. */
  readonly listReads: Pick<PreparedReads, "rows">;
  readonly dialect: Dialect;
  /** Ends when the index is as far as the journal was, or after two seconds. */
  readonly untilIndexed: () => Promise<unknown>;
  readonly giveWay: Breathe;
  readonly now: MonotonicClock;
  /** Records of one statement; absent: few, as decisions wait for it. */
  readonly part?: number;
  /** Absent: nobody can note it. */
  readonly damaged?: NoteDamaged;
}): StoredDecisions {
  async function only(condition: string, texts: readonly string[]): Promise<Answered<DecisionRecord> | null> {
    if (!texts.every(isStorable)) return null;
    const sql = `SELECT ${RECORD_COLUMNS}, "request_turn" FROM journal WHERE ${condition}`;
    const [row] = await reads.rows(withParameters(dialect, sql), texts).catch(fail);
    return row === undefined ? null : { record: decodeDecision(row), turn: Number(row.request_turn) };
  }

  const BY_ID = withParameters(
    dialect,
    `SELECT ${RECORD_COLUMNS} FROM journal WHERE ${DECISION} AND ${dialect.amongTexts('"id"', "?")}`,
  );
  const read = (text: string, values: readonly unknown[]): Promise<readonly RawRow[]> =>
    listReads.rows(withParameters(dialect, text), values).catch(fail);
  const index = createSearchIndex({ lists, listReads, dialect, giveWay, untilIndexed });
  const search = createDecisionSearch({ index, giveWay, now, part });
  const { again } = createOfOneIndex(read, damaged);

  /** The decisions before a position, whatever they are, while there is room for more. */
  async function newest(
    { before, parts }: { readonly before: number | null; readonly parts: boolean },
    most: number,
    take: (found: ReadDecision) => boolean,
  ): Promise<null> {
    const reading = { dialect, rows: read, giveWay, ...(part !== undefined && { part }) };
    // What the index has not yet is judged by its record.
    const counting = parts
      ? ""
      : `AND NOT EXISTS (SELECT 1 FROM decision_index AS d WHERE d."seq" = journal."seq" AND NOT d.${COUNTS_ALONE})`;
    const sql = `SELECT "seq" FROM journal WHERE ${DECISION} ${counting} AND "seq" < ? ORDER BY "seq" DESC LIMIT ?`;
    for (let below = before ?? Number.MAX_SAFE_INTEGER; ; ) {
      const found = (await read(sql, [below, most])).map(({ seq }) => Number(seq));
      for await (const each of recordsAt(found, reading))
        if ((parts || countsAlone(countedAs(each.record))) && !take(each)) return null;
      if (found.length < most) return null;
      below = found.at(-1) ?? 0;
      await giveWay();
    }
  }

  return {
    decision: async (id) => (await only(`${DECISION} AND "id" = ?`, [id]))?.record ?? null,
    async decisionsById(ids) {
      const found = new Map<string, DecisionRecord>();
      const sought = [...new Set(ids)].filter(isStorable);
      for (let at = 0; at < sought.length; at += AT_ONCE) {
        await giveWay();
        const some = sought.slice(at, at + AT_ONCE);
        for (const row of await reads.rows(BY_ID, [dialect.texts(some)]).catch(fail)) {
          const record = decodeDecision(row);
          found.set(record.id, record);
        }
      }
      return found;
    },
    findByRequestId: (callerId, requestId) =>
      only('"caller_id" = ? AND "request_id" = ? ORDER BY "request_turn" DESC LIMIT 1', [callerId, requestId]),
    async decisions({ filter, page, parts: asked }) {
      const given = Object.fromEntries(
        Object.entries(filter).filter(([, value]) => value !== undefined && value !== null),
      ) as DecisionFilter;
      if (!Object.values(given).every((value) => typeof value !== "string" || isStorable(value))) return noPage();
      const parts = asked ?? (given.partOf ?? given.resourceId) !== undefined;
      let items: { readonly node: DecisionRecord; readonly key: number }[] = [];
      let hasMore = false;
      /** A page ends where it has enough, or takes too much, and something follows. */
      const pageBefore = (): ((found: ReadDecision) => boolean) => {
        items = [];
        hasMore = false;
        const hasRoom = pageBudget();
        let isFull = false;
        return ({ position, record, row }) => {
          hasMore = isFull;
          if (isFull) return false;
          items.push({ node: record, key: position });
          isFull = !hasRoom(row) || items.length === page.first;
          return true;
        };
      };
      const isSearch = Object.keys(given).length > 0;
      const left: LeftOff | null = await (isSearch
        ? again(() => search(given, { before: page.after, parts }, pageBefore()))
        : newest({ before: page.after, parts }, page.first + 1, pageBefore()));
      if (left === null) return { items, hasNextPage: hasMore };
      return { items, hasNextPage: true, reached: left.position, ...(left.at !== null && { searchedTo: left.at }) };
    },
  };
}
