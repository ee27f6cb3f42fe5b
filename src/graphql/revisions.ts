import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { PolicyRevision as DomainRevision, RevisionFilter } from "../domain/policy/store.ts";
import type { RowChange } from "../domain/policy/types.ts";
import { CallerSubject, nameOf } from "./callers.ts";
import { changeSummary, rowJson } from "./changeSummary.ts";
import { connectionOf, numberedPageRequest, PageArgs, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { PolicyNounEnum } from "./enums.ts";
import { int, json, objectType, oneOf, text, time } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";
import { PositiveInt } from "./scalars.ts";

/** A change in the contract's form. */
const changeOf = (change: RowChange) => ({
  noun: change.noun,
  key: change.key,
  summary: changeSummary(change),
  before: rowJson(change.noun, change.before),
  after: rowJson(change.noun, change.after),
});

const PolicyChange = objectType<ReturnType<typeof changeOf>>(
  "PolicyChange",
  "What one revision did to one thing of the policy.",
  {
    noun: oneOf(PolicyNounEnum)("The kind of thing."),
    key: text(
      "What identifies it among its kind: the id of a client or rule, the name of a role, and for others a JSON list of their identifying parts.",
    ),
    summary: text("The change in plain English, such as `scope view_lab_results v2: ACTIVE -> DEPRECATED`."),
    before: json.orNull("The thing as it was; null when this revision began it."),
    after: json.orNull("The thing as it is since; null when this revision ended it."),
  },
);

export const PolicyRevision = objectType<Omit<DomainRevision, "changes" | "author">>(
  "PolicyRevision",
  "One state of the policy, and the change that made it. Revisions count from 1; a policy that was never changed is at 0.",
  {
    revision: int("The number of the revision."),
    reason: text("Why, in the author's words."),
    committedAt: time("When it was committed."),
  },
);

@Resolver(() => PolicyRevision)
class PolicyRevisionFields {
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
  ) {
    return revision.changes.slice(0, first ?? undefined).map(changeOf);
  }

  @FieldResolver(() => Int, { description: "How many things differ from the revision before." })
  changeCount(@Root() revision: DomainRevision): number {
    return revision.changes.length;
  }
}

@Resolver()
class RevisionResolver {
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

const revisionList = listOf(
  {
    name: "policyRevisions",
    description: "The revisions of the policy, newest first: who changed what, when and why.",
    connection: connectionOf("PolicyRevision", "policy revisions", PolicyRevision),
    filter: {
      type: "PolicyRevisionFilter",
      description: "Narrows a list of revisions; all that is given must hold.",
      members: {
        author: text("The id of the caller who made the change (`authorId`), exactly."),
        from: time("Committed at or after this time."),
        to: time("Committed before this time."),
      },
    },
  },
  PageArgs,
  async ({ domain }, filter: RevisionFilter, args) => {
    const page = numberedPageRequest("policyRevisions", args);
    return toConnection(
      "policyRevisions",
      page,
      await domain.policy.revisions({ filter, page }),
      (revision) => revision,
    );
  },
);

export const revisionResolvers = [PolicyRevisionFields, RevisionResolver, revisionList];
