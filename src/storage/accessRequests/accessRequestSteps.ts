import {
  type AccessRequestEvent,
  actOf,
  type KeptAccessRequest,
} from "../../domain/consent/accessRequests/accessRequest.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { accessRequestAct } from "../../domain/record/acts.ts";
import { columnList, toDatabase } from "../database/columns.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { peopleText } from "../database/storedPerson.ts";
import type { GiveAccess, PutOnRecord } from "../journal/acts.ts";
import { accessRequestColumns, accessRequestOf } from "./accessRequestTables.ts";

const text = (value: string | null): unknown => toDatabase(value, { property: "reason", name: "reason", type: "text" });

/**
 * The steps of an access request, each in the transaction of what it does, with its act.
 * @throws ScopewardenError CONFLICT where the request does not wait for the step
 */
export interface AccessRequestSteps {
  readonly give: GiveAccess;
  refuse(run: RunSql, id: string, decided: NonNullable<KeptAccessRequest["decided"]>): Promise<void>;
  giveBack(run: RunSql, id: string, returned: NonNullable<KeptAccessRequest["returned"]>): Promise<void>;
}

export function createAccessRequestSteps(deps: {
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
}): AccessRequestSteps {
  const { dialect, putOnRecord } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const READ = sql(`SELECT ${columnList(accessRequestColumns)} FROM access_request WHERE "id" = ?`);
  const DECIDED = `"decided_at" = ?, "decided_by" = ?, "decider_subject_id" = ?, "decider_subject_type" = ?, "decider_issuer" = ?,
    "decider_people" = ?,
    "decision_reason" = ?`;
  const APPROVE =
    sql(`UPDATE access_request SET "state" = 'APPROVED', ${DECIDED}, "given" = ?, "expires_at" = ?, "policy_revision" = ?
    WHERE "id" = ? AND "state" = 'OPEN' AND "expires_at" > ?`);
  const REFUSE = sql(`UPDATE access_request SET "state" = 'REFUSED', ${DECIDED}
    WHERE "id" = ? AND "state" = 'OPEN' AND "expires_at" > ?`);
  const RETURN =
    sql(`UPDATE access_request SET "state" = 'RETURNED', "returned_at" = ?, "returned_by" = ?, "return_reason" = ?
    WHERE "id" = ? AND "state" IN ('OPEN', 'APPROVED') AND "expires_at" > ?`);

  async function take(
    run: RunSql,
    id: string,
    step: {
      readonly event: AccessRequestEvent;
      readonly at: number;
      readonly author: string;
      readonly text: string | null;
      readonly update: readonly [sql: string, values: readonly unknown[]];
    },
  ): Promise<void> {
    const { update, ...said } = step;
    const { affected } = await run(...update);
    if (affected !== 1)
      throw new ScopewardenError(
        "CONFLICT",
        `Access request ${id} is not as it was read: somebody else was first, or its time is over. Nothing was changed.`,
      );
    const [row] = (await run(READ, [id])).rows;
    if (row !== undefined) await putOnRecord(run, accessRequestAct(actOf(accessRequestOf(row), said)));
  }

  const decidedValues = ({ at, by, reason }: NonNullable<KeptAccessRequest["decided"]>): readonly unknown[] => [
    at,
    by.callerId,
    by.subject?.id ?? null,
    by.subject?.type ?? null,
    by.subject?.issuer ?? null,
    peopleText(by),
    text(reason),
  ];
  const giveBack: AccessRequestSteps["giveBack"] = (run, id, { at, by, reason }) =>
    take(run, id, {
      event: "RETURNED",
      at,
      author: by,
      text: reason,
      update: [RETURN, [at, by, text(reason), id, at]],
    });

  return {
    async give(run, { accessRequestId: id, step, by, people, subject, at, reason, given }, revision) {
      if (step === "RETURNED") return giveBack(run, id, { at, by, reason });
      const decided = decidedValues({
        at,
        by: { callerId: by, subject, ...(people && { people }) },
        reason: reason ?? "",
      });
      const values = [...decided, JSON.stringify(given), given.validUntil, revision, id, at];
      await take(run, id, { event: "APPROVED", at, author: by, text: reason, update: [APPROVE, values] });
    },
    async refuse(run, id, decided) {
      const { at, by, reason } = decided;
      const update = [REFUSE, [...decidedValues(decided), id, at]] as const;
      await take(run, id, { event: "REFUSED", at, author: by.callerId, text: reason, update });
    },
    giveBack,
  };
}
