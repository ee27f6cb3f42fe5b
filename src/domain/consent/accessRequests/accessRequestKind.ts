import { type CaseKind, stateAt } from "../../cases/caseKind.ts";
import type { AccessRequest, AccessRequestState, AskedAccess, KeptAccessRequest } from "./accessRequest.ts";

/** What of an access request stands in no column of cases. */
type Body = Pick<KeptAccessRequest, "baseRevision" | "minutes" | "reason" | "role" | "scope">;
/** What was answered, and that it was given back or withdrawn. */
interface Life extends Partial<Pick<KeptAccessRequest, "given" | "policyRevision">> {
  readonly reason?: string;
  readonly returned?: NonNullable<KeptAccessRequest["returned"]>;
}

/** The very same role or scope: of two that wait, one would be approved beside the other. */
export const slotOf = ({ clientId, organization, role, scope, subject }: AskedAccess): string =>
  JSON.stringify(role === null ? [clientId, scope] : [subject?.type, subject?.id, role, organization]);

export const accessRequestKind: CaseKind<KeptAccessRequest, AccessRequestState> = {
  code: "ACCESS_REQUEST",
  noun: "Access request",
  states: {
    OPEN: { kept: ["OPEN"], end: "BEFORE" },
    APPROVED: { kept: ["APPROVED"], end: "BEFORE" },
    EXPIRED: { kept: ["OPEN", "APPROVED"], end: "AFTER" },
    REFUSED: { kept: ["REFUSED"] },
    RETURNED: { kept: ["RETURNED"] },
  },
  rowOf(of) {
    const { baseRevision, clientId, createdAt, decided, expiresAt, given, id, minutes, organization } = of;
    const { policyRevision, reason, requestedBy, returned, role, scope, state, subject } = of;
    const withdrawn = returned && { at: returned.at, by: { callerId: returned.by, subject: null } };
    return {
      ...{ id, state, clientId, subject, organization, openedAt: createdAt, openedBy: requestedBy, endsAt: expiresAt },
      ...{ slot: slotOf(of), parent: null, patient: null, dueAt: null },
      decided: decided ?? withdrawn,
      // It waits no more: while its access holds, the same may be asked for again.
      isOver: state !== "OPEN",
      body: { baseRevision, minutes, reason, role, scope } satisfies Body,
      life:
        state === "OPEN"
          ? null
          : {
              ...(decided !== null && { reason: decided.reason }),
              ...(given !== null && {
                given: { ...given, before: given.before && { ...given.before } },
                policyRevision,
              }),
              ...(returned !== null && { returned: { ...returned } }),
            },
    };
  },
  caseOf({ body, clientId, decided, endsAt, id, life, openedAt, openedBy, organization, state, subject }) {
    const { reason = null, given = null, policyRevision = null, returned = null } = (life ?? {}) as unknown as Life;
    return {
      ...{ id, clientId, given, organization, policyRevision, returned, subject },
      ...(body as unknown as Body),
      ...{ state: state as KeptAccessRequest["state"], requestedBy: openedBy, createdAt: openedAt },
      expiresAt: endsAt ?? openedAt,
      decided: decided === null || reason === null ? null : { ...decided, reason },
    };
  },
};

/** As it is at a time: whose time is over without an answer, or whose access has ended, has expired. */
export const requestAt = (kept: KeptAccessRequest, now: number): AccessRequest => ({
  ...kept,
  state: stateAt(accessRequestKind, { endsAt: kept.expiresAt, state: kept.state }, now),
});
