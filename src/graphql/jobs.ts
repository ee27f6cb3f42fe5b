import { Arg, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { badInput } from "../domain/kernel/errors.ts";
import { identifierProblem } from "../domain/kernel/text.ts";
import type { BacktestInput as AskedBacktest } from "../domain/monitoring/backtest/backtestInput.ts";
import { backtestOfJob } from "../domain/monitoring/backtest/backtests.ts";
import type { DetectorCode } from "../domain/monitoring/detectors/detector.ts";
import type { Job as KnownJob } from "../domain/simulation/jobs/job.ts";
import { type SeenJob, seenJob } from "../domain/simulation/jobs/seenJob.ts";
import type { ReplayInput as AskedReplay } from "../domain/simulation/replay/replayInput.ts";
import { replayOfJob } from "../domain/simulation/replay/replays.ts";
import { Backtest, BacktestInput, backtestOf } from "./backtests.ts";
import { actor } from "./callers.ts";
import type { GraphqlContext } from "./context.ts";
import { DetectorCodeEnum, JobKindEnum, JobStateEnum } from "./enums.ts";
import { id, int, number, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { type PrintedReplay, Replay, ReplayInput, replayOf } from "./replayTypes.ts";

type PrintedJob = Omit<SeenJob, "createdAt" | "inputSha256" | "owner" | "seenAt" | "result" | "detector"> & {
  readonly at: number;
  readonly by: { readonly callerId: string };
  readonly detector: DetectorCode | null;
  readonly replay: PrintedReplay | null;
  readonly backtest: ReturnType<typeof backtestOf> | null;
};
const Job = objectType<PrintedJob>(
  "Job",
  "A replay or a back-test that is made apart, and kept for 90 days after its end.",
  {
    id: id("Its id, for `job`, `cancelJob` and `GET /jobs/{id}/events`."),
    kind: oneOf(JobKindEnum)("What is done."),
    state: oneOf(JobStateEnum)("How it stands."),
    progress: number("From 0 to 1, by the days of the decisions that were read."),
    read: int.orNull(
      "Decisions that were read so far; of a back-test those to learn from too. Null: to who is no auditor, who gets numbers when it is DONE.",
    ),
    baseRevision: int.orNull("Of a replay, the revision of the policy in force when it was asked for."),
    detector: oneOf(DetectorCodeEnum).orNull("Of a back-test, the detector."),
    from: time.orNull("Where the window that was asked for begins; null: with the oldest decision."),
    to: time.orNull("Where it ends; null: with the newest."),
    at: time("When it was asked for."),
    by: actor("Who asked for it."),
    startedAt: time.orNull("When it began; null: it has not."),
    endedAt: time.orNull("When it ended; null: it has not."),
    reason: text.orNull("Of a job that is FAILED, why."),
    replay: of(Replay).orNull(
      "Of a REPLAY that is DONE, what came of it; null too where an auditor asked with a change or a filter that asks for people, and who reads it is none.",
    ),
    backtest: of(Backtest).orNull("Of a BACKTEST that is DONE, what came of it."),
  },
);

async function jobOf({ caller, domain }: GraphqlContext, job: KnownJob): Promise<PrintedJob> {
  const { createdAt, detector, inputSha256: _, owner, result: __, seenAt: ___, ...rest } = seenJob(caller, job);
  const [replay, backtest] = [replayOfJob(job), backtestOfJob(job)];
  const seenReplay = replay === null ? null : await domain.replays.seen(caller, replay);
  return {
    ...rest,
    at: createdAt,
    by: { callerId: owner },
    detector: detector as DetectorCode | null,
    replay: seenReplay === null ? null : replayOf(seenReplay),
    backtest: backtest === null ? null : backtestOf(await domain.backtests.seen(caller, backtest)),
  };
}

function requireId(given: string): void {
  const problem = identifierProblem(given);
  if (problem !== null) throw badInput([{ path: "id", message: problem }]);
}
const JOB_ID = "The job's id.";

@Resolver()
export class JobResolver {
  @Mutation(() => Job, {
    description:
      "As `replay`, of all decisions that meet the filter, made apart: it goes on when the request has its answer, one job at a time on each instance. Changes no policy; that it was asked is on record. LIMIT_EXCEEDED when the caller has three open, or the instance twenty.",
  })
  async startReplay(
    @Arg("input", () => ReplayInput, { description: "The change, and which decisions." }) input: AskedReplay,
    @Ctx() ctx: GraphqlContext,
  ) {
    return jobOf(ctx, await ctx.domain.replays.start(ctx.caller, input));
  }

  @Mutation(() => Job, {
    description:
      "As `backtest`, of all decisions of the window, made apart: it goes on when the request has its answer, in its turn after other jobs of the instance. By what the detector is set to now. Changes nothing; that it was asked is on record. BAD_USER_INPUT, with paths from `input`; LIMIT_EXCEEDED when the caller has three jobs open, or the instance twenty.",
  })
  async startBacktest(
    @Arg("input", () => BacktestInput, { description: "What to try." }) input: AskedBacktest,
    @Ctx() ctx: GraphqlContext,
  ) {
    return jobOf(ctx, await ctx.domain.backtests.start(ctx.caller, input));
  }

  @Query(() => Job, {
    nullable: true,
    description:
      "A replay or a back-test that is made apart: how far it is, and what came of it. Null: there is none of that id.",
  })
  async job(@Arg("id", () => ID, { description: JOB_ID }) jobId: string, @Ctx() ctx: GraphqlContext) {
    requireId(jobId);
    const job = await ctx.domain.jobs.find(jobId);
    return job === null ? null : jobOf(ctx, job);
  }

  @Mutation(() => Job, {
    description:
      "Stops a job where it stands; one that has ended stays as it is. For the caller who asked for it, and admins; else FORBIDDEN. NOT_FOUND: there is none of that id.",
  })
  async cancelJob(@Arg("id", () => ID, { description: JOB_ID }) jobId: string, @Ctx() ctx: GraphqlContext) {
    requireId(jobId);
    return jobOf(ctx, await ctx.domain.jobs.cancel(ctx.caller, jobId));
  }
}
