import { conflict } from "../../domain/kernel/errors.ts";
import { actOf } from "../../domain/monitoring/responses/inquiry.ts";
import { inquiryKind } from "../../domain/monitoring/responses/inquiryKind.ts";
import type { InquiryStore } from "../../domain/monitoring/responses/store.ts";
import { inquiryAct } from "../../domain/record/acts.ts";
import { isStorable } from "../database/text.ts";
import { among, is } from "./caseSql.ts";
import { type CaseDeps, createCaseStore } from "./caseStore.ts";

/** Questions to people whom alerts are about. */
export function createInquiryStore(deps: CaseDeps): InquiryStore {
  const cases = createCaseStore(deps, inquiryKind, {
    actOf: (kept) => inquiryAct(actOf(kept)),
    standing: ({ id }) =>
      conflict(`Inquiry ${id} to the same person about the same alert waits for an answer already.`),
  });
  return {
    ...cases,
    async ofAlerts(alertIds) {
      const ids = [...new Set(alertIds)].filter(isStorable);
      return ids.length === 0 ? [] : cases.look([among(deps.dialect, '"parent"', ids)]);
    },
    ask: (asked) => cases.open(asked),
    answer: (id, answered) =>
      cases.step(id, {
        ...{ event: "ANSWERED", author: answered.by, at: answered.at, from: ["OPEN"] },
        change: (kept) => ({ ...kept, answered }),
      }),
    withdraw: (id, withdrawn) =>
      cases.step(id, {
        ...{ event: "WITHDRAWN", author: withdrawn.by, at: withdrawn.at, from: ["OPEN"] },
        change: (kept) => ({ ...kept, withdrawn }),
      }),
    page: ({ filter: { alertId, states, subjectId, subjectType }, ...query }) =>
      cases.page({
        ...query,
        states,
        where: [...is("parent", alertId), ...is("subject_id", subjectId), ...is("subject_type", subjectType)],
      }),
  };
}
