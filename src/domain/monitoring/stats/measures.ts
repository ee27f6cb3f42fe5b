import { type DecisionCounter, decisionStats } from "../../audit/decisionStats.ts";
import { journalView } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import type { Clock } from "../../kernel/ports.ts";
import { blindSpots } from "../blindSpots/blindSpots.ts";
import { explainedShare } from "../explanations/explainedShare.ts";
import { NOT_TOLD, type Stats, type StatsInput, type StatsMeasure } from "./stats.ts";

/** What all measures together are counted from. */
type Counted = { readonly counter: DecisionCounter; readonly clock: Clock } & Parameters<typeof explainedShare>[0] &
  Parameters<typeof blindSpots>[0];

const MEASURES: {
  readonly [Measure in StatsMeasure]: (counted: Counted, input: StatsInput, mayIdentify: boolean) => Promise<Stats>;
} = {
  async DECISIONS(counted, input) {
    const { rows, ...rest } = await decisionStats(counted, input);
    return { ...rest, rows: rows.map((row) => ({ ...NOT_TOLD, ...row })) };
  },
  EXPLAINED: explainedShare,
  BLIND_SPOTS: blindSpots,
};

/** What a measure comes to in a window, as a caller may see it. @throws ScopewardenError BAD_USER_INPUT, JOURNAL_UNAVAILABLE */
export const stats = (counted: Counted, caller: Caller, input: StatsInput): Promise<Stats> =>
  MEASURES[input.measure](counted, input, journalView(caller) === null);
