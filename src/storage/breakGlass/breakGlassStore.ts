import type { DataSource } from "typeorm";
import { actOf, type BreakGlassEvent, inVersion } from "../../domain/consent/breakGlass/breakGlass.ts";
import type { BreakGlassFilter, BreakGlassStore } from "../../domain/consent/breakGlass/store.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { breakGlassAct } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList, toDatabase } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageOfRows } from "../database/select.ts";
import { peopleText } from "../database/storedPerson.ts";
import { isStorable, requireIndexable } from "../database/text.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import { breakGlassColumns, breakGlassOf, breakGlassValues } from "./breakGlassTables.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Emergencies can't be read or written.", error));

/** Throws UNAUTHENTICATED where the key behind a caller id is no longer in force. */
type RequireCaller = (run: RunSql, callerId: string) => Promise<void>;

const text = (value: string | null): unknown => toDatabase(value, { property: "text", name: "text", type: "text" });

type Condition = readonly [sql: string, ...parameters: readonly unknown[]];

const IN_FORCE = `"ended_at" IS NULL AND "ends_at" > ?`;
const UNREVIEWED = `"reviewed_at" IS NULL`;

function conditionsOf(
  { open, openedBy, overdue, patient, subjectId }: BreakGlassFilter & { readonly openedBy?: string | undefined },
  now: number,
): readonly Condition[] {
  const is = (column: string, value: string | undefined): readonly Condition[] =>
    value === undefined ? [] : [[`"${column}" = ?`, value]];
  const isOverdue = `${UNREVIEWED} AND "review_due_at" <= ?`;
  return [
    ...(open === undefined ? [] : [[open ? IN_FORCE : `NOT (${IN_FORCE})`, now] as const]),
    ...(overdue === undefined ? [] : [[overdue ? isOverdue : `NOT (${isOverdue})`, now] as const]),
    ...is("patient", patient),
    ...is("subject_id", subjectId),
    ...is("opened_by", openedBy),
  ];
}

/** Emergencies. Each write is one transaction, with its act on record, and may be run again without harm. */
export function createBreakGlassStore(deps: {
  readonly source: DataSource;
  /** For lists, which may take long. */
  readonly lists: DataSource;
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  readonly requireCaller: RequireCaller;
}): BreakGlassStore {
  const { source, lists, writer, dialect, putOnRecord, requireCaller } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const SELECT = `SELECT ${columnList(breakGlassColumns)} FROM break_glass`;
  const IS_RECORDED = sql('SELECT 1 FROM journal WHERE "id" = ?');
  const READ = sql(`${SELECT} WHERE "id" = ?`);
  const SAME = `"subject_id" = ? AND "subject_type" = ? AND "patient" = ? AND "organization" = ?`;
  const STANDING = sql(`SELECT "id" FROM break_glass WHERE ${SAME} AND NOT "is_over" AND ${IN_FORCE}`);
  const LAPSE = sql(`UPDATE break_glass SET "is_over" = TRUE WHERE ${SAME} AND NOT "is_over" AND "ends_at" <= ?`);
  const INSERT = sql(
    `INSERT INTO break_glass (${columnList(breakGlassColumns)}, "is_over") VALUES (${breakGlassColumns.map(() => "?").join(", ")}, FALSE)`,
  );
  const END = sql(
    `UPDATE break_glass SET "is_over" = TRUE, "ended_at" = ?, "ended_by" = ?, "end_reason" = ? WHERE "id" = ? AND ${IN_FORCE}`,
  );
  const REVIEW =
    sql(`UPDATE break_glass SET "is_over" = TRUE, "reviewed_at" = ?, "reviewed_by" = ?, "reviewer_subject_id" = ?, "reviewer_subject_type" = ?,
    "reviewer_issuer" = ?, "reviewer_people" = ?, "justified" = ?, "review_text" = ? WHERE "id" = ? AND ${UNREVIEWED} AND NOT (${IN_FORCE})`);

  /** Run again after an outcome that nobody knows, a step finds its act and is content. */
  const write = (
    { author, event, id }: { readonly author: string; readonly event: BreakGlassEvent; readonly id: string },
    work: (run: RunSql) => Promise<void>,
  ): Promise<void> =>
    writer
      .write(({ run, retry }) =>
        inTransaction({ run, dialect, conflict: "Another emergency was opened at the same time." }, async () => {
          const actId = `break-glass:${id}:${event.toLowerCase()}`;
          if (retry && (await run(IS_RECORDED, [actId])).rows.length > 0) return;
          await requireCaller(run, author);
          await work(run);
        }),
      )
      .catch(fail);

  /** A step of one that stands already, with its act. */
  async function take(run: RunSql, id: string, update: readonly [sql: string, values: readonly unknown[]]) {
    const { affected } = await run(...update);
    if (affected !== 1)
      throw new ScopewardenError(
        "CONFLICT",
        `Emergency ${id} is not as it was read: somebody else was first, or its time is over. Nothing was changed.`,
      );
    const [row] = (await run(READ, [id])).rows;
    if (row !== undefined) await putOnRecord(run, breakGlassAct(actOf(breakGlassOf(row))));
  }

  const look = async (statement: string, parameters: readonly unknown[]) => {
    const rows = () => source.query<RawRow[]>(sql(statement), [...parameters]);
    return (await answerWithin(LOOKUP_MS, rows).catch(fail)).map(breakGlassOf);
  };
  const places = (values: readonly unknown[]): string => values.map(() => "?").join(", ");

  return {
    async open(opened) {
      const { id, openedBy, organization, patient, startedAt, subject } = opened;
      const values = breakGlassValues(opened);
      requireIndexable(
        `${patient}${subject.id}${subject.type}${organization}`,
        "subject, patient and organization together",
      );
      const same = [subject.id, subject.type, patient, organization, startedAt];
      await write({ author: openedBy.callerId, event: "OPENED", id }, async (run) => {
        const [standing] = (await run(STANDING, same)).rows;
        if (standing !== undefined)
          throw new ScopewardenError(
            "CONFLICT",
            `Emergency ${standing.id} is open for the same subject, patient and organization already. Nothing was changed.`,
          );
        await run(LAPSE, same);
        await run(INSERT, values);
        await putOnRecord(run, breakGlassAct(actOf(opened)));
      });
    },

    async find(id) {
      if (!isStorable(id)) return null;
      const [found] = await look(`${SELECT} WHERE "id" = ?`, [id]);
      return found ?? null;
    },

    inForce(patients, now) {
      const storable = patients.filter(isStorable);
      if (storable.length === 0) return Promise.resolve([]);
      const where = `NOT "is_over" AND ${IN_FORCE} AND "patient" IN (${places(storable)})`;
      return look(`${SELECT} WHERE ${where} ORDER BY "id"`, [now, ...storable]);
    },

    async versions(refs) {
      const ids = [...new Set(refs.map(({ id }) => id))].filter(isStorable);
      const found = ids.length === 0 ? [] : await look(`${SELECT} WHERE "id" IN (${places(ids)})`, ids);
      const byId = new Map(found.map((each) => [each.id, each]));
      return refs.map(({ id, version }) => {
        const kept = byId.get(id);
        return kept === undefined ? null : inVersion(kept, version);
      });
    },

    end: (id, { at, by, reason }) =>
      write({ author: by, event: "ENDED", id }, (run) => take(run, id, [END, [at, by, text(reason), id, at]])),

    review: (id, { at, by, justified, text: said }) =>
      write({ author: by.callerId, event: "REVIEWED", id }, (run) => {
        const { id: subjectId = null, type = null, issuer = null } = by.subject ?? {};
        return take(run, id, [
          REVIEW,
          [at, by.callerId, subjectId, type, issuer, peopleText(by), justified, text(said), id, at],
        ]);
      }),

    async page({ filter, now, ownToo = false, page }) {
      const texts = Object.values(filter).filter((value) => typeof value === "string");
      if (!texts.every(isStorable)) return noPage();
      const others: readonly Condition[] =
        ownToo || filter.subjectId === undefined ? [] : [['"subject_id" <> "patient"']];
      const conditions = [...conditionsOf(filter, now), ...others];
      if (page.after !== null) conditions.push(['"id" < ?', page.after]);
      const where = conditions.length === 0 ? "" : ` WHERE ${conditions.map(([condition]) => condition).join(" AND ")}`;
      const parameters = [...conditions.flatMap(([, ...values]) => values), page.first + 1];
      const rows = await lists
        .query<RawRow[]>(sql(`${SELECT}${where} ORDER BY "id" DESC LIMIT ?`), parameters)
        .catch(fail);
      const itemOf = (row: RawRow) => {
        const node = breakGlassOf(row);
        return { node, key: node.id };
      };
      return pageOfRows(rows, { first: page.first, itemOf });
    },

    async counts(now) {
      const count = (condition: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;
      const statement = `SELECT ${count(IN_FORCE)} AS "open", ${count(`NOT (${IN_FORCE})`)} AS "waiting",
        ${count(`"review_due_at" <= ?`)} AS "overdue" FROM break_glass WHERE ${UNREVIEWED}`;
      const rows = () => source.query<RawRow[]>(sql(statement), [now, now, now]);
      const [row] = await answerWithin(LOOKUP_MS, rows).catch(fail);
      return { open: Number(row?.open ?? 0), waiting: Number(row?.waiting ?? 0), overdue: Number(row?.overdue ?? 0) };
    },
  };
}
