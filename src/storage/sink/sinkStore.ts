import { randomUUID } from "node:crypto";
import type { SinkLetter, SinkName, SinkPlace, SinkStore } from "../../domain/audit/sink/store.ts";
import { SINK_DELIVERY } from "../../domain/monitoring/webhooks/delivery.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import { journalSql } from "../journal/journalSql.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "How far sinks are can't be read or written.", error));
const CONFLICT = { conflict: "An act was put aside already." };
/** Under these names positions are kept: they are not changed. */
const FOLLOWER: { readonly [Name in SinkName]: string } = { file: "sink_file", webhook: "sink_webhook" };
/** How long a letter that has arrived at last can be looked up. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000;

/** No instance takes a lease for longer: one that ends later is of a clock that was ahead. */
const LONGEST_LEASE_MS = 10 * 60 * 1000;

type Step = Parameters<SinkStore["move"]>[1];

/**
 * Positions and leases are rows of `journal_follower`, as those of all that follows the journal. A step is not written in one transaction
 * with what it delivers, which is outside: it is written after that, so that what is told twice is possible and what is not told is not.
 * A lease that ends later than one taken now would is of a time when the database's clock was ahead, and holds no longer.
 */
export function createSinkStore(deps: {
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
}): SinkStore {
  const { dialect, read, writer } = deps;
  const instance = randomUUID();
  const { now } = journalSql(dialect);
  const sql = (text: string): string => withParameters(dialect, text);
  const END = '(SELECT COALESCE(MAX("seq"), 0) FROM journal)';
  const BEGIN = sql(`INSERT INTO journal_follower ("name", "position") VALUES (?, 0) ON CONFLICT DO NOTHING`);
  const BEGIN_AT_END = sql(`INSERT INTO journal_follower ("name", "position")
    SELECT ?, COALESCE(MAX("seq"), 0) FROM journal WHERE TRUE ON CONFLICT DO NOTHING`);
  const LOOK = sql(`SELECT "position", ${END} AS "end",
    COALESCE("holder" <> ? AND "lease_until" > ${now} AND "lease_until" <= ${now} + ?, FALSE) AS "taken"
    FROM journal_follower WHERE "name" = ?`);
  const CLAIM = sql(`UPDATE journal_follower SET "holder" = ?, "lease_until" = ${now} + ? WHERE "name" = ?
    AND ("holder" IS NULL OR "holder" = ? OR "lease_until" <= ${now} OR "lease_until" > ${now} + ?)`);
  // A server that has failed over may have lost its last acts: others have those positions next.
  const BACK = sql(`UPDATE journal_follower SET "position" = ${END} WHERE "name" = ? AND "position" > ${END}`);
  const MOVE = sql(`UPDATE journal_follower SET "position" = ?, "lease_until" = ${now} + ?
    WHERE "name" = ? AND "holder" = ? AND "position" = ?`);
  const RELEASE = sql('UPDATE journal_follower SET "holder" = NULL WHERE "name" = ? AND "holder" = ?');
  const ASIDE =
    sql(`INSERT INTO webhook_delivery ("id", "type", "subject", "state", "body", "created_at", "attempts", "next_at",
    "last_attempt_at", "last_status", "last_error", "ended_at")
    VALUES (?, '${SINK_DELIVERY}', ?, 'DEAD', ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  const LETTER = sql(`SELECT "id", "body", "attempts" FROM webhook_delivery WHERE "type" = '${SINK_DELIVERY}'
    AND "state" = 'PENDING' AND "next_at" <= ? AND "id" LIKE ? ORDER BY "next_at", "seq" LIMIT 1`);
  const SETTLE = `UPDATE webhook_delivery SET "attempts" = "attempts" + 1, "last_attempt_at" = ?, "last_status" = ?, "last_error" = ?`;
  const ARRIVED = sql(`${SETTLE}, "state" = 'DELIVERED', "ended_at" = ? WHERE "id" = ? AND "state" = 'PENDING'`);
  const AGAIN = sql(`${SETTLE}, "next_at" = ? WHERE "id" = ? AND "state" = 'PENDING'`);
  const DEAD_AGAIN = sql(`${SETTLE}, "state" = 'DEAD', "ended_at" = ? WHERE "id" = ? AND "state" = 'PENDING'`);
  const FORGET = sql(
    `DELETE FROM webhook_delivery WHERE "type" = '${SINK_DELIVERY}' AND "state" = 'DELIVERED' AND "ended_at" < ?`,
  );
  const DEAD = sql(`SELECT COUNT(*) AS "dead" FROM webhook_delivery
    WHERE "state" = 'DEAD' AND "type" = '${SINK_DELIVERY}' AND "id" LIKE ?`);

  const write = async (statement: string, values: readonly unknown[]): Promise<number> =>
    (await writer.write(({ run }) => run(statement, values)).catch(fail)).affected;
  const placeOf = (row: RawRow | undefined): SinkPlace => ({
    position: Number(row?.position ?? 0),
    end: Number(row?.end ?? 0),
    taken: Boolean(row?.taken),
  });
  const prefixOf = (sink: SinkName): string => `sink:${sink}:`;
  const idsOf = (sink: SinkName): string => `${prefixOf(sink)}%`;
  const moveValues = (sink: SinkName, { from, leaseMs, until }: Step) => [
    until,
    leaseMs,
    FOLLOWER[sink],
    instance,
    from,
  ];

  return {
    async begin(sink, from) {
      await write(from === "START" ? BEGIN : BEGIN_AT_END, [FOLLOWER[sink]]);
    },
    async look(sink) {
      const [row] = await read(LOOK, [instance, LONGEST_LEASE_MS, FOLLOWER[sink]]).catch(fail);
      return placeOf(row);
    },
    async claim(sink, leaseMs) {
      const name = FOLLOWER[sink];
      const claim = async (run: RunSql): Promise<SinkPlace | null> => {
        const { affected } = await run(CLAIM, [instance, leaseMs, name, instance, LONGEST_LEASE_MS]);
        if (affected !== 1) return null;
        await run(BACK, [name]);
        return placeOf((await run(LOOK, [instance, LONGEST_LEASE_MS, name])).rows[0]);
      };
      return writer.write(({ run }) => inTransaction({ run, dialect, ...CONFLICT }, () => claim(run))).catch(fail);
    },
    move: async (sink, step) => (await write(MOVE, moveValues(sink, step))) === 1,
    async putAside(sink, step, act, { at, attempts, error, status }) {
      const body = JSON.stringify({ sink, position: act.position });
      const values = [prefixOf(sink) + act.id, act.id, body, at, attempts, at, at, status, error, at];
      const put = async (run: RunSql): Promise<boolean> => {
        const { affected } = await run(MOVE, moveValues(sink, step));
        if (affected === 1) await run(ASIDE, values);
        return affected === 1;
      };
      return writer.write(({ run }) => inTransaction({ run, dialect, ...CONFLICT }, () => put(run))).catch(fail);
    },
    async release(sink) {
      await write(RELEASE, [FOLLOWER[sink], instance]);
    },
    async letter(sink, at): Promise<SinkLetter | null> {
      const [row] = await read(LETTER, [at, idsOf(sink)]).catch(fail);
      if (row === undefined) return null;
      const { position } = JSON.parse(String(row.body)) as { readonly position: number };
      return { id: String(row.id), position, attempts: Number(row.attempts) };
    },
    async settle({ id }, came) {
      if (!("error" in came)) {
        await write(ARRIVED, [came.at, null, null, came.at, id]);
        await write(FORGET, [came.at - KEEP_MS]);
      } else if (came.nextAt === null) await write(DEAD_AGAIN, [came.at, came.status, came.error, came.at, id]);
      else await write(AGAIN, [came.at, came.status, came.error, came.nextAt, id]);
    },
    async dead(sink) {
      const [row] = await read(DEAD, [idsOf(sink)]).catch(fail);
      return Number(row?.dead ?? 0);
    },
  };
}
