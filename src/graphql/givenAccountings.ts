import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import type { DisclosureKind } from "../domain/audit/disclosures/disclosureKind.ts";
import type { GiveAccountingInput as Giving } from "../domain/audit/disclosures/givenAccountings.ts";
import type {
  AccountingGivenAct,
  AccountingLine as Line,
  StruckLines as Struck,
} from "../domain/record/accountingGivenAct.ts";
import { actor } from "./callers.ts";
import { connectionOf, numberedPageRequest, PageArgs, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { DisclosureCount } from "./disclosures.ts";
import { DisclosureKindEnum } from "./enums.ts";
import { id, inputType, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";

const AccountingLine = objectType<Line>(
  "AccountingLine",
  "What one recipient got for one purpose, in the words in which a patient is given it.",
  {
    recipient: text("Who received the data, by name as far as names are known."),
    data: text("What was disclosed."),
    purpose: text("What for."),
    address: text.orNull("Of the recipient; null: it is not known."),
    first: time("The first time."),
    last: time("The last time."),
    times: int("How often."),
  },
);

const StruckLines = objectType<Struck>("StruckLines", "Lines that were left out, as they were use inside the house.", {
  decisionIds: id.list("The decisions by which it was allowed."),
  lines: of(AccountingLine).list("What they said."),
  reason: text("Why, in the words of who struck them."),
});

const givenOf = ({ accountingId, author, ...rest }: AccountingGivenAct) => ({
  ...rest,
  id: accountingId,
  by: { callerId: author },
  kinds: rest.kinds as readonly DisclosureKind[],
  counts: rest.counts as readonly { readonly kind: DisclosureKind; readonly count: number }[],
  // What was erased is not there.
  ...{ patient: rest.patient ?? null, patientName: rest.patientName ?? null, organization: rest.organization ?? null },
  ...{ lines: rest.lines ?? [], struck: rest.struck ?? [] },
});
type Given = ReturnType<typeof givenOf>;

const AccountingGiven = objectType<Given>(
  "AccountingGiven",
  "An accounting of disclosures that a patient was given, as it stands on record (45 CFR 164.528(d)).",
  {
    id: id("Its number, which stands on the sheet."),
    at: time("When it was made."),
    by: actor("Who made it."),
    patient: id.orNull("Whose it is; null: erased."),
    patientName: text.orNull("The patient's name, as it stands on the sheet; null: erased."),
    organization: text.orNull("For which organization it was made, as it stands on the sheet; null: erased."),
    from: time("Where its period begins."),
    to: time("Where it ends; this time is not in it."),
    kinds: oneOf(DisclosureKindEnum).list("The kinds that it lists."),
    lines: of(AccountingLine).list("What it lists, the newest first."),
    struck: of(StruckLines).list("What was left out, each with a reason."),
    counts: of(DisclosureCount).list("How many there were in the period, by kind."),
    namingNobody: int(
      "Allowed accesses of the period that named no patient, as `accountingOfDisclosures` counts them.",
    ),
    erased: int("Accesses of the period of which it was erased whose data they were about."),
  },
);

@Resolver(() => AccountingGiven)
class AccountingGivenFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now; accountings do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const StruckInput = inputType<Giving["struck"][number]>("StruckInput", "Disclosures that an accounting leaves out.", {
  decisionIds: id.list("Their decisions. Each must say `mayBeUse`."),
  reason: text("Why, in 1 to 2000 characters; kept on record."),
});

const GiveAccountingInput = inputType<Giving>("GiveAccountingInput", "An accounting that a patient is given.", {
  patient: id("Whose data, as an id or `Patient/id`."),
  from: time("Where the period begins."),
  to: time("Where it ends; this time is not in it."),
  kinds: oneOf(DisclosureKindEnum).listOrNull("Which are listed; absent: EMERGENCY and OTHER."),
  patientName: text.orNull("The patient's name, where the directory has none."),
  organization: text("For which organization it is made, as it stands on the sheet, in 1 to 200 characters."),
  read: int("How many disclosures were read. CONFLICT where it has another number by now."),
  struck: of(StruckInput).list("What is left out, as it was use inside the house."),
});

const GivenConnection = connectionOf("AccountingGiven", "accountings that were given", AccountingGiven);

@Resolver()
class GivenAccountingResolver {
  @Mutation(() => AccountingGiven, {
    description:
      "Makes an accounting of disclosures for a patient, and puts all that it says on record before the answer (kind `ACCOUNTING_GIVEN`), with what was struck and why. BAD_USER_INPUT, with paths from `input`, for a disclosure that can't be use inside the house; CONFLICT where another number was read.",
  })
  async giveAccounting(
    @Arg("input", () => GiveAccountingInput, { description: "Whose, of which time, and what it leaves out." })
    input: Giving,
    @Ctx() { caller, domain }: GraphqlContext,
  ) {
    return givenOf(await domain.givenAccountings.give(caller, input));
  }

  @Query(() => GivenConnection, {
    description:
      "The accountings that a patient was given, newest first, of the months that are not archived. That it was read is on record before the answer (kind `AUDIT`).",
  })
  async accountingsGiven(
    @Arg("patient", () => ID, { description: "Whose, as an id or `Patient/id`." }) patient: string,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { caller, domain }: GraphqlContext,
  ) {
    const page = numberedPageRequest("accountingsGiven", args);
    return toConnection(
      "accountingsGiven",
      page,
      await domain.givenAccountings.page(caller, { patient, page }),
      givenOf,
    );
  }
}

export const givenAccountingResolvers = [GivenAccountingResolver, AccountingGivenFields];
