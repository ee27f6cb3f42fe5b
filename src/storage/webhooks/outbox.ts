import { randomUUID } from "node:crypto";
import { type Outbox, SINK_DELIVERY } from "../../domain/monitoring/webhooks/delivery.ts";
import type { NotificationType } from "../../domain/monitoring/webhooks/notification.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import { journalSql } from "../journal/journalSql.ts";
import { putNotification } from "../journal/webhookOutbox.ts";
import { REMINDERS, type ReminderTimes } from "./reminders.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Webhook deliveries can't be read or written.", error));

/** Reminders of one transaction, and deliveries removed in one. */
const AT_ONCE = 100;
const CONFLICT = { conflict: "A webhook delivery was there already." };

/**
 * Deliveries as they are sent. A delivery is taken by a row of its own being locked and leased, by the database's clock, so that one
 * instance at a time sends it; who is killed loses the lease. What came of an attempt counts only as long as the lease is its own,
 * but that it has arrived. A lease that ends later than one taken now would is of a time when that clock was ahead, and holds no longer.
 */
export function createOutbox(deps: {
  /** Ends when it has all that the journal had. */
  readonly untilCollected: () => Promise<void>;
  readonly source: string;
  readonly times: ReminderTimes;
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
}): Outbox {
  const { untilCollected, writer, dialect, read, times } = deps;
  const sql = (text: string): string => withParameters(dialect, text);
  const { now: clock, lockUnlessLocked } = journalSql(dialect);
  // What a sink could not deliver is listed there too, and is the sink's to send.
  const DUE = `SELECT "id", "type", "body", "attempts" FROM webhook_delivery
    WHERE "type" <> '${SINK_DELIVERY}' AND "state" = 'PENDING' AND "next_at" <= ? AND ("lease_until" <= ${clock} OR "lease_until" > ${clock} + ?) ORDER BY "next_at", "seq" LIMIT 1`;
  const OWN = `WHERE "id" = ? AND "state" = 'PENDING' AND "lease" = ?`;
  const TAKE = sql(`UPDATE webhook_delivery SET "lease" = ?, "lease_until" = ${clock} + ?, "attempts" = "attempts" + 1
    WHERE "id" = ?`);
  const SETTLE = `UPDATE webhook_delivery SET "lease" = NULL, "lease_until" = 0, "last_attempt_at" = ?, "last_status" = ?, "last_error" = ?`;
  const ARRIVED = sql(`${SETTLE}, "state" = 'DELIVERED', "ended_at" = ? WHERE "id" = ? AND "state" <> 'DELIVERED'`);
  const AGAIN = sql(`${SETTLE}, "next_at" = ? ${OWN}`);
  const GIVEN_UP = sql(`${SETTLE}, "state" = 'DEAD', "ended_at" = ? ${OWN}`);
  const RELEASE = sql(
    `UPDATE webhook_delivery SET "lease" = NULL, "lease_until" = 0, "attempts" = "attempts" - 1 ${OWN}`,
  );
  const REMOVE = sql(`DELETE FROM webhook_delivery WHERE "seq" IN (SELECT "seq" FROM webhook_delivery
    WHERE "state" = 'DELIVERED' AND "ended_at" < ? ORDER BY "ended_at" LIMIT ${AT_ONCE})`);
  const COUNTS = `SELECT (SELECT COUNT(*) FROM webhook_delivery WHERE "state" = 'PENDING' AND "type" <> '${SINK_DELIVERY}') AS "pending",
    (SELECT COUNT(*) FROM webhook_delivery WHERE "state" = 'DEAD' AND "type" <> '${SINK_DELIVERY}') AS "dead"`;
  const REMEMBER = sql('INSERT INTO reminder ("id", "at") VALUES (?, ?) ON CONFLICT DO NOTHING');

  const write = async (statement: string, values: readonly unknown[]): Promise<number> =>
    (await writer.write(({ run }) => run(statement, values)).catch(fail)).affected;

  async function remind(now: number): Promise<void> {
    for (const { due, id, remind: reminderOf, values } of REMINDERS) {
      const text = `${due} AND NOT EXISTS (SELECT 1 FROM reminder AS r WHERE r."id" = ${id}) LIMIT ${AT_ONCE}`;
      const bound = values(now, times);
      if (bound === null) continue;
      const rowsOf = async (): Promise<readonly RawRow[]> => read(sql(text), bound).catch(fail);
      for (let rows = await rowsOf(); rows.length > 0; rows = await rowsOf()) {
        const reminders = rows.map((row) => reminderOf(row, now));
        const put = async (run: RunSql): Promise<number> => {
          let made = 0;
          for (const reminder of reminders) {
            // Another instance may have been first: then it waits for that one's commit here, and finds it there.
            const { affected } = await run(REMEMBER, [reminder.id, now]);
            if (affected !== 1) continue;
            await putNotification({ run, dialect, source: deps.source }, reminder);
            made++;
          }
          return made;
        };
        const work = () => writer.write(({ run }) => inTransaction({ run, dialect, ...CONFLICT }, () => put(run)));
        // Where another instance makes them, it goes on with them.
        if ((await work().catch(fail)) === 0) break;
      }
    }
  }

  return {
    async collect(now) {
      await untilCollected().catch(fail);
      await remind(now);
    },

    async claim(now, leaseMs) {
      const due = await read(sql(DUE), [now, leaseMs]).catch(fail);
      if (due.length === 0) return null;
      const lease = randomUUID();
      return writer
        .write(({ run }) =>
          inTransaction({ run, dialect, ...CONFLICT }, async () => {
            const [row] = (await run(sql(`${DUE} ${lockUnlessLocked}`), [now, leaseMs])).rows;
            if (row === undefined) return null;
            await run(TAKE, [lease, leaseMs, row.id]);
            const attempts = Number(row.attempts) + 1;
            return {
              id: String(row.id),
              type: String(row.type) as NotificationType,
              body: String(row.body),
              attempts,
              lease,
            };
          }),
        )
        .catch(fail);
    },

    async settle({ id, lease }, { at, status, error }, nextAt) {
      const came = [at, status, error];
      if (error === null) await write(ARRIVED, [...came, at, id]);
      else if (nextAt === null) await write(GIVEN_UP, [...came, at, id, lease]);
      else await write(AGAIN, [...came, nextAt, id, lease]);
    },
    async release({ id, lease }) {
      await write(RELEASE, [id, lease]);
    },
    async removeDelivered(before) {
      const old = `SELECT 1 FROM webhook_delivery WHERE "state" = 'DELIVERED' AND "ended_at" < ? LIMIT 1`;
      // Mostly there is nothing, and nothing needs to be written.
      while ((await read(sql(old), [before]).catch(fail)).length > 0) await write(REMOVE, [before]);
    },
    async counts() {
      const [row] = await read(COUNTS, []).catch(fail);
      return { pending: Number(row?.pending ?? 0), dead: Number(row?.dead ?? 0) };
    },
  };
}
