import type { DataSource } from "typeorm";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { DeliveryFilter, DeliveryStore, WebhookDelivery } from "../../domain/monitoring/webhooks/delivery.ts";
import { webhookAct } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList, columnsOf, fromRow, quoted } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageOfRows } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Webhook deliveries can't be read or written.", error));

/** The columns that a filter compares. */
const COMPARED = { state: "state", type: "type", subject: "subject" } as const satisfies Record<
  keyof DeliveryFilter,
  string
>;

const deliveryColumns = columnsOf<WebhookDelivery>({
  id: "key",
  type: "text",
  subject: "text",
  state: "text",
  body: "text",
  createdAt: "integer",
  attempts: "integer",
  nextAt: "integer",
  lastAttemptAt: "integer",
  lastStatus: "integer",
  lastError: "text",
  endedAt: "integer",
});

const deliveryOf = (row: RawRow): WebhookDelivery => fromRow(deliveryColumns, row) as unknown as WebhookDelivery;

/** What people see and do of the deliveries; what sends them is the outbox. */
export function createDeliveryStore(deps: {
  readonly source: DataSource;
  /** For lists, which may take long. */
  readonly lists: DataSource;
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  /** Throws UNAUTHENTICATED where the key behind a caller id is no longer in force. */
  readonly requireCaller: (run: RunSql, callerId: string) => Promise<void>;
}): DeliveryStore {
  const { source, lists, writer, dialect, putOnRecord, requireCaller } = deps;
  const sql = (text: string): string => withParameters(dialect, text);
  const SELECT = `SELECT "seq", ${columnList(deliveryColumns)} FROM webhook_delivery`;
  const IS_RECORDED = sql('SELECT 1 FROM journal WHERE "id" = ?');
  const RETRY = sql(`UPDATE webhook_delivery SET "state" = 'PENDING', "attempts" = 0, "next_at" = ?, "ended_at" = NULL,
    "lease" = NULL, "lease_until" = 0 WHERE "id" = ? AND "state" <> 'DELIVERED'`);

  return {
    async find(id) {
      if (!isStorable(id)) return null;
      const rows = () => source.query<RawRow[]>(sql(`${SELECT} WHERE "id" = ?`), [id]);
      const [row] = await answerWithin(LOOKUP_MS, rows).catch(fail);
      return row === undefined ? null : deliveryOf(row);
    },

    async page({ filter, page }) {
      const given = Object.entries(COMPARED).flatMap(([member, column]) => {
        const value = filter[member as keyof DeliveryFilter];
        return value === undefined ? [] : [[quoted(column), value] as const];
      });
      if (!given.every(([, value]) => isStorable(value))) return noPage();
      const conditions = given.map(([column]) => `${column} = ?`);
      if (page.after !== null) conditions.push('"seq" < ?');
      const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
      const values = [...given.map(([, value]) => value), ...(page.after === null ? [] : [page.after]), page.first + 1];
      const rows = await lists
        .query<RawRow[]>(sql(`${SELECT}${where} ORDER BY "seq" DESC LIMIT ?`), values)
        .catch(fail);
      const itemOf = (row: RawRow) => ({ node: deliveryOf(row), key: Number(row.seq) });
      return pageOfRows(rows, { first: page.first, itemOf });
    },

    async retry(record, actId) {
      const { at, author, deliveryId } = record;
      const act = webhookAct(actId, record);
      await writer
        .write(({ run, retry }) =>
          inTransaction({ run, dialect, conflict: "This was put on record already." }, async () => {
            // What an attempt without a known outcome had written.
            if (retry && (await run(IS_RECORDED, [act.id])).rows.length > 0) return;
            await requireCaller(run, author);
            const { affected } = await run(RETRY, [at, deliveryId]);
            if (affected !== 1)
              throw new ScopewardenError(
                "CONFLICT",
                `Webhook delivery ${deliveryId} was delivered, or is there no more: there is nothing to try anew.`,
              );
            await putOnRecord(run, act);
          }),
        )
        .catch(fail);
    },
  };
}
