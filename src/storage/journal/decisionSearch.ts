import type { DecisionFilter } from "../../domain/decisions/types.ts";
import type { Breathe, MonotonicClock } from "../../domain/kernel/ports.ts";
import { recordsAt } from "./recordsAt.ts";
import { indexedDecision, isOneOf, textOfFilter } from "./search/indexedDecision.ts";
import type { Span } from "./search/monthTables.ts";
import { type Part, type ReadDecision, type SearchIndex, withAside } from "./search/searchIndex.ts";
import { MARK } from "./search/searchMonths.ts";
import { tokensOfFilter } from "./search/tokens.ts";

/** How long a search goes on for one page: what no two decisions share is looked for in all months. */
const SEARCH_MS = 200;
/** Positions of one statement, of a search by a time alone. */
const AT_ONCE = 200;

/** Of a row of the index: it is an access, or a denial, of its own. */
export const COUNTS_ALONE = `"outcome" IN ('ALLOW', 'DENY')`;

/** Where a search left off for want of time: what is at or after that position has been looked at, down to about that time. */
export interface LeftOff {
  readonly position: number;
  readonly at: number | null;
}

/**
 * Finds the newest decisions of a filter, and hands over each while `take` says that there is room for more: what is not in the index yet is
 * read from the journal, then month after month of the index. Each is compared with the filter by its own record, as a token may be that of
 * another value. Answers with where the time was up; null: there is no more, or no more was wanted.
 */
export function createDecisionSearch({
  giveWay,
  index,
  now,
  part,
}: {
  readonly index: SearchIndex;
  readonly giveWay: Breathe;
  readonly now: MonotonicClock;
  /** Records of one statement; absent: few, as decisions wait for it. */
  readonly part?: number | undefined;
}) {
  const { dialect, rows } = index;
  const reading = { dialect, rows, giveWay, ...(part !== undefined && { part }) };

  /** What was decided in a window, without tokens. */
  async function* ofTime({ from, to }: DecisionFilter, spans: readonly Span[]): AsyncGenerator<Part> {
    const sql = `SELECT "seq" FROM decision_index WHERE "seq" > ? AND "seq" <= ? AND "decided_at" >= ? AND "decided_at" < ? ORDER BY "seq" DESC LIMIT ?`;
    const window = [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER];
    for (const { after, until } of spans)
      for (let top = until; top > after; ) {
        if (top < until) await giveWay();
        const positions = (await rows(sql, [after, top, ...window, AT_ONCE])).map(({ seq }) => Number(seq));
        top = positions.length < AT_ONCE ? after : (positions.at(-1) ?? 0) - 1;
        yield { positions, down: top };
      }
  }

  /** Of a search of fifty there are fifty that count as no access of their own: their records need not be read. */
  async function* countingAlone(found: AsyncIterable<Part>): AsyncGenerator<Part> {
    for await (const { down, positions } of found) {
      if (positions.length === 0) {
        yield { down, positions };
        continue;
      }
      const marks = positions.map(() => "?").join(", ");
      const sql = `SELECT "seq" FROM decision_index WHERE "seq" IN (${marks}) AND ${COUNTS_ALONE} ORDER BY "seq" DESC`;
      yield { down, positions: (await rows(sql, positions)).map(({ seq }) => Number(seq)) };
    }
  }

  async function leftOff(position: number): Promise<LeftOff> {
    const sql = 'SELECT "last_at" FROM search_mark WHERE "mark" <= ? ORDER BY "mark" DESC LIMIT 1';
    const [row] = await rows(sql, [Math.floor(position / MARK)]);
    return { position: position + 1, at: row === undefined ? null : Number(row.last_at) };
  }

  return async function search(
    filter: DecisionFilter,
    { before, parts }: { readonly before: number | null; readonly parts: boolean },
    take: (found: ReadDecision) => boolean,
  ): Promise<LeftOff | null> {
    const since = now();
    const isWanted = isOneOf(filter, parts);
    const isMatch = ({ position, record }: ReadDecision): boolean => isWanted(indexedDecision(record, position));
    const { aside, end, indexed, months, secret } = await index.state(before);
    for await (const { records } of index.unindexed({ after: indexed, until: end }, textOfFilter(filter)))
      for (const read of records) if (isMatch(read) && !take(read)) return null;
    const tokens = tokensOfFilter(secret, filter, parts);
    const spans = await index.spans(filter, indexed);
    const found = tokens.length === 0 ? ofTime(filter, spans) : index.withAll(tokens, { months, spans });
    for await (const { down, positions } of withAside(parts ? found : countingAlone(found), aside)) {
      for await (const read of recordsAt(positions, reading)) {
        if (isMatch(read) && !take(read)) return null;
      }
      const isMore = spans.some(({ after }) => after < down);
      if (isMore && now() - since >= SEARCH_MS) return leftOff(down);
    }
    return null;
  };
}
