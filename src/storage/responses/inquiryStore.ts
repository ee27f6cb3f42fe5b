import type { DataSource } from "typeorm";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { actOf, type InquiryState } from "../../domain/monitoring/responses/inquiry.ts";
import type { InquiryStore } from "../../domain/monitoring/responses/store.ts";
import { inquiryAct } from "../../domain/record/acts.ts";
import type { InquiryEvent } from "../../domain/record/inquiryAct.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageOfRows } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { createStepWriter, type StepDeps } from "../monitoring/stepWriter.ts";
import { inquiryColumns, inquiryOf, inquiryValues } from "./inquiryTables.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Inquiries can't be read or written.", error));

type Condition = readonly [sql: string, ...parameters: readonly unknown[]];

const WAITS = `"answered_at" IS NULL AND "withdrawn_at" IS NULL`;
const inState = (state: InquiryState, now: number): Condition =>
  ({
    OPEN: [`${WAITS} AND "ends_at" > ?`, now],
    EXPIRED: [`${WAITS} AND "ends_at" <= ?`, now],
    ANSWERED: [`"answered_at" IS NOT NULL`],
    WITHDRAWN: [`"withdrawn_at" IS NOT NULL`],
  })[state] as unknown as Condition;

const text = (value: string): unknown => toDatabase(value, { property: "text", name: "text", type: "text" });

/** Inquiries. Each write is one transaction, with its act on record, and may be run again without harm. */
export function createInquiryStore(
  deps: StepDeps & {
    readonly source: DataSource;
    /** For lists, which may take long. */
    readonly lists: DataSource;
  },
): InquiryStore {
  const { source, lists, dialect } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const step = createStepWriter(deps);
  const SELECT = `SELECT ${columnList(inquiryColumns)} FROM inquiry`;
  const READ = sql(`${SELECT} WHERE "id" = ?`);
  const STANDING = sql(`SELECT "id" FROM inquiry WHERE "alert_id" = ? AND NOT "is_over" AND "ends_at" > ?`);
  const LAPSE = sql(`UPDATE inquiry SET "is_over" = TRUE WHERE "alert_id" = ? AND NOT "is_over" AND "ends_at" <= ?`);
  const INSERT = sql(
    `INSERT INTO inquiry (${columnList(inquiryColumns)}, "is_over") VALUES (${inquiryColumns.map(() => "?").join(", ")}, FALSE)`,
  );
  const ANSWER = `"answered_at" = ?, "answer_brought_by" = ?, "answerer_id" = ?, "answerer_type" = ?, "reason_code" = ?, "answer_text" = ?`;
  const WITHDRAW = `"withdrawn_at" = ?, "withdrawn_by" = ?, "withdraw_reason" = ?`;

  /** A step of one that stands already and waits at `at`. */
  const take = (
    id: string,
    {
      at,
      author,
      event,
      set,
      values,
    }: {
      readonly at: number;
      readonly author: string;
      readonly event: InquiryEvent;
      readonly set: string;
      readonly values: readonly unknown[];
    },
  ): Promise<void> =>
    step({
      author,
      actId: `inquiry:${id}:${event.toLowerCase()}`,
      async work(run) {
        const update = `UPDATE inquiry SET "is_over" = TRUE, ${set} WHERE "id" = ? AND ${WAITS} AND "ends_at" > ?`;
        const { affected } = await run(sql(update), [...values, id, at]);
        if (affected !== 1)
          throw new ScopewardenError(
            "CONFLICT",
            `Inquiry ${id} is not as it was read: somebody else was first, or its time is over. Nothing was changed.`,
          );
        const [row] = (await run(READ, [id])).rows;
        return inquiryAct(actOf(inquiryOf(row as RawRow)));
      },
    }).catch(fail);

  const list = (statement: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    lists.query<RawRow[]>(sql(statement), [...parameters]).catch(fail);

  return {
    ask(asked) {
      const { alertId, askedAt, askedBy, id } = asked;
      const values = inquiryValues(asked);
      return step({
        author: askedBy.callerId,
        actId: `inquiry:${id}:asked`,
        async work(run) {
          const [standing] = (await run(STANDING, [alertId, askedAt])).rows;
          if (standing !== undefined)
            throw new ScopewardenError(
              "CONFLICT",
              `Inquiry ${standing.id} about the same alert waits for an answer already. Nothing was changed.`,
            );
          await run(LAPSE, [alertId, askedAt]);
          await run(INSERT, values);
          return inquiryAct(actOf(asked));
        },
      }).catch(fail);
    },

    async find(id) {
      if (!isStorable(id)) return null;
      const rows = () => source.query<RawRow[]>(READ, [id]);
      const [row] = await answerWithin(LOOKUP_MS, rows).catch(fail);
      return row === undefined ? null : inquiryOf(row);
    },

    async decisionsAmong(alertId, decisionIds) {
      const storable = decisionIds.filter(isStorable);
      if (storable.length === 0) return [];
      const rows = await list(
        `SELECT DISTINCT "decision_id" FROM watch_finding WHERE "story_id" = ? AND "decision_id" IN (${storable.map(() => "?").join(", ")})`,
        [alertId, ...storable],
      );
      return rows.map(({ decision_id }) => String(decision_id));
    },

    answer: (id, { answeredBy, at, by, reasonCode, text: said }) =>
      take(id, {
        ...{ at, author: by, event: "ANSWERED", set: ANSWER },
        values: [at, by, answeredBy.id, answeredBy.type, reasonCode, text(said)],
      }),

    withdraw: (id, { at, by, reason }) =>
      take(id, { ...{ at, author: by, event: "WITHDRAWN", set: WITHDRAW }, values: [at, by, text(reason)] }),

    async page({ filter, now, page }) {
      const { alertId, state, subjectId, subjectType } = filter;
      const equal = { alert_id: alertId, subject_id: subjectId, subject_type: subjectType };
      const given = Object.entries(equal).filter(([, value]) => value !== undefined);
      if (!given.every(([, value]) => isStorable(String(value)))) return noPage();
      const conditions: Condition[] = given.map(([name, value]) => [`"${name}" = ?`, value]);
      if (state !== undefined) conditions.push(inState(state, now));
      if (page.after !== null) conditions.push(['"id" < ?', page.after]);
      const where = conditions.length === 0 ? "" : ` WHERE ${conditions.map(([condition]) => condition).join(" AND ")}`;
      const parameters = [...conditions.flatMap(([, ...values]) => values), page.first + 1];
      const rows = await list(`${SELECT}${where} ORDER BY "id" DESC LIMIT ?`, parameters);
      const itemOf = (row: RawRow) => {
        const node = inquiryOf(row);
        return { node, key: node.id };
      };
      return pageOfRows(rows, { first: page.first, itemOf });
    },
  };
}
