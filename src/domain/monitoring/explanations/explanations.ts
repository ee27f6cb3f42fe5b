import type { Caller } from "../../callers/types.ts";
import type { DecisionReader } from "../../decisions/types.ts";
import type { Explanation } from "../../simulation/explain.ts";
import type { WhatIf } from "../../simulation/whatIf.ts";
import type { AccessExplanation, ExplainAccess } from "./explainAccess.ts";

/** Why one decision came out as it did, and why somebody looked: each is worked out, and put on record, when it is asked for. */
interface DecisionExplanation {
  ofDecision(): Promise<Explanation>;
  ofAccess(): Promise<AccessExplanation>;
}

/** Null: there is no such decision. @throws ScopewardenError JOURNAL_UNAVAILABLE */
export type Explanations = (caller: Caller, decisionId: string) => Promise<DecisionExplanation | null>;

export function createExplanations(deps: {
  readonly decisions: Pick<DecisionReader, "decision">;
  readonly explain: WhatIf["explain"];
  readonly explainAccess: ExplainAccess;
}): Explanations {
  return async (caller, decisionId) => {
    const record = await deps.decisions.decision(decisionId);
    return record === null
      ? null
      : { ofDecision: () => deps.explain(caller, record), ofAccess: () => deps.explainAccess(caller, record) };
  };
}
