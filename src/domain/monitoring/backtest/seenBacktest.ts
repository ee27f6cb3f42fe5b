import { dayStart, wholeDays } from "../../kernel/time.ts";
import { givenNumber, isFew } from "../../simulation/fewPatients.ts";
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
export const wholeBacktest = ({ byClient, patients: _, ...made }: MadeBacktest): SeenBacktest => ({
  ...made,
  few: false,
  byClient: byClient.map(({ fewest: __, ...count }) => ({ ...count, few: false })),
});

/** Numbers and clients, for who may not know whose the decisions are. Each alert, of which it is not counted, may be about one patient. */
export function backtestWithoutPeople({ byClient, patients, ...made }: MadeBacktest): SeenBacktest {
  const { alerts, decisions, findings, knownVerdicts, threshold } = made;
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
    threshold: threshold === null ? null : { ...threshold, alerts: given(threshold.alerts, threshold.alerts) },
    // The order tells no number that is left out.
    byClient: [
      ...counts.filter(({ few }) => !few),
      ...counts.filter(({ few }) => few).sort((a, b) => (a.clientId < b.clientId ? -1 : 1)),
    ],
    knownVerdicts: knownVerdicts.map(({ met, verdict }) => ({ verdict, met: given(met, met) })),
    samples: [],
  };
}
