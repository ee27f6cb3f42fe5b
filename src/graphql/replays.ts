import { Arg, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { badInput } from "../domain/kernel/errors.ts";
import { identifierProblem } from "../domain/kernel/text.ts";
import type { ReplayJob as Job } from "../domain/simulation/replay/jobs.ts";
import type { ReplayInput as Asked } from "../domain/simulation/replay/replayInput.ts";
import type { GraphqlContext } from "./context.ts";
import { JobStateEnum } from "./enums.ts";
import { id, int, number, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { type PrintedReplay, Replay, ReplayInput, replayOf } from "./replayTypes.ts";

type PrintedJob = Omit<Job, "inputSha256" | "replay" | "seenAt"> & { readonly replay: PrintedReplay | null };
const ReplayJob = objectType<PrintedJob>(
  "ReplayJob",
  "A replay that is made apart, and kept for 90 days after its end.",
  {
    id: id("Its id, for `replayJob` and for `GET /replays/{id}/events`."),
    owner: text("The caller who asked for it."),
    state: oneOf(JobStateEnum)("How it stands."),
    progress: number("From 0 to 1, by the time of the decisions that were read."),
    read: int("Decisions that were read so far."),
    baseRevision: int("The revision of the policy in force when it was asked."),
    createdAt: time("When it was asked for."),
    startedAt: time.orNull("When it began; null: it has not."),
    endedAt: time.orNull("When it ended; null: it has not."),
    reason: text.orNull("Of a job that is FAILED, why."),
    replay: of(Replay).orNull(
      "Of a job that is DONE, what came of it; null too where an auditor asked with a change that asks for people, and who reads it is none.",
    ),
  },
);

async function jobOf({ caller, domain }: GraphqlContext, { replay: kept, ...job }: Job): Promise<PrintedJob> {
  const { inputSha256: _, seenAt: __, ...shown } = job;
  const seen = kept === null ? null : await domain.replays.seen(caller, kept);
  return { ...shown, replay: seen === null ? null : replayOf(seen) };
}

function requireId(text: string): void {
  const problem = identifierProblem(text);
  if (problem !== null) throw badInput([{ path: "id", message: problem }]);
}
const JOB_ID = "The job's id.";

@Resolver()
export class ReplayResolver {
  @Query(() => Replay, {
    description:
      "What a change would have done to past decisions: the newest 10,000 that meet the filter, and no longer than ten seconds; `complete` says whether these are all, else ask with `startReplay`. Nothing changes, and no decision is put on record; that it was asked is. BAD_USER_INPUT as of `applyPolicy`.",
  })
  async replay(
    @Arg("input", () => ReplayInput, { description: "The change, and which decisions." }) input: Asked,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return replayOf(await domain.replays.replay(caller, input));
  }

  @Mutation(() => ReplayJob, {
    description:
      "As `replay`, of all decisions that meet the filter, made apart: it goes on when the request has its answer, one at a time on each instance. Changes no policy; that it was asked is on record. LIMIT_EXCEEDED when the caller has three open, or the instance twenty.",
  })
  async startReplay(
    @Arg("input", () => ReplayInput, { description: "The change, and which decisions." }) input: Asked,
    @Ctx() ctx: GraphqlContext,
  ) {
    return jobOf(ctx, await ctx.domain.replayJobs.start(ctx.caller, input));
  }

  @Query(() => ReplayJob, {
    nullable: true,
    description: "A replay that is made apart. Null: there is none of that id.",
  })
  async replayJob(@Arg("id", () => ID, { description: JOB_ID }) jobId: string, @Ctx() ctx: GraphqlContext) {
    requireId(jobId);
    const job = await ctx.domain.replayJobs.find(jobId);
    return job === null ? null : jobOf(ctx, job);
  }

  @Mutation(() => ReplayJob, {
    description:
      "Stops a replay where it stands; one that has ended stays as it is. For the caller who asked for it, and admins; else FORBIDDEN. NOT_FOUND: there is none of that id.",
  })
  async cancelReplay(@Arg("id", () => ID, { description: JOB_ID }) jobId: string, @Ctx() ctx: GraphqlContext) {
    requireId(jobId);
    return jobOf(ctx, await ctx.domain.replayJobs.cancel(ctx.caller, jobId));
  }
}
