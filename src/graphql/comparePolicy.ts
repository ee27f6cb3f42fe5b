import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import { changesAfter } from "../domain/policy/changePage.ts";
import type { PolicyComparison as Comparison } from "../domain/simulation/access/accessReview.ts";
import { AccessDifference } from "./accessDifference.ts";
import type { GraphqlContext } from "./context.ts";
import { flag, int, objectType } from "./graphqlTypes.ts";
import { AFTER_CHANGE, changeOf, changePage, FIRST_CHANGES, PolicyChange } from "./revisions.ts";
import { ChangeCursor, PositiveInt } from "./scalars.ts";

const PolicyComparison = objectType<Omit<Comparison, "access" | "changes"> & { readonly rowCount: number }>(
  "PolicyComparison",
  "Two revisions of the policy, compared by what they say and by what they allow.",
  {
    fromRevision: int("The one that stands for before."),
    toRevision: int("The one that stands for after."),
    rowCount: int("How many things differ, as far as they are listed."),
    complete: flag("False: more differ than can be listed."),
  },
);

@Resolver(() => PolicyComparison)
class PolicyComparisonFields {
  @FieldResolver(() => [PolicyChange], {
    description: "What differs, kind by kind and then by key. Ask again with `after` set to the last one's `cursor`.",
  })
  rows(
    @Root() { changes }: Comparison,
    @Arg("first", () => PositiveInt, FIRST_CHANGES) first: number | null | undefined,
    @Arg("after", () => ChangeCursor, AFTER_CHANGE)
    after: string | null | undefined,
    @Ctx() { loaders }: GraphqlContext,
  ) {
    return loaders.counted(changesAfter(changes, changePage(first, after))).map(changeOf);
  }

  @FieldResolver(() => AccessDifference, {
    description: "What the one allows and the other does not, for every client, role and holder that differs.",
  })
  access(@Root() { access }: Comparison) {
    return access();
  }
}

@Resolver()
class ComparePolicyResolver {
  @Query(() => PolicyComparison, {
    description:
      "What differs between two revisions, and what that does to access from now on. BAD_USER_INPUT for what is no revision. That it was asked is on record.",
  })
  async comparePolicy(
    @Arg("from", () => Int, { description: "The revision that stands for before; 0 is the empty policy." })
    from: number,
    @Arg("to", () => Int, { description: "The revision that stands for after." }) to: number,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const comparison = await domain.accessReview.comparePolicy(caller, { from, to });
    return { ...comparison, rowCount: comparison.changes.length };
  }
}

export const comparePolicyResolvers = [PolicyComparisonFields, ComparePolicyResolver];
