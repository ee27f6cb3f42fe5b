import { actOf, sameIsOpen } from "../../domain/consent/accessRequests/accessRequest.ts";
import { accessRequestKind, slotOf } from "../../domain/consent/accessRequests/accessRequestKind.ts";
import type { AccessRequestStore } from "../../domain/consent/accessRequests/store.ts";
import { accessRequestAct } from "../../domain/record/acts.ts";
import type { Dialect } from "../database/dialect.ts";
import type { GiveAccess, PutOnRecord } from "../journal/acts.ts";
import { createCaseSql, is } from "./caseSql.ts";
import { type CaseDeps, createCaseStore } from "./caseStore.ts";

const STANDS = `"state" IN ('OPEN', 'APPROVED') AND "ends_at" > ?`;
const MOST_STANDING = 100;
const MOST_OF_SUBJECT = 1_000;

/** Access for a while, which one asks for and another approves. */
export function createAccessRequestStore(deps: CaseDeps): AccessRequestStore {
  const cases = createCaseStore(deps, accessRequestKind, {
    actOf: (request) => accessRequestAct(actOf(request)),
    standing: ({ id }) => sameIsOpen(id),
  });
  return {
    ...cases,
    standing: (asked, now) =>
      cases.look(
        [
          ...is("client_id", asked.clientId ?? undefined),
          ...is("subject_id", asked.role === null ? undefined : asked.subject?.id),
          ['"slot" = ?', slotOf(asked)],
          [STANDS, now],
        ],
        `ORDER BY "id" DESC LIMIT ${MOST_STANDING}`,
      ),
    // Only a role has an organization: the access of a client does not end with the person for whom it was asked.
    standingOf: ({ id, type }, now) =>
      cases.look(
        [
          [STANDS, now],
          [
            `(("subject_id" = ? AND "subject_type" = ? AND ("state" = 'OPEN' OR "organization" IS NOT NULL))
              OR ("state" = 'OPEN' AND "opener_subject_id" = ? AND "opener_subject_type" = ?) OR "client_id" = ?)`,
            ...[id, type, id, type, type === "client" ? id : null],
          ],
        ],
        `ORDER BY "id" DESC LIMIT ${MOST_OF_SUBJECT}`,
      ),
    page: ({ filter: { callerId, clientId, organization, role, scope, states, subjectId, subjectType }, ...query }) =>
      cases.page({
        ...{ ...query, states },
        where: [
          ...is("client_id", clientId),
          ...is("subject_id", subjectId),
          ...is("subject_type", subjectType),
          ...is("organization", organization),
          ...is("opened_by", callerId),
          ...cases.inBody("role", role),
          ...cases.inBody("scope", scope),
        ],
      }),
    refuse: (id, decided) =>
      cases.step(id, {
        ...{ event: "REFUSED", author: decided.by.callerId, at: decided.at, from: ["OPEN"] },
        change: (request) => ({ ...request, state: "REFUSED", decided }),
      }),
    giveBack: (id, returned) =>
      cases.step(id, {
        ...{ event: "RETURNED", author: returned.by, at: returned.at, from: ["OPEN", "APPROVED"] },
        change: (request) => ({ ...request, state: "RETURNED", returned }),
      }),
  };
}

/** Gives access, or takes it back, in the transaction of the policy's revision that does it. */
export function createGiveAccess(deps: { readonly dialect: Dialect; readonly putOnRecord: PutOnRecord }): GiveAccess {
  const cases = createCaseSql(deps.dialect, accessRequestKind);
  return async (run, { accessRequestId, at, by, given, people, reason, step, subject }, policyRevision) => {
    const decided = { at, by: { callerId: by, subject, ...(people && { people }) }, reason: reason ?? "" };
    const taken = await cases.take(run, accessRequestId, {
      at,
      from: step === "APPROVED" ? ["OPEN"] : ["OPEN", "APPROVED"],
      change: (request) =>
        step === "APPROVED"
          ? {
              ...request,
              state: step,
              decided,
              given,
              policyRevision,
              expiresAt: given.validUntil ?? request.expiresAt,
            }
          : { ...request, state: step, returned: { at, by, reason } },
    });
    await deps.putOnRecord(run, accessRequestAct(actOf(taken)));
  };
}
