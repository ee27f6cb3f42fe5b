import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver } from "type-graphql";
import type { SuspendAccountingInput as Suspending, TimedSuspension } from "../domain/audit/disclosures/suspensions.ts";
import type { PlacedFilter } from "../domain/cases/placed.ts";
import { SubjectInput } from "./authorize.ts";
import { actor, actorOrNull } from "./callers.ts";
import { viewerMayOf } from "./cases.ts";
import { CasePageArgs, caseConnectionOf, casePageRequest, toCaseConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { AgencyStatementEnum, PlacedStateEnum } from "./enums.ts";
import { flag, id, inputType, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";
import { type Named, notesOf } from "./nameNotes.ts";

const suspensionOf = (suspension: TimedSuspension) => {
  const { by, id, inForce, lifted, patient, placedAt, placedBy, reason, recipient, statement, until } = suspension;
  const { clientId, organization, subject } = recipient;
  return {
    ...{ id, patient, statement, agency: by, until, reason, inForce, at: placedAt, by: placedBy },
    ...{ clientId, subjectId: subject?.id ?? null, subjectType: subject?.type ?? null, organization },
    endedAt: lifted?.at ?? null,
    endedBy: actorOrNull(lifted?.by),
    endReason: lifted?.reason ?? null,
  };
};
type Printed = ReturnType<typeof suspensionOf>;

const AccountingSuspension = objectType<Printed>(
  "AccountingSuspension",
  "That accountings of a patient's disclosures leave out those to one recipient for a time (45 CFR 164.528(a)(2)).",
  {
    id: id("Its id."),
    patient: id("Whose accountings."),
    clientId: id.orNull("The recipient, if it is a client."),
    subjectId: id.orNull("The recipient, if it is a subject."),
    subjectType: text.orNull("What kind of subject that is."),
    organization: text.orNull("The recipient, if it is an organization: whoever belongs to it."),
    statement: oneOf(AgencyStatementEnum)("How the agency asked for it."),
    agency: text("Who made the statement, and for which agency."),
    until: time("Until when it holds, unless it is ended before."),
    reason: text("Why it was recorded."),
    inForce: flag("Whether it holds now."),
    at: time("When it was recorded."),
    by: actor("Who recorded it."),
    endedAt: time.orNull("When it was ended; null: it was not, and holds until `until`."),
    endedBy: actor.orNull("Who ended it; null: nobody."),
    endReason: text.orNull("Why it was ended; null: it was not."),
  },
);

@Resolver(() => AccountingSuspension)
class AccountingSuspensionFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now; suspensions do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const SuspendedRecipientInput = inputType<Suspending["recipient"]>(
  "SuspendedRecipientInput",
  "The agency or official: exactly one of these.",
  {
    clientId: id.orNull("The agency's client, whoever uses it."),
    subject: of(SubjectInput).orNull("The official: `type` and `id` alone."),
    organization: text.orNull(
      "The agency: all subjects that belong to it, by the request or by the directory, as of the access or as of now. A client that acts for itself belongs to none.",
    ),
  },
);

const SuspendAccountingInput = inputType<Suspending>(
  "SuspendAccountingInput",
  "Which disclosures are left out, by whose statement and until when.",
  {
    patient: id("Whose accountings, as an id or `Patient/id`."),
    recipient: of(SuspendedRecipientInput)("Disclosures to whom are left out."),
    statement: oneOf(AgencyStatementEnum)("How the agency asked for it."),
    agency: text("Who made the statement, and for which agency, in 1 to 500 characters."),
    until: time(
      "Until when, in the future: of a written statement the time that it says, ten years (3653 days) from now at most; of an oral one 30 days from now at most.",
    ),
    reason: text("Why an accounting would impede the agency, in 1 to 2000 characters; kept on record."),
  },
);

@Resolver()
class AccountingSuspensionResolver {
  @Mutation(() => AccountingSuspension, {
    description:
      "From now on accountings of the patient leave out the disclosures to this recipient, those of the past too, and do not show that anything is left out. BAD_USER_INPUT, with paths from `input`; CONFLICT for an oral statement while an oral one about the same patient and recipient is in force. `notes` says which of the names occur nowhere: then nothing is left out.",
  })
  async suspendAccounting(
    @Arg("input", () => SuspendAccountingInput, { description: "What is suspended, and why." }) input: Suspending,
    @Ctx() { caller, domain }: GraphqlContext,
  ): Promise<Printed & Named> {
    const made = suspensionOf(await domain.accountingSuspensions.suspend(caller, input));
    const { clientId, organization, subject } = input.recipient;
    const named = { patients: [made.patient], clients: [clientId], organizations: [organization], subjects: [subject] };
    return { ...made, named };
  }

  @Mutation(() => AccountingSuspension, {
    description:
      "Ends a suspension before its time: accountings have these disclosures again. NOT_FOUND; CONFLICT where it is over.",
  })
  async endAccountingSuspension(
    @Arg("id", () => ID, { description: "The suspension's id." }) given: string,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept on record." }) reason: string,
    @Ctx() { caller, domain }: GraphqlContext,
  ): Promise<Printed> {
    return suspensionOf(await domain.accountingSuspensions.end(caller, { id: given, reason }));
  }
}

const connection = caseConnectionOf("AccountingSuspension", "suspensions of accountings", AccountingSuspension);
const suspensionList = listOf<Omit<PlacedFilter, "clientId">, CasePageArgs>(
  {
    name: "accountingSuspensions",
    description:
      "Suspensions of accountings: those that are over, too. That they were read is on record before the answer (kind `AUDIT`).",
    connection: connection.type,
    filter: {
      type: "AccountingSuspensionFilter",
      description: "Narrows a list of suspensions; all that is given must hold.",
      members: {
        states: oneOf(PlacedStateEnum).list("Those in one of these states now."),
        patient: id("Those of this patient, as an id or `Patient/id`."),
      },
    },
  },
  CasePageArgs,
  async ({ caller, domain }, filter, args) => {
    const request = casePageRequest("accountingSuspensions", args);
    const page = await domain.accountingSuspensions.page(caller, { filter, page: request });
    return toCaseConnection("accountingSuspensions", request, page, suspensionOf);
  },
);

export const accountingSuspensionResolvers = [
  AccountingSuspensionFields,
  AccountingSuspensionResolver,
  suspensionList,
  connection.resolver,
  notesOf(AccountingSuspension),
  viewerMayOf(AccountingSuspension, "ACCOUNTING_SUSPENSION"),
];
