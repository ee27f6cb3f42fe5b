import type { Caller } from "../callers/types.ts";
import type { Page, PageRequest } from "../kernel/pages.ts";
import type { SimulationAct } from "../record/simulationAct.ts";
import type { RecordAudit } from "./recordReads.ts";

/** What was asked about changes that are not made, newest first. Rejects with JOURNAL_UNAVAILABLE. */
export interface QuestionStore {
  page(page: PageRequest<number>): Promise<Page<SimulationAct, number>>;
}

/** Who asked what a change would do, or who can do what, as auditors read it. Rejects with JOURNAL_UNAVAILABLE. */
export interface QuestionsAsked {
  /** Newest first. That it was read is on record before the answer, as it may name people. */
  page(caller: Caller, page: PageRequest<number>): Promise<Page<SimulationAct, number>>;
}

export const createQuestionsAsked = ({
  recordAudit,
  store,
}: {
  readonly store: QuestionStore;
  readonly recordAudit: RecordAudit;
}): QuestionsAsked => ({
  async page(caller, request) {
    const found = await store.page(request);
    await recordAudit(caller, { field: "questionsAsked", filter: {}, shown: found.items.length });
    return found;
  },
});
