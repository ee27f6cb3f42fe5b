import type { CaseKind } from "../../cases/caseKind.ts";
import type { SampledAccess, SampleVerdict } from "./weeklySample.ts";

export type SampleState = "OPEN" | "JUDGED";

/** What of a sampled access stands in no column of cases. */
interface Body {
  readonly decisionId: string;
  readonly population: number;
}

/** What is known of whose access it was stays with the decision, which is erased by its age. */
export const sampleKind: CaseKind<SampledAccess, SampleState> = {
  code: "SAMPLE",
  noun: "Sampled access",
  states: { OPEN: { kept: ["OPEN"] }, JUDGED: { kept: ["JUDGED"] } },
  rowOf({ decisionId, drawing: { drawnAt, drawnBy, from, population }, id, judged }) {
    return {
      ...{ id, parent: String(from), openedAt: drawnAt, openedBy: { callerId: drawnBy, subject: null } },
      ...{ slot: null, clientId: null, subject: null, patient: null, organization: null, dueAt: null, endsAt: null },
      state: judged === null ? "OPEN" : "JUDGED",
      decided: judged,
      isOver: judged !== null,
      body: { decisionId, population } satisfies Body,
      life: judged === null ? null : { verdict: judged.verdict, text: judged.text },
    };
  },
  caseOf({ body, decided, id, life, openedAt, openedBy, parent }) {
    const { decisionId, population } = body as unknown as Body;
    const said = life as { readonly verdict: SampleVerdict; readonly text: string } | null;
    return {
      ...{ id, decisionId },
      drawing: { from: Number(parent), drawnAt: openedAt, drawnBy: openedBy.callerId, population },
      judged: decided === null || said === null ? null : { ...decided, ...said },
    };
  },
};
