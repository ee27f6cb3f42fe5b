import { requireOtherThan, requirePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { CaseKind } from "../../cases/caseKind.ts";
import type { CaseSteps } from "../../cases/steps.ts";
import { type Alert, type AlertState, stateOf } from "./alert.ts";
import { type AboutAlert, JUDGED_BY, requireNotAbout } from "./whoMay.ts";

/** An alert as a case. What watching made of it is kept apart, with its findings, in the follower's own transactions. */
export const alertKind: Omit<CaseKind<Alert, AlertState>, "caseOf"> = {
  code: "ALERT",
  noun: "Alert",
  states: { OPEN: { kept: ["OPEN"] }, ACKNOWLEDGED: { kept: ["ACKNOWLEDGED"] }, CLOSED: { kept: ["CLOSED"] } },
  rowOf: (alert) => ({
    ...{ id: alert.id, state: stateOf(alert), slot: null, parent: null, clientId: alert.clientId },
    ...{ subject: alert.subject, patient: alert.patient, organization: null, openedAt: alert.alert.openedAt },
    openedBy: { callerId: "scopewarden:alerts", subject: null },
    decided: alert.alert.closed,
    ...{ dueAt: null, endsAt: null, isOver: alert.alert.closed !== null, body: null, life: null },
  }),
};

const judges = (caller: Identity, _: Alert, about: AboutAlert): void => {
  requirePerson(caller, JUDGED_BY);
  requireNotAbout(caller, about);
};

/** Nobody judges an alert that is about them; a verdict is corrected by somebody else than who gave it. */
export const ALERT_STEPS: CaseSteps<"acknowledge" | "close" | "correct", Alert, AlertState, AboutAlert> = {
  acknowledge: { field: "acknowledgeAlert", from: ["OPEN"], require: judges },
  close: { field: "closeAlert", from: ["OPEN", "ACKNOWLEDGED"], isAwaited: true, require: judges },
  correct: {
    field: "correctVerdict",
    from: ["CLOSED"],
    require(caller, alert, about) {
      judges(caller, alert, about);
      const { closed } = alert.alert;
      if (closed !== null)
        requireOtherThan(caller, [closed.by], "A verdict is corrected by somebody else than who gave it");
    },
  },
};
