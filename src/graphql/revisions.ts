import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import type {
  PolicyRevision as DomainRevision,
  RevisionFilter as DomainRevisionFilter,
} from "../domain/policy/store.ts";
import type { Noun, RowChange } from "../domain/policy/types.ts";
import { CallerSubject, nameOf } from "./callers.ts";
import { changeSummary, rowJson } from "./changeSummary.ts";
import { type Connection, connectionOf, numberedPageRequest, PageArgs, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { PolicyNounEnum } from "./enums.ts";
import { givenFilter } from "./inputs.ts";
import { DateTime, Json, PositiveInt } from "./scalars.ts";

@ObjectType("PolicyChange", { simpleResolvers: true, description: "What one revision did to one thing of the policy." })
export class PolicyChange {
  @Field(() => PolicyNounEnum, { description: "The kind of thing." })
  readonly noun!: Noun;
  @Field(() => String, {
    description:
      "What identifies it among its kind: the id of a client or rule, the name of a role, and for others a JSON list of their identifying parts.",
  })
  readonly key!: string;
  @Field(() => String, {
    description: "The change in plain English, such as `scope view_lab_results v2: ACTIVE -> DEPRECATED`.",
  })
  readonly summary!: string;
  @Field(() => Json, { nullable: true, description: "The thing as it was; null when this revision began it." })
  readonly before!: unknown;
  @Field(() => Json, { nullable: true, description: "The thing as it is since; null when this revision ended it." })
  readonly after!: unknown;
}

@ObjectType("PolicyRevision", {
  simpleResolvers: true,
  description:
    "One state of the policy, and the change that made it. Revisions count from 1; a policy that was never changed is at 0.",
})
export class PolicyRevision implements Omit<DomainRevision, "changes" | "author"> {
  @Field(() => Int, { description: "The number of the revision." })
  readonly revision!: number;
  @Field(() => String, { description: "Why, in the author's words." })
  readonly reason!: string;
  @Field(() => DateTime, { description: "When it was committed." })
  readonly committedAt!: number;
}

@Resolver(() => PolicyRevision)
export class PolicyRevisionFields {
  @FieldResolver(() => String, {
    description: "Who made the change: the name of their key, or the subject of their token.",
  })
  async author(@Root() revision: DomainRevision, @Ctx() ctx: GraphqlContext): Promise<string> {
    return (await nameOf(ctx, revision.author)).name;
  }

  @FieldResolver(() => ID, { description: "The id of the caller who made the change." })
  authorId(@Root() revision: DomainRevision): string {
    return revision.author;
  }

  @FieldResolver(() => CallerSubject, {
    nullable: true,
    description: "The person or program to whom that key or token belongs; null: not said.",
  })
  async authorSubject(@Root() revision: DomainRevision, @Ctx() ctx: GraphqlContext): Promise<CallerSubject | null> {
    return (await nameOf(ctx, revision.author)).subject;
  }

  @FieldResolver(() => [PolicyChange], {
    description: "What differs from the revision before, kind by kind and then by key.",
  })
  changes(
    @Root() revision: DomainRevision,
    @Arg("first", () => PositiveInt, {
      nullable: true,
      description: "Only the first so many, 1 or more; absent: all. A revision may have thousands.",
    })
    first: number | null | undefined,
  ): PolicyChange[] {
    return revision.changes.slice(0, first ?? undefined).map((change: RowChange) => ({
      noun: change.noun,
      key: change.key,
      summary: changeSummary(change),
      before: rowJson(change.noun, change.before),
      after: rowJson(change.noun, change.after),
    }));
  }

  @FieldResolver(() => Int, { description: "How many things differ from the revision before." })
  changeCount(@Root() revision: DomainRevision): number {
    return revision.changes.length;
  }
}

const PolicyRevisionConnection = connectionOf("PolicyRevision", "policy revisions", () => PolicyRevision);

@InputType("PolicyRevisionFilter", { description: "Narrows a list of revisions; all that is given must hold." })
class PolicyRevisionFilter {
  @Field(() => String, {
    nullable: true,
    description: "The id of the caller who made the change (`authorId`), exactly.",
  })
  readonly author?: string | null;
  @Field(() => DateTime, { nullable: true, description: "Committed at or after this time." })
  readonly from?: number | null;
  @Field(() => DateTime, { nullable: true, description: "Committed before this time." })
  readonly to?: number | null;
}

@ArgsType()
class PolicyRevisionsArgs extends PageArgs {
  @Field(() => PolicyRevisionFilter, { nullable: true, description: "Absent: all." })
  readonly filter?: PolicyRevisionFilter | null;
}

@Resolver()
export class RevisionResolver {
  @Query(() => PolicyRevision, {
    nullable: true,
    description:
      "One revision of the policy, the current one unless another is named; null when there is none of that number, and at 0.",
  })
  policyRevision(
    @Arg("revision", () => Int, { nullable: true, description: "Its number; absent: the current one." }) revision:
      | number
      | null
      | undefined,
    @Ctx() { domain }: GraphqlContext,
  ): Promise<DomainRevision | null> {
    return domain.policy.revision(revision ?? domain.policy.current().revision);
  }

  @Query(() => PolicyRevisionConnection, {
    description: "The revisions of the policy, newest first: who changed what, when and why.",
  })
  async policyRevisions(
    @Args(() => PolicyRevisionsArgs) args: PolicyRevisionsArgs,
    @Ctx() { domain }: GraphqlContext,
  ): Promise<Connection<DomainRevision>> {
    const filter: DomainRevisionFilter = givenFilter(args.filter);
    const request = numberedPageRequest("policyRevisions", args);
    return toConnection(
      "policyRevisions",
      request,
      await domain.policy.revisions({ filter, page: request }),
      (revision) => revision,
    );
  }

  @Mutation(() => PolicyRevision, {
    description:
      "Makes the policy say again what it said at an earlier revision, as a new revision: nothing is lost. BAD_USER_INPUT for a revision that is not from 0 to the current one.",
  })
  rollbackPolicy(
    @Arg("toRevision", () => Int, { description: "The revision to restore." }) toRevision: number,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept with the revision." })
    reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<DomainRevision> {
    return domain.policy.rollback({ toRevision, reason, author: caller.id });
  }
}
