import { cloudEventOf } from "../../domain/monitoring/webhooks/cloudEvent.ts";
import type { Notification } from "../../domain/monitoring/webhooks/notification.ts";
import { notificationOf, TOLD_KINDS } from "../../domain/monitoring/webhooks/notificationOf.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import type { Consumer } from "./consumer.ts";

/** Puts a notification into the outbox, in the transaction of `run`; nothing where it is there already. */
export async function putNotification(
  { run, dialect, source }: { readonly run: RunSql; readonly dialect: Dialect; readonly source: string },
  notification: Notification,
): Promise<void> {
  const { at, id, subject, type } = notification;
  const sql = `INSERT INTO webhook_delivery ("id", "type", "subject", "body", "created_at", "next_at")
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
  await run(withParameters(dialect, sql), [id, type, subject, cloudEventOf(notification, source), at, at]);
}

export const WEBHOOK_OUTBOX = "webhook_outbox";

/**
 * Makes of each act that receivers are told of one delivery, with its own position: so that nothing is lost or told twice, whatever
 * dies when. What was on record before it first followed is not told. `source` names this service in what is told.
 */
export const webhookOutbox = (source: string): Consumer => ({
  name: WEBHOOK_OUTBOX,
  beginsAtEnd: true,
  read: async ({ acts }): Promise<readonly Notification[]> =>
    acts.flatMap(({ kind, recorded }) => (TOLD_KINDS.includes(kind) ? (notificationOf(recorded()) ?? []) : [])),
  async write({ dialect, run }, notifications: readonly Notification[]) {
    for (const each of notifications) await putNotification({ run, dialect, source }, each);
  },
});
