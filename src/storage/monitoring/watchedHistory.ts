import type { DataSource } from "typeorm";
import type { DecisionRecord } from "../../domain/decisions/types.ts";
import type { Breathe } from "../../domain/kernel/ports.ts";
import type { WatchedHistory } from "../../domain/monitoring/backtest/makeBacktest.ts";
import type { WatchedDecision } from "../../domain/monitoring/watchedDecision.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { ACT_COLUMNS, recordedAct, storedAct } from "../journal/acts.ts";
import { watchedFrom } from "./watchedText.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "Watched decisions can't be read.", error));

/** Positions by which a decision may stand before one that was made earlier: many at once wait for the disk together. */
const OUT_OF_ORDER = 20_000;

/** Decisions as the follower that watches saw them: what it has kept of each, with its record. */
export function createWatchedHistory(deps: {
  readonly lists: DataSource;
  readonly dialect: Dialect;
  readonly giveWay: Breathe;
}): WatchedHistory {
  const { dialect, giveWay, lists } = deps;
  const rows = (statement: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    lists.query<RawRow[]>(withParameters(dialect, statement), [...parameters]).catch(fail);
  const end = async (condition: string, parameters: readonly unknown[], order: "ASC" | "DESC") =>
    (
      await rows(
        `SELECT "position", "at" FROM watched_decision ${condition} ORDER BY "at" ${order} LIMIT 1`,
        parameters,
      )
    )[0];

  return {
    async read({ after, first, from, to }) {
      const [oldest, newest] = [await end('WHERE "at" >= ?', [from], "ASC"), await end('WHERE "at" < ?', [to], "DESC")];
      if (oldest === undefined || newest === undefined) return { items: [], hasNextPage: false };
      // Near the places where the window begins and ends, else each page would look through all that there is.
      const begin = Math.max(after, Number(oldest.position) - OUT_OF_ORDER);
      const found = await rows(
        `SELECT "watched", ${ACT_COLUMNS} FROM watched_decision JOIN journal ON "seq" = "position"
          WHERE "position" > ? AND "position" <= ? AND "at" >= ? AND "at" < ? ORDER BY "position" LIMIT ?`,
        [begin, Number(newest.position) + OUT_OF_ORDER, from, to, first],
      );
      const items: { readonly node: WatchedDecision; readonly key: number }[] = [];
      for (const row of found) {
        await giveWay();
        const act = storedAct(row);
        const record = recordedAct(act).record as DecisionRecord;
        items.push({ node: watchedFrom(String(row.watched), record, act.position), key: act.position });
      }
      return { items, hasNextPage: items.length === first };
    },

    async span() {
      const [oldest, newest] = [await end("", [], "ASC"), await end("", [], "DESC")];
      return oldest === undefined || newest === undefined
        ? null
        : { oldest: Number(oldest.at), newest: Number(newest.at) };
    },
  };
}
