import type { CaseKind } from "../../cases/caseKind.ts";
import type { AlertResponse } from "../../policy/types.ts";
import type { KeptRestriction, RestrictionRule, RestrictionState } from "./restriction.ts";

/** What of a restriction stands in no column of cases. */
interface Body {
  readonly response: AlertResponse;
  readonly reason: string;
  readonly rule: { readonly [M in keyof RestrictionRule]: RestrictionRule[M] } | null;
}

/**
 * Of one alert the same holder is restricted once in the same way; without an alert a holder is blocked once. Whether other alerts restrict
 * the holder already depends on how they show the holder (storage/cases/imposing.ts).
 */
const slotOf = ({ alertId, holder, response }: KeptRestriction): string =>
  JSON.stringify([alertId, holder.kind, holder.kind === "CLIENT" ? "client" : holder.type, holder.id, response]);

export const restrictionKind: CaseKind<KeptRestriction, RestrictionState> = {
  code: "RESTRICTION",
  noun: "Restriction",
  states: {
    IN_FORCE: { kept: ["IN_FORCE"], end: "BEFORE" },
    ENDED: { kept: ["IN_FORCE"], end: "AFTER" },
    LIFTED: { kept: ["LIFTED"] },
  },
  rowOf(of) {
    const { alertId, endsAt, holder, id, imposedAt, imposedBy, lifted, reason, response, rule } = of;
    return {
      ...{ id, slot: slotOf(of), parent: alertId, openedAt: imposedAt, openedBy: imposedBy, endsAt, dueAt: null },
      state: lifted === null ? "IN_FORCE" : "LIFTED",
      clientId: holder.kind === "CLIENT" ? holder.id : null,
      subject: holder.kind === "CLIENT" ? null : { type: holder.type, id: holder.id },
      ...{ patient: null, organization: null },
      decided: lifted,
      isOver: lifted !== null,
      body: { response, reason, rule: rule === null ? null : { ...rule } } satisfies Body,
      life: lifted === null ? null : { reason: lifted.reason },
    };
  },
  caseOf({ body, clientId, decided, endsAt, id, life, openedAt, openedBy, parent, subject }) {
    const { reason, response, rule } = body as unknown as Body;
    return {
      ...{ id, response, reason, rule, alertId: parent, imposedAt: openedAt, imposedBy: openedBy },
      holder: subject === null ? { kind: "CLIENT", id: clientId ?? "" } : { kind: "SUBJECT", ...subject },
      endsAt: endsAt ?? openedAt,
      lifted: decided === null ? null : { ...decided, reason: (life as { readonly reason: string }).reason },
    };
  },
};
