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

/** As the partial indexes say it, to the letter: else they would not serve. */
const USED = `"kind" = 'ACCESS' AND "outcome" = 'ALLOW'`;
/** The few answers that rest on more scopes than the one in `scope`. */
const MORE = '"more_scopes" IS NOT NULL';
const CLIENTS_A_STATEMENT = 500;
/** Positions of one statement: taking them over keeps decisions waiting. */
const POSITIONS_A_STATEMENT = 500;

/**
 * Steps from client to client by the index, from one on and so many at a time, so that a scope with a long history costs what it
 * has of clients and of uses in the window.
 */
const OF_SCOPE = `WITH RECURSIVE c("id", "n") AS (
    SELECT MIN("client_id"), 1 FROM decision_index WHERE ${USED} AND "scope" = ? AND "client_id" > ?
    UNION ALL
    SELECT (SELECT MIN("client_id") FROM decision_index WHERE ${USED} AND "scope" = ? AND "client_id" > c."id"), c."n" + 1
      FROM c WHERE c."id" IS NOT NULL AND c."n" < ${CLIENTS_A_STATEMENT})
  SELECT c."id" AS "client_id",
    (SELECT COUNT(*) FROM decision_index WHERE ${USED} AND "scope" = ? AND "client_id" = c."id" AND "decided_at" >= ?) AS "uses",
    (SELECT MAX("decided_at") FROM decision_index WHERE ${USED} AND "scope" = ? AND "client_id" = c."id") AS "last"
  FROM c WHERE c."id" IS NOT NULL`;

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));

const clientUse = (row: RawRow): ClientUse => ({
  clientId: String(row.client_id),
  uses: Number(row.uses),
  lastUsedAt: Number(row.last),
});

/** Uses of the same thing as one, by their keys. */
async function combined<Use extends ClientUse>(
  uses: readonly Use[],
  giveWay: Breathe,
  keyOf: (use: Use) => string,
): Promise<readonly Use[]> {
  const byKey = new Map<string, Use>();
  for (const [i, use] of uses.entries()) {
    if (i % CLIENTS_A_STATEMENT === 0) await giveWay();
    const known = byKey.get(keyOf(use));
    const lastUsedAt = Math.max(known?.lastUsedAt ?? 0, use.lastUsedAt);
    byKey.set(keyOf(use), { ...use, uses: (known?.uses ?? 0) + use.uses, lastUsedAt });
  }
  return sortedInParts(byKey.values(), giveWay, (a, b) => byText(keyOf(a), keyOf(b)));
}

const scopesIn = (more: unknown): readonly string[] => String(more).trim().split(" ");

/** Answers questions about use from the journal, once its index has all of it, each by an index made for it. */
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

  /** Answers that rest on the scope beside the one that they name; of the window only. */
  const moreOfScope = (scope: string, since: number): Promise<readonly RawRow[]> =>
    rows(
      `SELECT "client_id", COUNT(*) AS "uses", MAX("decided_at") AS "last" FROM decision_index
        WHERE ${MORE} AND "decided_at" >= ? AND ${dialect.contains('"more_scopes"', "?")} GROUP BY "client_id"`,
      [since, ` ${scope} `],
    );

  return {
    async ofScope(scope, since) {
      if (!isStorable(scope)) return [];
      await caughtUp();
      const found: ClientUse[] = [];
      for (let after: string | null = ""; after !== null; ) {
        const part: readonly RawRow[] = await rows(OF_SCOPE, [scope, after, scope, scope, since, scope]);
        found.push(...part.map(clientUse));
        after = part.length < CLIENTS_A_STATEMENT ? null : String(part.at(-1)?.client_id);
        await giveWay();
      }
      found.push(...(await moreOfScope(scope, since)).map(clientUse));
      return combined(found, giveWay, ({ clientId }) => clientId);
    },

    async ofClients(clientIds, since) {
      const ids = [...new Set(clientIds)].filter(isStorable);
      const found: (ClientUse & { readonly scope: string })[] = [];
      if (ids.length > 0) await caughtUp();
      for (let at = 0; at < ids.length; at += CLIENTS_A_STATEMENT) {
        await giveWay();
        const part = ids.slice(at, at + CLIENTS_A_STATEMENT);
        const within = `"client_id" IN (${part.map(() => "?").join(", ")}) AND "decided_at" >= ?`;
        const named = await rows(
          `SELECT "client_id", "scope", COUNT(*) AS "uses", MAX("decided_at") AS "last" FROM decision_index
            WHERE ${USED} AND ${within} GROUP BY "client_id", "scope"`,
          [...part, since],
        );
        const more = await rows(
          `SELECT "client_id", "more_scopes", COUNT(*) AS "uses", MAX("decided_at") AS "last" FROM decision_index
            WHERE ${MORE} AND ${within} GROUP BY "client_id", "more_scopes"`,
          [...part, since],
        );
        for (const row of named) if (row.scope !== null) found.push({ ...clientUse(row), scope: String(row.scope) });
        for (const row of more) for (const scope of scopesIn(row.more_scopes)) found.push({ ...clientUse(row), scope });
      }
      return combined(found, giveWay, ({ clientId, scope }) => JSON.stringify([clientId, scope]));
    },

    async allowed({ clientId, scope, since, first }) {
      if (!isStorable(clientId) || (scope !== null && !isStorable(scope))) return [];
      await caughtUp();
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
          : [
              ...(await newest(`${USED} AND "scope" = ?`, [scope])),
              ...(await newest(`${MORE} AND ${dialect.contains('"more_scopes"', "?")}`, [` ${scope} `])),
            ];
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
