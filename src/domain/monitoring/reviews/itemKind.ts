import type { CaseKind } from "../../cases/caseKind.ts";
import type { Json } from "../../kernel/canonical.ts";
import { USER } from "../../policy/types.ts";
import type { Campaign, ReviewAccess, ReviewDecision, ReviewItem } from "./campaign.ts";

/** LAPSED: nobody decided it in time. */
export type ItemState = "UNDECIDED" | "LAPSED" | "DECIDED";

/** An item with what it has of its campaign. */
export interface ListedItem extends ReviewItem {
  readonly listed: Pick<Campaign, "startedAt" | "startedBy" | "dueAt" | "endsAt">;
}

/** What of an item stands in no column of cases. */
type Body = Pick<ReviewItem, "evidence" | "advice"> &
  Omit<ReviewAccess, "clientId" | "organization" | "subjectId" | "subjectType">;

export const itemKind: CaseKind<ListedItem, ItemState> = {
  code: "REVIEW_ITEM",
  noun: "Item",
  states: {
    UNDECIDED: { kept: ["UNDECIDED"], end: "BEFORE" },
    LAPSED: { kept: ["UNDECIDED"], end: "AFTER" },
    // Those with an exception are looked up when the next campaign begins.
    DECIDED: { kept: ["DECIDED", "EXCEPTED"] },
  },
  rowOf({ access, advice, campaignId, decision, evidence, id, listed, outcome }) {
    const { clientId, organization, subjectId, subjectType, ...what } = access;
    const { at: _, by: __, ...said } = decision ?? { at: 0, by: null };
    return {
      ...{ id, clientId, organization, dueAt: listed.dueAt, endsAt: listed.endsAt, parent: campaignId },
      ...{ openedAt: listed.startedAt, openedBy: listed.startedBy, slot: null, patient: null },
      subject: subjectId === null ? null : { type: subjectType ?? USER, id: subjectId },
      state: decision === null ? "UNDECIDED" : decision.exceptUntil === null ? "DECIDED" : "EXCEPTED",
      ...{ decided: decision, isOver: decision !== null || outcome !== null, outcome },
      body: { ...what, evidence, advice } as unknown as Json,
      life: decision === null ? null : (said as unknown as Json),
    };
  },
  caseOf({ body, clientId, decided, dueAt, endsAt, id, life, openedAt, openedBy, organization, ...row }) {
    const { advice, evidence, ...what } = body as unknown as Body;
    const { id: subjectId, type: subjectType } = row.subject ?? { id: null, type: null };
    const said = life as unknown as Omit<ReviewDecision, "at" | "by">;
    return {
      ...{ id, campaignId: row.parent ?? "", advice, evidence },
      access: { ...what, clientId, organization, subjectId, subjectType },
      decision: decided === null ? null : { ...said, ...decided },
      outcome: (row.outcome ?? null) as unknown as ReviewItem["outcome"],
      listed: { startedAt: openedAt, startedBy: openedBy, dueAt: dueAt ?? openedAt, endsAt: endsAt ?? openedAt },
    };
  },
};
