import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import type { ScopeSavings as Savings, ScopeSaving } from "../domain/monitoring/reviews/scopeSavings.ts";
import type { GraphqlContext } from "./context.ts";
import { SavingKindEnum } from "./enums.ts";
import { flag, id, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { boundedInt } from "./inputs.ts";
import { POLICY_REVISION } from "./policyRows.ts";

const MAX_DAYS = 400;

const ScopeSavingType = objectType<ScopeSaving>("ScopeSaving", "Where a scope could be less.", {
  scope: text("The scope that is granted."),
  clientId: id.orNull("To whom; null: to nobody."),
  why: oneOf(SavingKindEnum)("Why."),
  saves: int(
    "How many pairs of an action and a resource type the client could do no more; a scope for all types has as many as FHIR has types.",
  ),
  uses: int("How often it was used in the window."),
  lastUsedAt: time.orNull("When it was last used, in the last 400 days; null: it was not."),
  instead: text.list("What would do instead: the smaller set, or the other scopes of the client that permit it."),
});

const ScopeSavingsType = objectType<Savings>("ScopeSavings", "Where scopes could be less, by what each would save.", {
  policyRevision: int(POLICY_REVISION),
  since: time("Where the window begins."),
  savings: of(ScopeSavingType).list("What saves most first, at most 1,000."),
  complete: flag("Whether these are all, and every access of the window was looked at for the smaller sets."),
});

@Resolver()
export class ScopeSavingsResolver {
  @Query(() => ScopeSavingsType, {
    description:
      "Scopes that clients are granted and do not use, use in part, or have by other scopes too, and active ones that nobody is granted, in one list by what each would save. Scopes not observed for the whole window are not called unused. Changes nothing.",
  })
  scopeSavings(
    @Arg("days", () => Int, {
      nullable: true,
      defaultValue: 90,
      description: `The window: the last so many days, 1 to ${MAX_DAYS}.`,
    })
    days: number | null | undefined,
    @Ctx() { domain }: GraphqlContext,
  ): Promise<Savings> {
    return domain.reviews.savings(boundedInt(days, { path: "days", min: 1, max: MAX_DAYS, default: 90 }));
  }
}
