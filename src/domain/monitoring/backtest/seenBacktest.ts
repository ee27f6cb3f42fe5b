import { dayStart, wholeDays } from "../../kernel/time.ts";
import { givenNumber, inGivenOrder, isFew } from "../../simulation/fewPatients.ts";
import type { Backtest, KnownVerdicts, MadeBacktest } from "./makeBacktest.ts";
import type { BacktestCount } from "./tally.ts";

/** What was found of one client, its numbers as they may be seen; null: of few patients. */
export interface SeenBacktestCount extends Pick<BacktestCount, "clientId"> {
  readonly few: boolean;
  readonly findings: number | null;
  readonly alerts: number | null;
}
/** A back-test as a caller may see it. */
export interface SeenBacktest
  extends Omit<Backtest, "alerts" | "byClient" | "decisions" | "findings" | "knownVerdicts" | "threshold"> {
  /** Whether a number is left out, as it is of 1 to 10 patients. */
  readonly few: boolean;
  readonly decisions: number | null;
  readonly findings: number | null;
  readonly alerts: number | null;
  readonly threshold: (Omit<NonNullable<Backtest["threshold"]>, "alerts"> & { readonly alerts: number | null }) | null;
  readonly byClient: readonly SeenBacktestCount[];
  readonly knownVerdicts: readonly (Omit<KnownVerdicts, "met"> & { readonly met: number | null })[];
}

/** All of it, as auditors see it. */
export const wholeBacktest = ({ byClient, openThreshold: _, patients: __, ...made }: MadeBacktest): SeenBacktest => ({
  ...made,
  few: false,
  byClient: byClient.map(({ fewest: ___, ...count }) => ({ ...count, few: false })),
});

/** Numbers and clients, for who may not know whose the decisions are. Each alert, of which it is not counted, may be about one patient. */
export function backtestWithoutPeople({
  byClient,
  openThreshold: threshold,
  patients,
  ...made
}: MadeBacktest): SeenBacktest {
  const { alerts, decisions, findings, knownVerdicts } = made;
  const isRounded =
    [...Object.values(patients), ...byClient.map(({ fewest }) => fewest)].some(isFew) ||
    [...knownVerdicts.map(({ met }) => met), threshold?.alerts ?? 0].some(isFew);
  const given = (value: number, of: number): number | null => givenNumber(value, { patients: of, isRounded });
  const counts = byClient.map(({ alerts: found, clientId, fewest, findings: all }) => ({
    clientId,
    few: isFew(fewest),
    findings: given(all, fewest),
    alerts: given(found, fewest),
  }));
  return {
    ...made,
    ...wholeDays({ from: made.from, to: made.to }),
    few: isRounded,
    warmUpFrom: dayStart(made.warmUpFrom),
    decisions: given(decisions, patients.decisions),
    findings: given(findings, patients.findings),
    alerts: given(alerts, patients.alerts),
    // Always as if the answer had a small number: other budgets give the numbers beside it.
    threshold:
      threshold === null
        ? null
        : { ...threshold, alerts: givenNumber(threshold.alerts, { patients: threshold.alerts, isRounded: true }) },
    byClient: inGivenOrder(counts, { name: ({ clientId }) => clientId, numbers: ({ findings: of }) => [of] }),
    knownVerdicts: knownVerdicts.map(({ met, verdict }) => ({ verdict, met: given(met, met) })),
    samples: [],
  };
}
