import { type CaseKind, stateAt } from "../../cases/caseKind.ts";
import type { CaseSteps } from "../../cases/steps.ts";
import type { Json } from "../../kernel/canonical.ts";
import type { ConsentAnswered, ConsentRequest, ConsentRequestState, KeptConsentRequest } from "./consentRequest.ts";

/** What of a consent request stands in a column of cases. */
type InColumns = "answered" | "clientId" | "expiresAt" | "id" | "patient" | "requestedAt" | "requestedBy" | "subject";

export const consentRequestKind: CaseKind<KeptConsentRequest, ConsentRequestState> = {
  code: "CONSENT_REQUEST",
  noun: "Consent request",
  states: {
    OPEN: { kept: ["OPEN"], end: "BEFORE" },
    EXPIRED: { kept: ["OPEN"], end: "AFTER" },
    ANSWERED: { kept: ["ANSWERED"] },
  },
  rowOf({ answered, clientId, expiresAt, id, patient, requestedAt, requestedBy, subject, ...asked }) {
    const { at = 0, callerId = "", ...life } = answered ?? {};
    const said: Omit<KeptConsentRequest, InColumns> = asked;
    return {
      ...{ id, clientId, patient, subject, openedAt: requestedAt, endsAt: expiresAt, dueAt: null },
      ...{ slot: null, parent: null, organization: null, isOver: answered !== null },
      state: answered === null ? "OPEN" : "ANSWERED",
      openedBy: { callerId: requestedBy, subject: null },
      decided: answered === null ? null : { at, by: { callerId, subject: null } },
      body: said as unknown as Json,
      life: answered === null ? null : (life as unknown as Json),
    };
  },
  caseOf({ body, clientId, decided, endsAt, id, life, openedAt, openedBy, patient, subject }) {
    const said = life as unknown as Omit<ConsentAnswered, "at" | "callerId">;
    return {
      ...(body as unknown as Omit<KeptConsentRequest, InColumns>),
      ...{ id, subject, clientId: clientId ?? "", patient: patient ?? "" },
      ...{ requestedAt: openedAt, requestedBy: openedBy.callerId, expiresAt: endsAt ?? openedAt },
      answered: decided === null ? null : { ...said, at: decided.at, callerId: decided.by.callerId },
    };
  },
};

/** As it is at a time: that it has expired is seen by the clock. */
export const consentRequestAt = (kept: KeptConsentRequest, now: number): ConsentRequest => ({
  ...kept,
  state: stateAt(consentRequestKind, consentRequestKind.rowOf(kept), now),
});

export const CONSENT_REQUEST_STEPS: CaseSteps<"answer", KeptConsentRequest, ConsentRequestState, null> = {
  answer: {
    field: "answerConsentRequest",
    from: ["OPEN"],
    // Whoever asked shows it to the patient: what others asked stands in no inbox.
    isAwaited: ({ id }, { requestedBy }) => id === requestedBy,
    // Whoever sees it may bring the answer; who gave it, and by what they speak for the patient, only the call can tell.
    require: () => undefined,
  },
};
