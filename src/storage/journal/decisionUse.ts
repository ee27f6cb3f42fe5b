import type { DataSource } from "typeorm";
import { wholeHour } from "../../domain/audit/countedWindow.ts";
import type { UsageReader } from "../../domain/audit/usage.ts";
import type { AccessRecord } from "../../domain/decisions/types.ts";
import type { Breathe } from "../../domain/kernel/ports.ts";
import { byText, sortedInParts } from "../../domain/kernel/sortedInParts.ts";
import type { ClientUse } from "../../domain/policy/use.ts";
import { Patients } from "../../domain/simulation/fewPatients.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { isStorable } from "../database/text.ts";
import type { AsOf } from "./asOf.ts";
import { recordsAt } from "./recordsAt.ts";
import { DIMENSIONS, GRAINS, likeOf, toldScope, USE_PLACES } from "./rollup/dimensions.ts";
import { partsOf } from "./rollup/rollupSums.ts";
import { type NarrowRow, narrowRows } from "./search/accessRows.ts";
import type { SearchIndex } from "./search/searchIndex.ts";
import { token } from "./search/tokens.ts";

/** Accesses that are looked at for how many patients they are of. */
const MOST_LOOKED_AT = 1_000;
/** Keys, or clients, of one statement. */
const KEYS_A_STATEMENT = 500;

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));

const marksOf = (values: readonly unknown[]): string => values.map(() => "?").join(", ");

type Use = ClientUse & { readonly scope: string };
/** Whom an access concerns, as `concernedBy` says it of a record, with one of its patients. */
const concerned = ({ erased, patient, subjectId, subjectType }: NarrowRow): readonly string[] => {
  if (patient !== null) return [patient];
  if (erased) return ["\0erased"];
  return subjectId === null ? [] : [`${subjectType}/${subjectId}`];
};
const keyOfUse = ({ clientId, scope }: Use): string => JSON.stringify([clientId, scope]);

/** Adds a use to what was found: one that was made under the scope's name, and one under that of all like it. */
function add<Each extends ClientUse>(found: Map<string, Each>, key: string, use: Each): void {
  const before = found.get(key);
  const uses = use.uses + (before?.uses ?? 0);
  found.set(key, { ...use, uses, lastUsedAt: Math.max(use.lastUsedAt, before?.lastUsedAt ?? 0) });
}

/** Answers questions about use from what is counted by the hour and the day. */
export function createUsageReader({
  source,
  dialect,
  asOf,
  index,
  ready,
  giveWay,
}: {
  readonly source: DataSource;
  readonly dialect: Dialect;
  readonly asOf: AsOf;
  readonly index: SearchIndex;
  /** What an answer waits for: nothing of figures; of what decides, that all on record is counted. */
  readonly ready: () => Promise<void>;
  readonly giveWay: Breathe;
}): UsageReader {
  async function begin(): Promise<number> {
    await giveWay();
    await ready().catch(fail);
    return asOf().catch(fail);
  }
  async function rows(sql: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> {
    return source.query<RawRow[]>(withParameters(dialect, sql), [...parameters]).catch(fail);
  }
  const { integer, member, rows: given } = jsonRows(dialect);
  const { id: dimension } = DIMENSIONS.USE;
  const scopeOf = member('"key"', USE_PLACES.SCOPE);
  const clientOf = member('"key"', USE_PLACES.CLIENT);
  /** PostgreSQL's indexes take no text as long as a scope may be. */
  const SCOPE_BEGINS = `substr(${scopeOf}, 1, 200)`;

  /** The buckets of a window that may have uses, as JSON. */
  async function bucketsSince(from: number): Promise<string> {
    const buckets: (readonly [grain: number, bucket: number])[] = [];
    for (const part of partsOf({ from, to: Number.POSITIVE_INFINITY })) {
      const { id } = GRAINS[part.grain];
      const [row] = await rows(
        `SELECT MIN("bucket") AS "first", MAX("bucket") AS "last" FROM rollup WHERE "dimension" = ${dimension} AND "grain" = ${id}`,
        [],
      );
      if (row?.first == null) continue;
      const last = Math.min(Number(row.last), part.to - 1);
      for (let bucket = Math.max(Number(row.first), part.from); bucket <= last; bucket++) buckets.push([id, bucket]);
    }
    return JSON.stringify(buckets);
  }

  /** Each key with its uses in these buckets, a part at a time, in an order by which the next part is found. */
  async function* kept(
    where: string,
    parameters: readonly unknown[],
    { buckets, by }: { readonly buckets: string; readonly by: readonly string[] },
  ): AsyncGenerator<readonly Use[]> {
    const order = by.join(", ");
    for (let last: RawRow | null = null; ; ) {
      const after = last === null ? "" : `AND (${order}) > (${marksOf(by)})`;
      const place = last === null ? [] : by.length === 1 ? [last.id] : [last.client, last.id];
      const found: readonly RawRow[] = await rows(
        `SELECT "id", ${scopeOf} AS "scope", ${clientOf} AS "client", "last_at" FROM rollup_key
          WHERE "dimension" = ${dimension} AND ${where} ${after} ORDER BY ${order} LIMIT ?`,
        [...parameters, ...place, KEYS_A_STATEMENT],
      );
      const ids = found.map(({ id }) => id);
      const sums = await rows(
        `SELECT r."key", SUM(r."n") AS "n" FROM ${given} CROSS JOIN rollup AS r
          WHERE r."dimension" = ${dimension} AND r."grain" = ${integer(0)} AND r."bucket" = ${integer(1)}
            AND r."key" IN (${ids.length === 0 ? "NULL" : marksOf(ids)}) GROUP BY r."key"`,
        [buckets, ...ids],
      );
      const uses = new Map(sums.map(({ key, n }) => [Number(key), Number(n)]));
      yield found.map((row) => ({
        clientId: String(row.client),
        lastUsedAt: Number(row.last_at),
        scope: toldScope(String(row.scope)),
        uses: uses.get(Number(row.id)) ?? 0,
      }));
      await giveWay();
      last = found.at(-1) ?? null;
      if (found.length < KEYS_A_STATEMENT) return;
    }
  }

  /** The allowed accesses of a client that rest on one scope, or any, in parts, the newest first. */
  async function* usesOf({
    clientId,
    scope,
    since,
  }: Omit<Parameters<UsageReader["allowed"]>[0], "first">): AsyncGenerator<readonly NarrowRow[]> {
    if (!isStorable(clientId) || (scope !== null && !isStorable(scope))) return;
    const isUsed = (row: Pick<NarrowRow, "clientId" | "kind" | "moreScopes" | "outcome" | "scope">): boolean =>
      row.kind === "ACCESS" &&
      row.outcome === "ALLOW" &&
      row.clientId === clientId &&
      (scope === null || row.scope === scope || (row.moreScopes?.trim().split(" ").includes(scope) ?? false));
    const found = narrowRows(
      { giveWay, index },
      {
        before: null,
        tokens: (secret) => [
          token(secret, "kind", "ACCESS"),
          token(secret, "outcome", "ALLOW"),
          token(secret, "clientId", clientId),
          ...(scope === null ? [] : [token(secret, "scope", scope)]),
        ],
        text: null,
        window: { from: since },
        tells: () => true,
        isWanted: isUsed,
        unindexed: false,
      },
    );
    for await (const part of found) yield part.filter(isUsed);
  }

  return {
    async ofScope(scope, since) {
      const asOf = await begin();
      if (!isStorable(scope)) return { asOf, uses: [] };
      const buckets = await bucketsSince(wholeHour(since));
      const found = new Map<string, ClientUse>();
      const names = [...new Set([scope, likeOf(scope)])];
      for (const name of names)
        for await (const part of kept(`${SCOPE_BEGINS} = ? AND ${scopeOf} = ?`, [name.slice(0, 200), name], {
          buckets,
          by: ['"id"'],
        }))
          for (const { clientId, lastUsedAt, uses } of part) add(found, clientId, { clientId, lastUsedAt, uses });
      return { asOf, uses: await sortedInParts(found.values(), giveWay, (a, b) => byText(a.clientId, b.clientId)) };
    },

    async ofClients(clientIds, since) {
      const asOf = await begin();
      const ids = [...new Set(clientIds)].filter(isStorable);
      const from = wholeHour(since);
      const buckets = ids.length === 0 ? "[]" : await bucketsSince(from);
      const found = new Map<string, Use>();
      for (let at = 0; at < ids.length; at += KEYS_A_STATEMENT) {
        const clients = ids.slice(at, at + KEYS_A_STATEMENT);
        for await (const part of kept(`${clientOf} IN (${marksOf(clients)}) AND "last_at" >= ?`, [...clients, from], {
          buckets,
          by: [clientOf, '"id"'],
        }))
          for (const use of part) if (use.uses > 0) add(found, keyOfUse(use), use);
      }
      return { asOf, uses: await sortedInParts(found.values(), giveWay, (a, b) => byText(keyOfUse(a), keyOfUse(b))) };
    },

    async allowed({ first, ...asked }) {
      const asOf = await begin();
      const uses: NarrowRow[] = [];
      for await (const part of usesOf(asked)) {
        uses.push(...part);
        if (uses.length >= first) break;
      }
      const records: AccessRecord[] = [];
      // Those of the newest positions; a clock may have been late.
      const positions = uses
        .slice(0, first)
        .sort((a, b) => b.decidedAt - a.decidedAt || b.seq - a.seq)
        .map(({ seq }) => seq);
      for await (const { record } of recordsAt(positions, { dialect, rows, giveWay }))
        records.push(record as AccessRecord);
      return { asOf, records };
    },

    async patients({ clientId, scopes, since }) {
      await begin();
      const patients = new Patients();
      let rows = 0;
      for (const scope of scopes) {
        let ofScope = 0;
        for await (const part of usesOf({ clientId, scope, since: wholeHour(since) })) {
          for (const row of part) patients.add(concerned(row));
          ofScope += part.length;
          if (patients.isMany) return patients.size;
          if (ofScope >= MOST_LOOKED_AT) break;
        }
        rows += ofScope;
      }
      return rows === 0 ? null : patients.size;
    },
  };
}
