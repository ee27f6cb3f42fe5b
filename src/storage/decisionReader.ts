import type { DataSource } from "typeorm";
import type { DecisionFilter, DecisionReader, DecisionRecord } from "../domain/decisions/types.ts";
import type { RawRow } from "./connection.ts";
import { decisionRecord, recordColumns, SEQ } from "./decisionTable.ts";
import type { Dialect } from "./dialect.ts";
import { decisionEntity } from "./entities.ts";
import { asUnavailable } from "./faults.ts";
import { noPage, pageOf, type Query, rowsOf, select } from "./reader.ts";
import { isStorable } from "./text.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));

function narrow(query: Query, dialect: Dialect, filter: DecisionFilter): void {
  const { reason, from, to, ...equal } = filter;
  if (reason !== undefined) query.andWhere(dialect.contains("r.reasonCodes", ":reason"), { reason: `|${reason}|` });
  if (from !== undefined) query.andWhere("r.decidedAt >= :from", { from });
  if (to !== undefined) query.andWhere("r.decidedAt < :to", { to });
  for (const [property, value] of Object.entries(equal)) {
    if (value !== undefined) query.andWhere(`r.${property} = :${property}`, { [property]: value });
  }
}

export interface StoredDecisions extends DecisionReader {
  findByRequestId(callerId: string, requestId: string): Promise<DecisionRecord | null>;
}

/**
 * Reads the journal. Lists may scan long, and have connections of their own: a lookup, on which a caller with a
 * request id waits, must not wait for them.
 */
export function createDecisionReader({
  lookups,
  lists,
  dialect,
}: {
  readonly lookups: DataSource;
  readonly lists: DataSource;
  readonly dialect: Dialect;
}): StoredDecisions {
  async function only(texts: readonly string[], narrowed: (query: Query) => Query): Promise<DecisionRecord | null> {
    if (!texts.every(isStorable)) return null;
    const [row] = await rowsOf(narrowed(select(lookups, decisionEntity, recordColumns))).catch(fail);
    return row === undefined ? null : decisionRecord(row);
  }

  return {
    decision: (id) => only([id], (query) => query.where("r.id = :id", { id })),
    findByRequestId: (callerId, requestId) =>
      only([callerId, requestId], (query) =>
        query.where("r.callerId = :callerId AND r.requestId = :requestId", { callerId, requestId }),
      ),
    async decisions({ filter, page }) {
      const given = Object.fromEntries(
        Object.entries(filter).filter(([, value]) => value !== undefined && value !== null),
      ) as DecisionFilter;
      if (!Object.values(given).every((value) => typeof value !== "string" || isStorable(value))) return noPage();
      const query = select(lists, decisionEntity, [SEQ, ...recordColumns]).orderBy("r.seq", "DESC");
      if (page.after !== null) query.andWhere("r.seq < :after", { after: page.after });
      narrow(query, dialect, given);
      const itemOf = (row: RawRow) => ({ node: decisionRecord(row), key: Number(row[SEQ.name]) });
      return pageOf(query, { first: page.first, itemOf }).catch(fail);
    },
  };
}
