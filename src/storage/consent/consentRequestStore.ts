import type { DataSource } from "typeorm";
import { answeredAct, askedAct, type KeptConsentRequest } from "../../domain/consent/requests/consentRequest.ts";
import { type ConsentRequestStore, OPEN_REQUESTS } from "../../domain/consent/requests/store.ts";
import type { Consent } from "../../domain/consent/types.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { consentRequestAct } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList, quoted } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { isStorable } from "../database/text.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import { addVersion } from "./addConsent.ts";
import {
  answerValues,
  consentRequestColumns,
  consentRequestOf,
  openValues,
  questionOf,
} from "./consentRequestTables.ts";
import { CONSENTS } from "./consentTables.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Consent requests can't be read or written.", error));

/** How long one that nobody answered in time is still told from one that there never was. */
const KEPT_MS = 24 * 60 * 60 * 1000;

const refKey = ({ id, version }: Pick<Consent, "id" | "version">): string => JSON.stringify([id, version]);

export function createConsentRequestStore(deps: {
  readonly source: DataSource;
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  readonly requireCaller: (run: RunSql, callerId: string) => Promise<void>;
}): ConsentRequestStore {
  const { source, writer, dialect, putOnRecord, requireCaller } = deps;
  const sql = (text: string): string => withParameters(dialect, text);
  const COLUMNS = columnList(consentRequestColumns);
  const FIND = sql(`SELECT ${COLUMNS} FROM consent_request WHERE "id" = ?`);
  const INSERT = sql(
    `INSERT INTO consent_request (${COLUMNS}) VALUES (${consentRequestColumns.map(() => "?").join(", ")})`,
  );
  const WAITING = sql(`SELECT ${COLUMNS} FROM consent_request
    WHERE "patient" = ? AND "client_id" = ? AND "answered_at" IS NULL AND "expires_at" > ? ORDER BY "requested_at", "id"`);
  const CLEAR = sql(`DELETE FROM consent_request
    WHERE "patient" = ? AND "client_id" = ? AND "answered_at" IS NULL AND "expires_at" <= ?`);
  const END = sql(`UPDATE consent_request SET "expires_at" = ? WHERE "id" = ? AND "answered_at" IS NULL`);
  const ANSWER = sql(`UPDATE consent_request SET "answered_at" = ?, "answer" = ?
    WHERE "id" = ? AND "answered_at" IS NULL AND "expires_at" > ?`);
  const SAID_SINCE = sql(
    `SELECT 1 FROM ${quoted(CONSENTS)} WHERE "patient" = ? AND "until" IS NULL AND "recorded_at" >= ?`,
  );
  const IS_RECORDED = sql('SELECT 1 FROM journal WHERE "id" = ?');
  const NEWEST = sql(`SELECT "id", "version" FROM ${quoted(CONSENTS)} WHERE "patient" = ? AND "until" IS NULL`);

  async function waiting(run: RunSql, { clientId, patient, requestedAt }: KeptConsentRequest) {
    return (await run(WAITING, [patient, clientId, requestedAt])).rows;
  }
  /** The newest of those that ask the same; null: there is none, or what the patient said since may refuse an answer to it. */
  async function sameIn(run: RunSql, rows: readonly RawRow[], request: KeptConsentRequest) {
    const same = rows.findLast((row) => row.question === questionOf(request));
    if (same === undefined || (await run(SAID_SINCE, [request.patient, same.requested_at])).rows.length > 0)
      return null;
    return consentRequestOf(same);
  }

  /** In the journal's turn, so that what other instances recorded before is seen. @throws ScopewardenError CONFLICT */
  async function requireAsRead(
    run: RunSql,
    patient: string,
    { consents, read }: { readonly consents: readonly Consent[]; readonly read: readonly Consent[] },
  ): Promise<void> {
    const made = new Set(consents.map(({ id }) => id));
    const expected = [...read.filter(({ id }) => !made.has(id)), ...consents].map(refKey).sort();
    const { rows } = await run(NEWEST, [patient]);
    const found = rows.map(({ id, version }) => refKey({ id: String(id), version: Number(version) })).sort();
    if (found.length === expected.length && found.every((key, i) => key === expected[i])) return;
    throw new ScopewardenError(
      "CONFLICT",
      "What the patient said has changed meanwhile. Nothing was changed; try again.",
    );
  }

  return {
    open: (request) =>
      writer
        .write(({ run, retry }) =>
          inTransaction({ run, dialect, conflict: "There is a consent request of this id already." }, async () => {
            const act = consentRequestAct(askedAct(request));
            if (retry && (await run(IS_RECORDED, [act.id])).rows.length > 0) return request;
            await requireCaller(run, request.requestedBy);
            const before = await sameIn(run, await waiting(run, request), request);
            if (before !== null) return before;
            const { clientId, patient, requestedAt } = request;
            // In the journal's turn once more: two instances don't ask the same twice.
            await putOnRecord(run, act);
            const rows = await waiting(run, request);
            const same = await sameIn(run, rows, request);
            if (same !== null) throw new AskedBefore(same);
            await run(CLEAR, [patient, clientId, requestedAt - KEPT_MS]);
            for (const row of rows.slice(0, Math.max(0, rows.length + 1 - OPEN_REQUESTS)))
              await run(END, [requestedAt, row.id]);
            await run(INSERT, openValues(request));
            return request;
          }),
        )
        .catch((error: unknown) => (error instanceof AskedBefore ? error.request : fail(error))),

    async find(id) {
      if (!isStorable(id)) return null;
      const [row] = await answerWithin(LOOKUP_MS, () => source.query<RawRow[]>(FIND, [id])).catch(fail);
      return row === undefined ? null : consentRequestOf(row);
    },

    answer: (request, { answered, consents, read }) =>
      writer
        .write(({ run, retry }) =>
          inTransaction({ run, dialect, conflict: "What the patient said has changed meanwhile." }, async () => {
            const act = consentRequestAct(answeredAct(request, answered));
            if (retry && (await run(IS_RECORDED, [act.id])).rows.length > 0) return;
            await requireCaller(run, answered.callerId);
            const { affected } = await run(ANSWER, [...answerValues(answered), request.id, answered.at]);
            if (affected !== 1)
              throw new ScopewardenError(
                "CONFLICT",
                `Consent request ${request.id} was answered before, or its time is over. Nothing was changed.`,
              );
            for (const consent of consents)
              await addVersion({ run, retry, dialect, putOnRecord, requireCaller }, consent);
            await putOnRecord(run, act);
            await requireAsRead(run, request.patient, { consents, read });
          }),
        )
        .catch(fail),
  };
}

/** Rolls back what was begun, as the same is asked already. */
class AskedBefore extends ScopewardenError {
  readonly request: KeptConsentRequest;

  constructor(request: KeptConsentRequest) {
    super("CONFLICT", `The same is asked already: consent request ${request.id}.`);
    this.request = request;
  }
}
