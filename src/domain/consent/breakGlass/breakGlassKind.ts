import type { CaseKind } from "../../cases/caseKind.ts";
import type { BreakGlassState, KeptBreakGlass } from "./breakGlass.ts";

/** What became of an emergency, as far as it stands in no column of cases. */
interface Life {
  /** The members of `KeptBreakGlass["ended"]`; the database keeps them as they are from then on. */
  readonly ended: { readonly at: number; readonly by: string; readonly reason: string | null } | null;
  readonly review: { readonly justified: boolean; readonly text: string } | null;
}

export const breakGlassKind: CaseKind<KeptBreakGlass, BreakGlassState> = {
  code: "BREAK_GLASS",
  noun: "Emergency",
  states: {
    OPEN: { kept: ["OPEN"], end: "BEFORE" },
    AWAITING_REVIEW: [{ kept: ["OPEN"], end: "AFTER" }, { kept: ["ENDED"] }],
    REVIEWED: { kept: ["REVIEWED"] },
  },
  rowOf({ ended, endsAt, id, openedBy, organization, patient, reason, review, reviewDueAt, startedAt, subject }) {
    const isOver = ended !== null || review !== null;
    const said = review && { justified: review.justified, text: review.text };
    return {
      ...{ id, subject, patient, organization, openedBy, endsAt, isOver },
      state: review !== null ? "REVIEWED" : ended !== null ? "ENDED" : "OPEN",
      slot: JSON.stringify([subject.type, subject.id, patient, organization]),
      ...{ parent: null, clientId: null, openedAt: startedAt, dueAt: reviewDueAt },
      decided: review && { at: review.at, by: review.by },
      body: { reason },
      life: isOver ? ({ ended: ended && { ...ended }, review: said } satisfies Life) : null,
    };
  },
  caseOf({ body, decided, dueAt, endsAt, id, life, openedAt, openedBy, organization, patient, subject }) {
    const { ended, review } = (life ?? { ended: null, review: null }) as unknown as Life;
    return {
      ...{ id, ended, openedBy, startedAt: openedAt, endsAt: endsAt ?? openedAt, reviewDueAt: dueAt ?? openedAt },
      ...{ subject: subject ?? { type: "", id: "" }, patient: patient ?? "", organization: organization ?? "" },
      reason: (body as { readonly reason: string }).reason,
      review: decided && review && { ...decided, ...review },
    };
  },
};
