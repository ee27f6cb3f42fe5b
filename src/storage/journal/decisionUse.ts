import type { DataSource } from "typeorm";
import type { UsageReader } from "../../domain/audit/usage.ts";
import type { AccessRecord } from "../../domain/decisions/types.ts";
import type { Breathe } from "../../domain/kernel/ports.ts";
import { byText, sortedInParts } from "../../domain/kernel/sortedInParts.ts";
import type { ClientUse } from "../../domain/policy/use.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { isStorable } from "../database/text.ts";
import type { UntilIndexed } from "./decisionIndex.ts";
import { recordsAt } from "./recordsAt.ts";
import { countedAt, STARTS, scopeKey, scopesIn, type UseWindow, windowFrom } from "./scopeUse.ts";

/** As the partial indexes say it, to the letter: else they would not serve. */
const USED = `"kind" = 'ACCESS' AND "outcome" = 'ALLOW'`;
/** The few answers that rest on more scopes than the one in `scope`. */
const MORE = '"more_scopes" IS NOT NULL';
/** Clients, or uses, of one statement. */
const CLIENTS_A_STATEMENT = 500;
/** Positions of one statement: taking them over keeps decisions waiting. */
const POSITIONS_A_STATEMENT = 500;

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));

const marksOf = (values: readonly unknown[]): string => values.map(() => "?").join(", ");

/** Of one client and one scope, as it is kept: ever. */
interface KeptUse {
  readonly id: number;
  readonly clientId: string;
  readonly scope: string;
  readonly scopeKey: string;
  readonly lastUsedAt: number;
}
const keptUse = (row: RawRow): KeptUse => ({
  id: Number(row.id),
  clientId: String(row.client_id),
  scope: String(row.scope),
  scopeKey: String(row.scope_key),
  lastUsedAt: Number(row.last_used_at),
});
const KEPT = '"id", "client_id", "scope", "scope_key", "last_used_at"';

const keyOfUse = (clientId: unknown, scope: unknown): string => JSON.stringify([clientId, scope]);

/**
 * Answers questions about use once the journal's index has all of it: from what is counted by the hour and the day, and of the hour in
 * which a window begins from the decisions, each by an index made for it.
 */
export function createUsageReader({
  source,
  dialect,
  untilIndexed,
  giveWay,
}: {
  readonly source: DataSource;
  readonly dialect: Dialect;
  readonly untilIndexed: UntilIndexed;
  readonly giveWay: Breathe;
}): UsageReader {
  async function caughtUp(): Promise<void> {
    await giveWay();
    await untilIndexed().catch(fail);
  }
  async function rows(sql: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> {
    return source.query<RawRow[]>(withParameters(dialect, sql), [...parameters]).catch(fail);
  }

  /** The hours and days of a window that have uses, as JSON. */
  async function startsOf({ days, hours }: UseWindow): Promise<string> {
    const found = await rows(STARTS, [hours.from, hours.to, hours.to, days.from]);
    return JSON.stringify(found.map(({ grain, start }) => [grain, Number(start)]));
  }

  /** How often each was made in whole hours and days, by its id. */
  async function counted(uses: readonly KeptUse[], starts: string): Promise<ReadonlyMap<number, number>> {
    if (uses.length === 0) return new Map();
    const ids = uses.map(({ id }) => id);
    const found = await rows(countedAt(dialect, marksOf(ids)), [starts, ...ids]);
    return new Map(found.map((row) => [Number(row.of_use), Number(row.n)]));
  }

  /** How often each was made before the first whole hour of a window, by client and scope, by what decisions say. */
  async function countedAtEdge(
    clientIds: readonly string[],
    { edge }: UseWindow,
    scope?: string,
  ): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    if (edge.from >= edge.to || clientIds.length === 0) return found;
    const add = (client: unknown, of: unknown, n: unknown): void => {
      const key = keyOfUse(client, of);
      found.set(key, (found.get(key) ?? 0) + Number(n));
    };
    const within = `"client_id" IN (${marksOf(clientIds)}) AND "decided_at" >= ? AND "decided_at" < ?`;
    const values = [...clientIds, edge.from, edge.to];
    const [of, named] = scope === undefined ? ["", []] : ['AND "scope" = ?', [scope]];
    for (const row of await rows(
      `SELECT "client_id", "scope", COUNT(*) AS "n" FROM decision_index WHERE ${USED} AND ${within} ${of} GROUP BY "client_id", "scope"`,
      [...values, ...named],
    ))
      if (row.scope !== null) add(row.client_id, row.scope, row.n);
    for (const row of await rows(
      `SELECT "client_id", "more_scopes", COUNT(*) AS "n" FROM decision_index WHERE ${MORE} AND ${within} GROUP BY "client_id", "more_scopes"`,
      values,
    ))
      for (const each of scopesIn(row.more_scopes)) add(row.client_id, each, row.n);
    return found;
  }

  /** Uses, so many at a time, in the order of client and scope; `where` has the condition on which. */
  async function* kept(where: string, parameters: readonly unknown[]): AsyncGenerator<readonly KeptUse[]> {
    for (let last: KeptUse | null = null; ; ) {
      const after: readonly [string, readonly unknown[]] =
        last === null ? ["", []] : ['AND ("client_id", "scope_key") > (?, ?)', [last.clientId, last.scopeKey]];
      const sql = `SELECT ${KEPT} FROM scope_use WHERE ${where} ${after[0]} ORDER BY "client_id", "scope_key" LIMIT ?`;
      const part: readonly KeptUse[] = (await rows(sql, [...parameters, ...after[1], CLIENTS_A_STATEMENT])).map(
        keptUse,
      );
      yield part;
      await giveWay();
      last = part.at(-1) ?? null;
      if (part.length < CLIENTS_A_STATEMENT) return;
    }
  }

  return {
    async ofScope(scope, since) {
      if (!isStorable(scope)) return [];
      await caughtUp();
      const window = windowFrom(since);
      const starts = await startsOf(window);
      const found: ClientUse[] = [];
      for await (const part of kept('"scope_key" = ?', [scopeKey(scope)])) {
        const recent = part.filter(({ lastUsedAt }) => lastUsedAt >= since);
        const whole = await counted(recent, starts);
        const edge = await countedAtEdge(
          recent.map(({ clientId }) => clientId),
          window,
          scope,
        );
        for (const { clientId, id, lastUsedAt } of part)
          found.push({ clientId, lastUsedAt, uses: (whole.get(id) ?? 0) + (edge.get(keyOfUse(clientId, scope)) ?? 0) });
      }
      return sortedInParts(found, giveWay, (a, b) => byText(a.clientId, b.clientId));
    },

    async ofClients(clientIds, since) {
      const ids = [...new Set(clientIds)].filter(isStorable);
      if (ids.length === 0) return [];
      await caughtUp();
      const window = windowFrom(since);
      const starts = await startsOf(window);
      const found: (ClientUse & { readonly scope: string })[] = [];
      for (let at = 0; at < ids.length; at += CLIENTS_A_STATEMENT) {
        await giveWay();
        const clients = ids.slice(at, at + CLIENTS_A_STATEMENT);
        const edge = await countedAtEdge(clients, window);
        for await (const part of kept(`"client_id" IN (${marksOf(clients)}) AND "last_used_at" >= ?`, [
          ...clients,
          since,
        ])) {
          const whole = await counted(part, starts);
          for (const { clientId, id, lastUsedAt, scope } of part) {
            const uses = (whole.get(id) ?? 0) + (edge.get(keyOfUse(clientId, scope)) ?? 0);
            if (uses > 0) found.push({ clientId, lastUsedAt, scope, uses });
          }
        }
      }
      const keyOf = ({ clientId, scope }: (typeof found)[number]): string => keyOfUse(clientId, scope);
      return sortedInParts(found, giveWay, (a, b) => byText(keyOf(a), keyOf(b)));
    },

    async allowed({ asIndexed, clientId, scope, since, first }) {
      if (!isStorable(clientId) || (scope !== null && !isStorable(scope))) return [];
      await (asIndexed ? giveWay() : caughtUp());
      async function newest(condition: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> {
        const all: RawRow[] = [];
        for (let more = true; more; ) {
          const last = all.at(-1);
          const after = last === undefined ? "" : 'AND "decided_at" <= ? AND ("decided_at" < ? OR "seq" < ?)';
          const place = last === undefined ? [] : [last.decided_at, last.decided_at, last.seq];
          const count = Math.min(POSITIONS_A_STATEMENT, first - all.length);
          const part = await rows(
            `SELECT "seq", "decided_at" FROM decision_index WHERE ${condition} AND "client_id" = ? AND "decided_at" >= ? ${after}
              ORDER BY "decided_at" DESC, "seq" DESC LIMIT ?`,
            [...parameters, clientId, since, ...place, count],
          );
          all.push(...part);
          more = part.length === count && all.length < first;
          if (more) await giveWay();
        }
        return all;
      }
      const found =
        scope === null
          ? await newest(USED, [])
          : (
              await Promise.all([
                newest(`${USED} AND "scope" = ?`, [scope]),
                newest(`${MORE} AND ${dialect.contains('"more_scopes"', "?")}`, [` ${scope} `]),
              ])
            ).flat();
      const places = (row: RawRow): readonly [number, number] => [Number(row.decided_at), Number(row.seq)];
      const newestFirst = [...found].sort((a, b) => {
        const [[timeA, seqA], [timeB, seqB]] = [places(a), places(b)];
        return timeB - timeA || seqB - seqA;
      });
      const positions = newestFirst.slice(0, first).map(({ seq }) => Number(seq));
      const records: AccessRecord[] = [];
      for await (const { record } of recordsAt(positions, { rows, giveWay })) records.push(record as AccessRecord);
      return records;
    },
  };
}
