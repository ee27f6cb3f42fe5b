import DataLoader from "dataloader";
import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { CaseCode } from "../domain/cases/caseKind.ts";
import {
  type Done as DomainDone,
  type Inbox as DomainInbox,
  type ToDo as DomainToDo,
  MOST_SHOWN,
} from "../domain/cases/inbox.ts";
import type { ViewerMay as May } from "../domain/cases/steps.ts";
import type { WaitingCase as Waiting } from "../domain/cases/waitingLine.ts";
import type { GraphqlContext } from "./context.ts";
import { AlertRankEnum, CaseKindEnum, SeverityEnum, StepNeedEnum } from "./enums.ts";
import { flag, id, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { DateTime } from "./scalars.ts";

const ViewerMay = objectType<May>("ViewerMay", "Whether the caller may take a step of a case now, and why not.", {
  action: text("The mutation that takes it."),
  allowed: flag("Whether the mutation would be taken now, as far as its case tells."),
  because: text.orNull("Why not, as the mutation would answer; null: it is allowed."),
  needs: oneOf(StepNeedEnum).orNull(
    "What alone stands in its way, and the caller can do at once; null: nothing of that kind.",
  ),
  isAwaited: flag("Whether the case waits for it: then it stands in inboxes of those who may."),
});

/** The cases of one kind that one request asks about are looked at together. */
const asked = new WeakMap<GraphqlContext, Map<CaseCode, DataLoader<string, readonly May[]>>>();

function loaderOf(ctx: GraphqlContext, kind: CaseCode): DataLoader<string, readonly May[]> {
  const of = asked.get(ctx) ?? new Map<CaseCode, DataLoader<string, readonly May[]>>();
  asked.set(ctx, of);
  const known = of.get(kind);
  if (known !== undefined) return known;
  const loader = new DataLoader<string, readonly May[]>(
    async (ids) => {
      const found = await ctx.domain.inboxes.viewerMay(ctx.caller, { kind, ids });
      return ids.map((each) => found.get(each) ?? []);
    },
    { maxBatchSize: 100 },
  );
  of.set(kind, loader);
  return loader;
}

/** The field `viewerMay` of a type of cases. */
export function viewerMayOf(type: new () => { readonly id: string }, kind: CaseCode): new () => object {
  @Resolver(() => type)
  class ViewerMayField {
    @FieldResolver(() => [ViewerMay], {
      description: "What the caller may do with it now: each step that a role of theirs may take at all, and why not.",
    })
    async viewerMay(@Root() root: { readonly id: string }, @Ctx() ctx: GraphqlContext): Promise<readonly May[]> {
      return ctx.loaders.counted(await loaderOf(ctx, kind).load(root.id));
    }
  }
  return ViewerMayField;
}

const Person = objectType<NonNullable<Waiting["subject"]>>("WaitingSubject", "Whom a case is about.", {
  type: text("Their type."),
  id: id("Their id, to a reviewer a stable pseudonym where they are a patient there."),
});

const WaitingCase = objectType<Waiting>(
  "WaitingCase",
  "A case that waits for a step which the caller may take; of a review all its items are one.",
  {
    kind: oneOf(CaseKindEnum)("Of which kind it is."),
    id: id("Its id; of items of a review the id of their campaign."),
    title: text("What it is, and what waits, in words."),
    count: int("For how many cases it stands."),
    subject: of(Person).orNull("About whom; null: about no one person."),
    patient: id.orNull("Whose record it is about, to a reviewer a stable pseudonym; null: no one patient's."),
    clientId: id.orNull("The client that it is about; null: none."),
    severity: oneOf(SeverityEnum).orNull("How severe it is; null: that is not said of its kind."),
    rank: oneOf(AlertRankEnum).orNull(
      "Of an alert, how soon to look at it: alerts of HIGH come first, then by this. Null: it is none, or part of another, which comes last.",
    ),
    since: time("Since when it waits."),
    due: time.orNull("By when it should be done, or when it ends by itself; null: it has time."),
    viewerMay: of(ViewerMay).list("What the caller may do with it now."),
  },
);

const Inbox = objectType<DomainInbox>("Inbox", "What waits for the caller.", {
  cases: of(WaitingCase).list("What is due comes first, then alerts in the order of `alerts`, then the old."),
  totalCount: int(
    "How many there are: exactly where all of them are shown, else at most, counted up to 1,000 of a kind by their states, the caller's roles and whom they are of.",
  ),
  more: oneOf(CaseKindEnum).list("Kinds of which more wait than the 1,000 that are looked at, at most."),
});

const ToDo = objectType<DomainToDo>(
  "ToDo",
  "How many cases of a kind wait for the caller, counted as `inbox` has them.",
  {
    kind: oneOf(CaseKindEnum)("Of which kind."),
    atMost: int("So many entries of `inbox`, where the items of a review are one; counted up to 100."),
    isMore: flag("Whether there are more than were counted."),
  },
);

const Done = objectType<DomainDone>("CasesDone", "How many cases of a kind were decided.", {
  kind: oneOf(CaseKindEnum)("Of which kind."),
  count: int("How many, by whomever; counted up to 1,000."),
});

@Resolver()
class InboxResolver {
  @Query(() => Inbox, {
    description:
      "What the caller may do now, of every kind of case: whatever waits for a step that they may take. That it was read is on record before the answer where it names somebody (kind `AUDIT`).",
  })
  async inbox(
    @Arg("first", () => Int, { defaultValue: 100, description: `How many cases to answer with, 1 to ${MOST_SHOWN}.` })
    first: number,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
  ): Promise<DomainInbox> {
    const found = await domain.inboxes.inbox(caller, first);
    return { ...found, cases: loaders.counted(found.cases) };
  }

  @Query(() => [ToDo], {
    description:
      "How many cases of each kind wait for the caller, counted as `inbox` has them. It names nobody, and is not put on record.",
  })
  toDo(@Ctx() { caller, domain }: GraphqlContext): Promise<readonly DomainToDo[]> {
    return domain.inboxes.toDo(caller);
  }

  @Query(() => [Done], {
    description:
      "What was decided since then, of the kinds that wait for the caller: alerts that were closed, emergencies that were reviewed. It names nobody, and is not put on record.",
  })
  casesDone(
    @Arg("since", () => DateTime, { description: "At this time or later." }) since: number,
    @Ctx() { caller, domain }: GraphqlContext,
  ): Promise<readonly DomainDone[]> {
    return domain.inboxes.doneSince(caller, since);
  }

  @Query(() => String, {
    nullable: true,
    description:
      "A mark of a case as it is for the caller: another one as soon as its state, its times, what they may do with it or how much is said of it changes. It names nobody, and is not put on record, so that a page may ask it again and again, and read the case when it has changed. Null: there is no such case, or no role of the caller takes a step of its kind.",
  })
  caseVersion(
    @Arg("kind", () => CaseKindEnum, { description: "Of which kind it is." }) kind: CaseCode,
    @Arg("id", () => ID, { description: "Its id." }) id: string,
    @Ctx() { caller, domain }: GraphqlContext,
  ): Promise<string | null> {
    return domain.inboxes.version(caller, { kind, id });
  }
}

export const caseResolvers = [InboxResolver];
