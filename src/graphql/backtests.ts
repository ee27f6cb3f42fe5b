import { Arg, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { badInput } from "../domain/kernel/errors.ts";
import { identifierProblem } from "../domain/kernel/text.ts";
import type { BacktestInput as Asked } from "../domain/monitoring/backtest/backtestInput.ts";
import type { BacktestJob as Job } from "../domain/monitoring/backtest/backtestJobs.ts";
import type {
  Backtest as DomainBacktest,
  KnownVerdicts as Verdicts,
} from "../domain/monitoring/backtest/makeBacktest.ts";
import type { BacktestCount as Count } from "../domain/monitoring/backtest/tally.ts";
import type { GraphqlContext } from "./context.ts";
import { AlertVerdictEnum, DetectorCodeEnum, JobStateEnum } from "./enums.ts";
import { Finding, findingOf } from "./findings.ts";
import { flag, id, inputType, int, json, number, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";

const BacktestInput = inputType<Asked>("BacktestInput", "A detector to try on recorded decisions.", {
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

const backtestOf = ({ samples, ...rest }: DomainBacktest) => ({ ...rest, samples: samples.map(findingOf) });
const Backtest = objectType<ReturnType<typeof backtestOf>>("Backtest", "What a detector would have found.", {
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

type PrintedJob = Omit<Job, "inputSha256" | "backtest" | "seenAt"> & {
  readonly backtest: ReturnType<typeof backtestOf> | null;
};
const BacktestJob = objectType<PrintedJob>(
  "BacktestJob",
  "A back-test that is made apart, and kept for 90 days after its end.",
  {
    id: id("Its id, for `backtestJob`."),
    owner: text("The caller who asked for it."),
    state: oneOf(JobStateEnum)("How it stands."),
    progress: number("From 0 to 1, by the time of the decisions that were read."),
    read: int("Decisions that were read so far, those to learn from too."),
    detector: oneOf(DetectorCodeEnum)("The detector."),
    from: time("Where the window begins."),
    to: time("Where it ends."),
    createdAt: time("When it was asked for."),
    startedAt: time.orNull("When it began; null: it has not."),
    endedAt: time.orNull("When it ended; null: it has not."),
    reason: text.orNull("Of a job that is FAILED, why."),
    backtest: of(Backtest).orNull("Of a job that is DONE, what came of it."),
  },
);

async function jobOf({ caller, domain }: GraphqlContext, { backtest: made, ...job }: Job): Promise<PrintedJob> {
  const { inputSha256: _, seenAt: __, ...shown } = job;
  return { ...shown, backtest: made === null ? null : backtestOf(await domain.backtestJobs.seen(caller, made)) };
}

function requireId(given: string): void {
  const problem = identifierProblem(given);
  if (problem !== null) throw badInput([{ path: "id", message: problem }]);
}
const JOB_ID = "The job's id.";

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
    return backtestOf(await domain.backtest(caller, input));
  }

  @Mutation(() => BacktestJob, {
    description:
      "As `backtest`, of all decisions of the window, made apart: it goes on when the request has its answer, in its turn after other back-tests and replays of the instance. By what the detector is set to now. Changes nothing; that it was asked is on record. BAD_USER_INPUT, with paths from `input`; LIMIT_EXCEEDED when the caller has three jobs open, or the instance twenty.",
  })
  async startBacktest(
    @Arg("input", () => BacktestInput, { description: "What to try." }) input: Asked,
    @Ctx() ctx: GraphqlContext,
  ) {
    return jobOf(ctx, await ctx.domain.backtestJobs.start(ctx.caller, input));
  }

  @Query(() => BacktestJob, {
    nullable: true,
    description: "A back-test that is made apart. Null: there is none of that id.",
  })
  async backtestJob(@Arg("id", () => ID, { description: JOB_ID }) jobId: string, @Ctx() ctx: GraphqlContext) {
    requireId(jobId);
    const job = await ctx.domain.backtestJobs.find(jobId);
    return job === null ? null : jobOf(ctx, job);
  }

  @Mutation(() => BacktestJob, {
    description:
      "Stops a back-test where it stands; one that has ended stays as it is. For the caller who asked for it, and admins; else FORBIDDEN. NOT_FOUND: there is none of that id.",
  })
  async cancelBacktest(@Arg("id", () => ID, { description: JOB_ID }) jobId: string, @Ctx() ctx: GraphqlContext) {
    requireId(jobId);
    return jobOf(ctx, await ctx.domain.backtestJobs.cancel(ctx.caller, jobId));
  }
}
