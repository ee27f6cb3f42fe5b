import { answeredAct, askedAct, type KeptConsentRequest } from "../../domain/consent/requests/consentRequest.ts";
import { consentRequestKind } from "../../domain/consent/requests/consentRequestKind.ts";
import { type ConsentRequestStore, OPEN_REQUESTS } from "../../domain/consent/requests/store.ts";
import type { Consent } from "../../domain/consent/types.ts";
import { canonicalJson, type Json } from "../../domain/kernel/canonical.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { consentRequestAct } from "../../domain/record/acts.ts";
import { addVersion } from "../consent/addConsent.ts";
import { CONSENTS } from "../consent/consentTables.ts";
import { quoted } from "../database/columns.ts";
import type { RunSql } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { inTransaction } from "../database/transaction.ts";
import { type Condition, createCaseSql, is } from "./caseSql.ts";
import { type CaseDeps, createCaseStore } from "./caseStore.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Consent requests can't be read or written.", error));

/** How long one that nobody answered in time is still told from one that there never was. */
const KEPT_MS = 24 * 60 * 60 * 1000;

const refKey = ({ id, version }: Pick<Consent, "id" | "version">): string => JSON.stringify([id, version]);

/** The same of who asks the same of the same patient and client. */
function questionOf(request: KeptConsentRequest): string {
  const { grantAction, grantId, inTheWay, languages, purposes, requestedBy, scopes, subject } = request;
  const question = { grantAction, grantId, inTheWay, languages, purposes, requestedBy, scopes, subject };
  return canonicalJson(question as unknown as Json);
}

/** Questions to patients, and their answers. */
export function createConsentRequestStore(deps: CaseDeps): ConsentRequestStore {
  const { writer, dialect, putOnRecord, requireCaller } = deps;
  const sql = (text: string): string => withParameters(dialect, text);
  const cases = createCaseSql(dialect, consentRequestKind);
  const { count, countDecided, find, findAll, page, waiting } = createCaseStore(deps, consentRequestKind, {
    actOf: (request) => consentRequestAct(askedAct(request)),
    standing: (same) => new AskedBefore(same),
  });
  const CLEAR = sql(`DELETE FROM case_file
    WHERE ${cases.of} AND "patient" = ? AND "client_id" = ? AND "decided_at" IS NULL AND "ends_at" <= ?`);
  const SAID_SINCE = sql(
    `SELECT 1 FROM ${quoted(CONSENTS)} WHERE "patient" = ? AND "until" IS NULL AND "recorded_at" >= ?`,
  );
  const IS_RECORDED = sql('SELECT 1 FROM journal WHERE "id" = ?');
  const NEWEST = sql(`SELECT "id", "version" FROM ${quoted(CONSENTS)} WHERE "patient" = ? AND "until" IS NULL`);

  function openNow(run: RunSql, { clientId, patient, requestedAt }: KeptConsentRequest) {
    const ofPatient: readonly Condition[] = [...is("patient", patient), ...is("client_id", clientId)];
    const open: readonly Condition[] = [['"decided_at" IS NULL'], ['"ends_at" > ?', requestedAt]];
    return cases.rows(run, [...ofPatient, ...open], 'ORDER BY "opened_at", "id"');
  }
  /** The newest of those that ask the same; null: there is none, or what the patient said since may refuse an answer to it. */
  async function sameIn(run: RunSql, open: readonly KeptConsentRequest[], request: KeptConsentRequest) {
    const question = questionOf(request);
    const same = open.findLast((each) => questionOf(each) === question);
    if (same === undefined || (await run(SAID_SINCE, [request.patient, same.requestedAt])).rows.length > 0) return null;
    return same;
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
    ...{ count, countDecided, find, findAll, waiting },
    page: ({ filter: { patient, states }, ...query }) => page({ ...query, states, where: is("patient", patient) }),
    open: (request) =>
      writer
        .write(({ run, retry }) =>
          inTransaction({ run, dialect, conflict: "There is a consent request of this id already." }, async () => {
            const act = consentRequestAct(askedAct(request));
            if (retry && (await run(IS_RECORDED, [act.id])).rows.length > 0) return request;
            await requireCaller(run, request.requestedBy);
            const before = await sameIn(run, await openNow(run, request), request);
            if (before !== null) return before;
            const { clientId, patient, requestedAt: at } = request;
            // In the journal's turn once more: two instances don't ask the same twice.
            await putOnRecord(run, act);
            const open = await openNow(run, request);
            const same = await sameIn(run, open, request);
            if (same !== null) throw new AskedBefore(same);
            await run(CLEAR, [patient, clientId, at - KEPT_MS]);
            for (const { id } of open.slice(0, Math.max(0, open.length + 1 - OPEN_REQUESTS)))
              await cases.take(run, id, {
                ...{ at, from: ["OPEN"] },
                // A case ends after it began.
                change: (oldest) => ({ ...oldest, expiresAt: Math.max(at, oldest.requestedAt + 1) }),
              });
            await cases.insert(run, request);
            return request;
          }),
        )
        .catch((error: unknown) => (error instanceof AskedBefore ? error.request : fail(error))),

    answer: ({ id, patient }, { answered, consents, read }) =>
      writer
        .write(({ run, retry }) =>
          inTransaction({ run, dialect, conflict: "What the patient said has changed meanwhile." }, async () => {
            const actId = `consent-request:${id}:answered`;
            if (retry && (await run(IS_RECORDED, [actId])).rows.length > 0) return;
            await requireCaller(run, answered.callerId);
            const taken = await cases.take(run, id, {
              ...{ at: answered.at, from: ["OPEN"] },
              change: (request) => ({ ...request, answered }),
            });
            for (const consent of consents)
              await addVersion({ run, retry, dialect, putOnRecord, requireCaller }, consent);
            await putOnRecord(run, consentRequestAct(answeredAct(taken, answered)));
            await requireAsRead(run, patient, { consents, read });
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
