import type { DataSource } from "typeorm";
import { type AskedAccess, type KeptState, sameIsOpen } from "../../domain/consent/accessRequests/accessRequest.ts";
import type { AccessRequestFilter, AccessRequestStore } from "../../domain/consent/accessRequests/store.ts";
import { accessRequestAct } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageOfRows } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import type { AccessRequestSteps } from "./accessRequestSteps.ts";
import { accessRequestColumns, accessRequestOf, accessRequestValues } from "./accessRequestTables.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Access requests can't be read or written.", error));

/** Throws UNAUTHENTICATED where the key behind a caller id is no longer in force. */
type RequireCaller = (run: RunSql, callerId: string) => Promise<void>;

type Condition = readonly [sql: string, ...parameters: readonly unknown[]];

/** The columns that a filter compares, but for the state. */
const COMPARED = {
  subjectId: "subject_id",
  subjectType: "subject_type",
  clientId: "client_id",
  role: "role",
  scope: "scope",
  organization: "organization",
  requestedBy: "requested_by",
} as const satisfies Record<Exclude<keyof AccessRequestFilter, "state">, string>;

function conditionsOf({ state, ...texts }: AccessRequestFilter, now: number): readonly Condition[] {
  const compared = Object.entries(COMPARED).flatMap(([member, column]): Condition[] => {
    const value = texts[member as keyof typeof COMPARED];
    return value === undefined ? [] : [[`"${column}" = ?`, value]];
  });
  const stateIs: Condition[] =
    state === undefined
      ? []
      : state === "EXPIRED"
        ? [[`"state" IN ('OPEN', 'APPROVED') AND "expires_at" <= ?`, now]]
        : state === "OPEN" || state === "APPROVED"
          ? [[`"state" = '${state satisfies KeptState}' AND "expires_at" > ?`, now]]
          : [[`"state" = '${state satisfies KeptState}'`]];
  return [...stateIs, ...compared];
}

/** Of the very same role or scope. */
const sameAs = ({ subject, role, organization, clientId, scope }: AskedAccess): Condition =>
  subject !== null && role !== null
    ? [
        `"subject_id" = ? AND "subject_type" = ? AND "role" = ? AND "organization" = ?`,
        ...[subject.id, subject.type, role, organization],
      ]
    : [`"client_id" = ? AND "scope" = ?`, clientId, scope];

const MOST_STANDING = 100;
const MOST_OF_SUBJECT = 1_000;

/** Access requests. Each write is one transaction, with its act on record, and may be run again without harm. */
export function createAccessRequestStore(deps: {
  readonly source: DataSource;
  /** For lists, which may take long. */
  readonly lists: DataSource;
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  readonly requireCaller: RequireCaller;
  readonly steps: AccessRequestSteps;
}): AccessRequestStore {
  const { source, lists, writer, dialect, putOnRecord, requireCaller, steps } = deps;
  const sql = (text: string): string => withParameters(dialect, text);
  const IS_RECORDED = sql('SELECT 1 FROM journal WHERE "id" = ?');
  const SELECT = `SELECT ${columnList(accessRequestColumns)} FROM access_request`;
  const INSERT = sql(
    `INSERT INTO access_request (${columnList(accessRequestColumns)}) VALUES (${accessRequestColumns.map(() => "?").join(", ")})`,
  );
  const STANDS = `"state" IN ('OPEN', 'APPROVED') AND "expires_at" > ?`;

  /** Two of the same at once: the second finds the first. Reads do not wait. */
  const takeTurn = dialect.name === "postgres" ? "LOCK TABLE access_request IN SHARE ROW EXCLUSIVE MODE" : null;

  /** Run again after an outcome that nobody knows, a step finds its act and is content. */
  const write = (actId: string, author: string, work: (run: RunSql) => Promise<void>): Promise<void> =>
    writer
      .write(({ run, retry }) =>
        inTransaction({ run, dialect, conflict: "There is an access request of this id already." }, async () => {
          if (retry && (await run(IS_RECORDED, [actId])).rows.length > 0) return;
          await requireCaller(run, author);
          await work(run);
        }),
      )
      .catch(fail);
  const actIdOf = (id: string, event: string): string => `access-request:${id}:${event}`;

  const look = async (text: string, parameters: readonly unknown[]) => {
    const rows = () => source.query<RawRow[]>(sql(text), [...parameters]);
    return (await answerWithin(LOOKUP_MS, rows).catch(fail)).map(accessRequestOf);
  };

  return {
    async add(request, act) {
      const values = accessRequestValues(request);
      const onRecord = accessRequestAct(act);
      const [same, ...asked] = sameAs(request);
      const alreadyOpen = sql(
        `SELECT "id" FROM access_request WHERE ${same} AND "state" = 'OPEN' AND "expires_at" > ?`,
      );
      await write(onRecord.id, act.author, async (run) => {
        if (takeTurn !== null) await run(takeTurn, []);
        const [open] = (await run(alreadyOpen, [...asked, request.createdAt])).rows;
        if (open !== undefined) throw sameIsOpen(String(open.id));
        await run(INSERT, values);
        await putOnRecord(run, onRecord);
      });
    },

    async find(id) {
      if (!isStorable(id)) return null;
      const [found] = await look(`${SELECT} WHERE "id" = ?`, [id]);
      return found ?? null;
    },

    standing(asked, now) {
      const [of, ...parameters] = sameAs(asked);
      const text = `${SELECT} WHERE ${of} AND ${STANDS} ORDER BY "id" DESC LIMIT ${MOST_STANDING}`;
      return look(text, [...parameters, now]);
    },

    standingOf({ type, id }, now) {
      const isClient = type === "client";
      const of = `("subject_id" = ? AND "subject_type" = ? AND ("state" = 'OPEN' OR "role" IS NOT NULL))
        OR ("state" = 'OPEN' AND "requester_subject_id" = ? AND "requester_subject_type" = ?)${isClient ? ' OR "client_id" = ?' : ""}`;
      const text = `${SELECT} WHERE ${STANDS} AND (${of}) ORDER BY "id" DESC LIMIT ${MOST_OF_SUBJECT}`;
      return look(text, [now, id, type, id, type, ...(isClient ? [id] : [])]);
    },

    async page({ filter, now, page }) {
      const texts = Object.values(filter).filter((value) => value !== undefined);
      if (!texts.every(isStorable)) return noPage();
      const conditions = [...conditionsOf(filter, now)];
      if (page.after !== null) conditions.push(['"id" < ?', page.after]);
      const where = conditions.length === 0 ? "" : ` WHERE ${conditions.map(([condition]) => condition).join(" AND ")}`;
      const parameters = [...conditions.flatMap(([, ...values]) => values), page.first + 1];
      const rows = await lists
        .query<RawRow[]>(sql(`${SELECT}${where} ORDER BY "id" DESC LIMIT ?`), parameters)
        .catch(fail);
      const itemOf = (row: RawRow) => {
        const node = accessRequestOf(row);
        return { node, key: node.id };
      };
      return pageOfRows(rows, { first: page.first, itemOf });
    },

    refuse: (id, decided) =>
      write(actIdOf(id, "refused"), decided.by.callerId, (run) => steps.refuse(run, id, decided)),
    giveBack: (id, returned) => write(actIdOf(id, "returned"), returned.by, (run) => steps.giveBack(run, id, returned)),
  };
}
