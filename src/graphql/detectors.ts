import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type * as backtest from "../domain/monitoring/backtest/backtest.ts";
import type { BacktestCount as Count } from "../domain/monitoring/backtest/tally.ts";
import type {
  ConfigureDetectorInput as Configuring,
  SeenDetector,
} from "../domain/monitoring/detectors/detectorAdmin.ts";
import { nameOf } from "./callers.ts";
import type { GraphqlContext } from "./context.ts";
import { AlertVerdictEnum, DetectorCodeEnum, DetectorMemberEnum, DetectorModeEnum } from "./enums.ts";
import { Finding, findingOf } from "./findings.ts";
import { flag, id, inputType, int, json, number, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";

type Parameter = SeenDetector["parameters"][number];
const DetectorParameter = objectType<Parameter>("DetectorParameter", "What may be set of a detector: a number.", {
  name: text("Its name, as `configureDetector` and `backtest` take it."),
  value: number("What it is now."),
  default: number("What it is where nobody set it."),
  minimum: number("The least that it may be."),
  maximum: number("The most that it may be."),
  description: text("What it means, with its unit."),
});

const printedOf = ({ alerts, changedBy: _, findings, ...rest }: SeenDetector) => ({
  ...rest,
  findingsLastWeek: findings,
  alertsLastWeek: alerts,
});
type Printed = ReturnType<typeof printedOf> & { readonly changedBy?: string | null };

const Detector = objectType<ReturnType<typeof printedOf>>(
  "Detector",
  "What looks at each decision on record, behind the answer, for one kind of unusual access.",
  {
    code: oneOf(DetectorCodeEnum)("Its code."),
    title: text("What it is called."),
    compares: text("What it compares with what."),
    mode: oneOf(DetectorModeEnum)("What becomes of what it finds. One that nobody set is in SHADOW."),
    parameters: of(DetectorParameter).list(
      "What may be set of it; `alertAt` is the points at which its findings open an alert.",
    ),
    alertsPerWeek: number.orNull(
      "How many alerts a week somebody can look at, by which `backtest` looks for `alertAt`; null: nobody said.",
    ),
    version: int("How often it was set; 0: never."),
    changedAt: time.orNull("When it was set last; null: never."),
    reason: text.orNull("Why it was set so; null: nobody set it."),
    findingsLastWeek: int("What it found in the last seven days, in SHADOW too."),
    alertsLastWeek: int("The alerts of the last seven days that rest on a finding of it, among others."),
  },
);

@Resolver(() => Detector)
class DetectorFields {
  @FieldResolver(() => String, { nullable: true, description: "Who set it last; null: nobody." })
  async changedBy(@Root() { callerId }: { readonly callerId: string | null }, @Ctx() ctx: GraphqlContext) {
    return callerId === null ? null : (await nameOf(ctx, callerId)).name;
  }

  @FieldResolver(() => Int, { description: "The revision of the policy now; detectors do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}
const shown = (detector: SeenDetector): Printed & { readonly callerId: string | null } => ({
  ...printedOf(detector),
  callerId: detector.changedBy,
});

const ConfigureDetectorInput = inputType<Configuring>("ConfigureDetectorInput", "How a detector is set.", {
  detector: oneOf(DetectorCodeEnum)("Which detector."),
  mode: oneOf(DetectorModeEnum)("What becomes of what it finds."),
  parameters: json.orNull("Numbers by name, such as `{ alertAt: 20 }`. Those that are given change, the others stay."),
  alertsPerWeek: number.orNull("How many alerts a week somebody can look at: more than 0. Absent or null: it stays."),
  clear: oneOf(DetectorMemberEnum).listOrNull("What is set back before the rest is set."),
  reason: text("Why, in 1 to 2000 characters; kept on record."),
});

const BacktestInput = inputType<backtest.BacktestInput>("BacktestInput", "What is tried on recorded decisions.", {
  detector: oneOf(DetectorCodeEnum)("Which detector, whatever its mode."),
  parameters: json.orNull("Numbers by name; what is not given is as it is set now."),
  from: time("From decisions that were made at this time."),
  to: time("Until this time; at most 180 days later."),
  alertsPerWeek: number.orNull("The budget for which `threshold` is looked for. Absent: that of the detector."),
  samples: int.or(10, "How many findings are shown, from 0 to 100; to an admin none."),
});

const BacktestCount = objectType<Count>("BacktestCount", "What was found of one client.", {
  clientId: id("The client."),
  findings: int("Findings about its decisions."),
  alerts: int("Alerts about it alone."),
});
const BacktestThreshold = objectType<NonNullable<backtest.Backtest["threshold"]>>(
  "BacktestThreshold",
  "The least `alertAt` that keeps a budget.",
  { alertAt: number("The points."), alerts: int("The alerts that there would have been.") },
);
const KnownVerdicts = objectType<backtest.KnownVerdicts>(
  "KnownVerdicts",
  "Alerts that people closed, and that the detector would have made too.",
  { verdict: oneOf(AlertVerdictEnum)("What came out of them."), met: int("How many there are.") },
);

const backtestOf = ({ samples, ...rest }: backtest.Backtest) => ({ ...rest, samples: samples.map(findingOf) });
const Backtest = objectType<ReturnType<typeof backtestOf>>("Backtest", "What a detector would have found.", {
  detector: oneOf(DetectorCodeEnum)("The detector."),
  version: int("The version of its setting that was not given otherwise; 0: as it comes."),
  parameters: json("All parameters that it was tried with."),
  from: time("Where the window begins."),
  to: time("Where it ends; before what was asked for if the time was over."),
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
class DetectorResolver {
  @Query(() => [Detector], { description: "What looks at decisions, in the order in which it does." })
  async detectors(@Ctx() { domain }: GraphqlContext) {
    return (await domain.detectors.list()).map(shown);
  }

  @Query(() => Backtest, {
    description:
      "Tries one detector, by itself, on decisions as they were watched, and changes nothing. Answers with what it came to in 10 seconds. BAD_USER_INPUT, with paths from `input`.",
  })
  async backtest(
    @Arg("input", () => BacktestInput, { description: "What to try." }) input: backtest.BacktestInput,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return backtestOf(await domain.backtest(caller, input));
  }

  @Mutation(() => Detector, {
    description:
      "Sets a detector, for the decisions that it looks at from then on. BAD_USER_INPUT, with paths from `input`; CONFLICT where somebody set it meanwhile. Under four eyes what may hide something is proposed (`proposePolicy`).",
  })
  async configureDetector(
    @Arg("input", () => ConfigureDetectorInput, { description: "How it is set, and why." }) input: Configuring,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return shown(await domain.detectors.configure(caller, input));
  }
}

export const detectorResolvers = [DetectorFields, DetectorResolver];
