import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import type { PageRequest } from "../domain/kernel/pages.ts";
import type { Written } from "../domain/policy/admin.ts";
import { changeCursorOf, changesAfter } from "../domain/policy/changePage.ts";
import type { PolicyFinding as DomainFinding } from "../domain/policy/finding.ts";
import type { PolicyRevision as DomainRevision, RevisionFilter } from "../domain/policy/store.ts";
import type { RowChange } from "../domain/policy/types.ts";
import { Actor, nameOf } from "./callers.ts";
import { changeSummary, rowJson } from "./changeSummary.ts";
import { connectionOf, numberedPageRequest, PageArgs, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { PolicyFindingCodeEnum, PolicyNounEnum } from "./enums.ts";
import { changeCursor, id, int, json, objectType, oneOf, text, time } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";
import { ChangeCursor, PositiveInt } from "./scalars.ts";

const MOST_CHANGES = 100;
export const FIRST_CHANGES = {
  nullable: true,
  defaultValue: MOST_CHANGES,
  description: `How many at most, 1 or more; more than ${MOST_CHANGES} is taken for ${MOST_CHANGES}.`,
};
export const AFTER_CHANGE = { nullable: true, description: "Only changes after this `cursor`." };

/** What these arguments ask for. */
export const changePage = (
  first: number | null | undefined,
  after: string | null | undefined,
): PageRequest<string> => ({
  first: Math.min(first ?? MOST_CHANGES, MOST_CHANGES),
  after: after ?? null,
});

/** A change in the contract's form. */
export const changeOf = (change: RowChange) => ({
  noun: change.noun,
  key: change.key,
  summary: changeSummary(change),
  before: rowJson(change.noun, change.before),
  after: rowJson(change.noun, change.after),
  cursor: changeCursorOf(change),
});

export const PolicyChange = objectType<ReturnType<typeof changeOf>>(
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
    cursor: changeCursor("Its position in the list, for `after`."),
  },
);

export const PolicyFinding = objectType<DomainFinding>(
  "PolicyFinding",
  "What the author of a change should know of it, and what is no reason to refuse it.",
  {
    code: oneOf(PolicyFindingCodeEnum)("Of what kind it is."),
    noun: oneOf(PolicyNounEnum)("The kind of thing that it is about."),
    key: text("Which of its kind, as in `changes`."),
    message: text("What it is, in a sentence."),
  },
);

export const MOST_FINDINGS = 500;

export const PolicyRevision = objectType<Omit<DomainRevision, "author">>(
  "PolicyRevision",
  "One state of the policy, and the change that made it. Revisions count from 1; a policy that was never changed is at 0.",
  {
    revision: int("The number of the revision."),
    reason: text("Why, in the author's words."),
    committedAt: time("When it was committed."),
    changeCount: int("How many things differ from the revision before."),
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

  @FieldResolver(() => Actor, { description: "Who made the change." })
  by(@Root() revision: DomainRevision): Actor {
    return { callerId: revision.author };
  }

  @FieldResolver(() => [PolicyChange], {
    description:
      "What differs from the revision before, kind by kind and then by key: the first so many of `changeCount`, fewer where they are large. Ask again with `after` set to the last one's `cursor`.",
  })
  async changes(
    @Root() revision: DomainRevision | Written,
    @Arg("first", () => PositiveInt, FIRST_CHANGES) given: number | null | undefined,
    @Arg("after", () => ChangeCursor, AFTER_CHANGE)
    after: string | null | undefined,
    @Ctx() { domain, loaders }: GraphqlContext,
  ) {
    const page = changePage(given, after);
    const made = "changes" in revision ? revision.changes : undefined;
    if (made !== undefined) return loaders.counted(changesAfter(made, page)).map(changeOf);
    // One revision after the other: a page of a hundred would begin a hundred readings in one turn.
    const part = { revision: revision.revision, page };
    const { items } = await loaders.once(`changes ${JSON.stringify(part)}`, () => domain.policy.changes(part));
    return loaders.counted(items.map(({ node }) => node)).map(changeOf);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether it was only tried: true in the answer to a change with `dryRun: true`, which makes no revision.",
  })
  dryRun(@Root() revision: DomainRevision | Written): boolean {
    return "dryRun" in revision && revision.dryRun;
  }

  @FieldResolver(() => [PolicyFinding], {
    nullable: true,
    description:
      "What its author should know of it, in the answer to the change; null for a revision that is read later.",
  })
  findings(
    @Root() revision: DomainRevision | Written,
    @Arg("first", () => PositiveInt, {
      nullable: true,
      description: `Only the first so many, 1 or more; absent, or more: ${MOST_FINDINGS}.`,
    })
    first: number | null | undefined,
  ): readonly DomainFinding[] | null {
    return "findings" in revision ? revision.findings.slice(0, Math.min(first ?? MOST_FINDINGS, MOST_FINDINGS)) : null;
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
        callerId: id("Made by this caller."),
        noun: oneOf(PolicyNounEnum)("With `key`, the kind of the one thing that they changed."),
        key: text("With `noun`, which of its kind they changed, as in `changes`."),
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
