import { Arg, Ctx, Query, Resolver } from "type-graphql";
import type { BacktestInput as Asked } from "../domain/monitoring/backtest/backtestInput.ts";
import type {
  Backtest as DomainBacktest,
  KnownVerdicts as Verdicts,
} from "../domain/monitoring/backtest/makeBacktest.ts";
import type { BacktestCount as Count } from "../domain/monitoring/backtest/tally.ts";
import type { GraphqlContext } from "./context.ts";
import { AlertVerdictEnum, DetectorCodeEnum } from "./enums.ts";
import { Finding, findingOf } from "./findings.ts";
import { flag, id, inputType, int, json, number, objectType, of, oneOf, time } from "./graphqlTypes.ts";

export const BacktestInput = inputType<Asked>("BacktestInput", "A detector to try on recorded decisions.", {
  detector: oneOf(DetectorCodeEnum)("Which detector, whatever its mode."),
  parameters: json.orNull("Numbers by name; what is not given is as it is set now."),
  from: time("From decisions that were made at this time."),
  to: time.orNull("Until this time, at most 180 days later; absent: until now."),
  alertsPerWeek: number.orNull("The budget for which `threshold` is looked for. Absent: that of the detector."),
  samples: int.or(10, "How many findings are shown, from 0 to 100; to an admin none."),
});

const BacktestCount = objectType<Count>("BacktestCount", "Findings about one client.", {
  clientId: id("The client."),
  findings: int("Findings about its decisions."),
  alerts: int("Alerts about it alone."),
});
const BacktestThreshold = objectType<NonNullable<DomainBacktest["threshold"]>>(
  "BacktestThreshold",
  "The least `alertAt` that keeps a budget.",
  { alertAt: number("The points."), alerts: int("The alerts that there would have been.") },
);
const KnownVerdicts = objectType<Verdicts>(
  "KnownVerdicts",
  "Alerts that people closed, and that the detector would have made too.",
  { verdict: oneOf(AlertVerdictEnum)("What came out of them."), met: int("How many there are.") },
);

export const backtestOf = ({ samples, ...rest }: DomainBacktest) => ({ ...rest, samples: samples.map(findingOf) });
export const Backtest = objectType<ReturnType<typeof backtestOf>>("Backtest", "What a detector would have found.", {
  detector: oneOf(DetectorCodeEnum)("The detector."),
  version: int("The version of its setting that was not given otherwise; 0: as it comes."),
  parameters: json("All parameters that it was tried with."),
  from: time("Where the window begins."),
  to: time("Where it ends; before what was asked for if the time was over (`startBacktest` has none)."),
  warmUpFrom: time(
    "From when on it learnt what is usual, before it was counted: 90 days before, or as far as there is history.",
  ),
  decisions: int("Decisions in the window."),
  complete: flag("Whether it has seen all decisions of the window, and there is history of all of it."),
  findings: int("What it would have found."),
  alerts: int("The alerts that it would have made alone, at its `alertAt`."),
  threshold: of(BacktestThreshold).orNull("What keeps the budget; null: there is no budget, or nothing keeps it."),
  byClient: of(BacktestCount).list("The clients with the most findings, at most 100."),
  knownVerdicts: of(KnownVerdicts).list("What people found of the same decisions, by verdict."),
  samples: of(Finding).list(
    "Those with the most points; to a reviewer under pseudonyms of patients, to an admin none.",
  ),
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
