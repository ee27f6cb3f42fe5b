import { Arg, Ctx, Query, Resolver } from "type-graphql";
import type { BacktestInput as Asked } from "../domain/monitoring/backtest/backtestInput.ts";
import type { SeenBacktest, SeenBacktestCount } from "../domain/monitoring/backtest/seenBacktest.ts";
import type { GraphqlContext } from "./context.ts";
import { AlertVerdictEnum, DetectorCodeEnum } from "./enums.ts";
import { FEW, HIDDEN } from "./fewPatients.ts";
import { Finding, findingOf } from "./findings.ts";
import { flag, id, inputType, int, json, number, objectType, of, oneOf, time } from "./graphqlTypes.ts";

export const BacktestInput = inputType<Asked>("BacktestInput", "A detector to try on recorded decisions.", {
  detector: oneOf(DetectorCodeEnum)("Which detector, whatever its mode."),
  parameters: json.orNull("Numbers by name; what is not given is as it is set now."),
  from: time(
    "From decisions that were made at this time; who is no auditor asks of whole days (UTC), to which the window is widened.",
  ),
  to: time.orNull("Until this time, at most 180 days later; absent: until now."),
  alertsPerWeek: number.orNull("The budget for which `threshold` is looked for. Absent: that of the detector."),
  samples: int.or(10, "How many findings are shown, from 0 to 100; to who is no auditor none."),
});

const BacktestCount = objectType<SeenBacktestCount>("BacktestCount", "Findings about one client.", {
  clientId: id("The client."),
  few: FEW,
  findings: int.orNull(`Findings about its decisions.${HIDDEN}`),
  alerts: int.orNull(`Alerts about it alone.${HIDDEN}`),
});
const BacktestThreshold = objectType<NonNullable<SeenBacktest["threshold"]>>(
  "BacktestThreshold",
  "The least `alertAt` that keeps a budget.",
  {
    alertAt: number("The points; to who is no auditor of whole tens, or the least there may be."),
    alerts: int.orNull(`The alerts that there would have been.${HIDDEN}`),
  },
);
const KnownVerdicts = objectType<SeenBacktest["knownVerdicts"][number]>(
  "KnownVerdicts",
  "Alerts that people closed, and that the detector would have made too.",
  { verdict: oneOf(AlertVerdictEnum)("What came out of them."), met: int.orNull(`How many there are.${HIDDEN}`) },
);

export const backtestOf = ({ samples, ...rest }: SeenBacktest) => ({ ...rest, samples: samples.map(findingOf) });
export const Backtest = objectType<ReturnType<typeof backtestOf>>("Backtest", "What a detector would have found.", {
  detector: oneOf(DetectorCodeEnum)("The detector."),
  version: int("The version of its setting that was not given otherwise; 0: as it comes."),
  parameters: json("All parameters that it was tried with."),
  from: time("Where the window begins."),
  to: time("Where it ends; before what was asked for if the time was over (`startBacktest` has none)."),
  warmUpFrom: time(
    "From when on it learnt what is usual, before it was counted: 90 days before, or as far as there is history.",
  ),
  few: FEW,
  decisions: int.orNull(`Decisions in the window.${HIDDEN}`),
  complete: flag("Whether it has seen all decisions of the window, and there is history of all of it."),
  findings: int.orNull(`What it would have found.${HIDDEN}`),
  alerts: int.orNull(`The alerts that it would have made alone, at its \`alertAt\`.${HIDDEN}`),
  threshold: of(BacktestThreshold).orNull("What keeps the budget; null: there is no budget, or nothing keeps it."),
  byClient: of(BacktestCount).list("The clients with the most findings, at most 100."),
  knownVerdicts: of(KnownVerdicts).list("What people found of the same decisions, by verdict."),
  samples: of(Finding).list("Those with the most points; to auditors alone."),
});

@Resolver()
export class BacktestResolver {
  @Query(() => Backtest, {
    description:
      "Tries one detector, by itself, on decisions as they were watched, and changes nothing. Answers with what it came to in 10 seconds; `startBacktest` sees all. That it was tried is on record. BAD_USER_INPUT, with paths from `input`.",
  })
  async backtest(
    @Arg("input", () => BacktestInput, { description: "What to try." }) input: Asked,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return backtestOf(await domain.backtests.backtest(caller, input));
  }
}
