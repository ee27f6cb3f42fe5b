import type { CaseKind, Decided } from "../../cases/caseKind.ts";
import type { InquiryAnswer, InquiryReason, InquiryState, KeptInquiry } from "./inquiry.ts";

/** What of an inquiry stands in no column of cases. */
interface Body {
  readonly accesses: KeptInquiry["accesses"];
  readonly reason: string;
}
type Life = { readonly reasonCode: InquiryReason; readonly text: string } | { readonly reason: string };

const decidedBy = (at: number, callerId: string): Decided => ({ at, by: { callerId, subject: null } });

export const inquiryKind: CaseKind<KeptInquiry, InquiryState> = {
  code: "INQUIRY",
  noun: "Inquiry",
  states: {
    OPEN: { kept: ["OPEN"], end: "BEFORE" },
    EXPIRED: { kept: ["OPEN"], end: "AFTER" },
    ANSWERED: { kept: ["ANSWERED"] },
    WITHDRAWN: { kept: ["WITHDRAWN"] },
  },
  rowOf({ accesses, alertId, answered, askedAt, askedBy, endsAt, id, reason, subject, withdrawn }) {
    const over = answered ?? withdrawn;
    const life: Life | null =
      answered !== null
        ? { reasonCode: answered.reasonCode, text: answered.text }
        : withdrawn && { reason: withdrawn.reason };
    return {
      ...{
        id,
        subject,
        slot: `${alertId} ${subject.type}/${subject.id}`,
        parent: alertId,
        openedAt: askedAt,
        openedBy: askedBy,
        endsAt,
      },
      state: answered !== null ? "ANSWERED" : withdrawn !== null ? "WITHDRAWN" : "OPEN",
      ...{ clientId: null, patient: null, organization: null, dueAt: null, life },
      decided: over === null ? null : decidedBy(over.at, over.by),
      isOver: over !== null,
      body: { accesses: accesses.map((each) => ({ ...each })), reason },
    };
  },
  caseOf({ body, decided, endsAt, id, life, openedAt, openedBy, parent, state, subject }) {
    const { accesses, reason } = body as unknown as Body;
    const asked = subject ?? { type: "", id: "" };
    const over = decided === null ? null : { at: decided.at, by: decided.by.callerId };
    return {
      ...{
        id,
        accesses,
        reason,
        alertId: parent ?? "",
        askedAt: openedAt,
        askedBy: openedBy,
        endsAt: endsAt ?? openedAt,
      },
      subject: asked,
      // Nobody answers but who is asked.
      answered:
        over !== null && state === "ANSWERED"
          ? { ...over, answeredBy: asked, ...(life as Pick<InquiryAnswer, "reasonCode" | "text">) }
          : null,
      withdrawn: over !== null && state === "WITHDRAWN" ? { ...over, ...(life as { readonly reason: string }) } : null,
    };
  },
};
