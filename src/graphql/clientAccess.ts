import { Arg, Ctx, Query, Resolver } from "type-graphql";
import type { NamesAsked } from "../domain/audit/names/nameNotes.ts";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { PrintedReason } from "../domain/decisions/reasonText.ts";
import type { AccessCell as Cell } from "../domain/simulation/access/accessCell.ts";
import {
  type ClientAccessInput as ClientAsked,
  MOST_CELLS,
  type SubjectAccessInput as SubjectAsked,
} from "../domain/simulation/access/accessInput.ts";
import type { AccessPage } from "../domain/simulation/access/subjectAccess.ts";
import { AccessCondition } from "./accessCondition.ts";
import { RequestContextInput, SubjectInput } from "./authorize.ts";
import type { GraphqlContext } from "./context.ts";
import { decodeCursor, encodeCursor } from "./cursors.ts";
import { Reason } from "./decisions.ts";
import { AccessEnum } from "./enums.ts";
import { flag, id, inputType, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { notesOf } from "./nameNotes.ts";
import { reasonsOf } from "./recordedReason.ts";

const CONDITIONS = {
  scopes: text.listOrNull("The scopes that are presented together; absent: all that a client is granted."),
  purposeOfUse: text.orNull(
    "The purpose of use; absent: any, and conditions say for which; to break glass (BTG) only while an emergency is open.",
  ),
  context: of<NonNullable<AuthorizeInput["context"]>>(RequestContextInput).orNull(
    "What is known of the circumstances; what is left out may be anything, and conditions say what it must be.",
  ),
  organization: text.orNull(
    "Whose the resources are; absent: the subject's organization, or any, and conditions say in which.",
  ),
  asOf: time.orNull("At this time, by the clock and by the policy of then; the directory is that of now. Absent: now."),
  asOfRevision: int.orNull("By this revision of the policy, whatever the time says; absent: that of `asOf`."),
  first: int.orNull(`How many cells at most: 1 to ${MOST_CELLS}, which it is where it is absent.`),
  after: text.orNull("Only cells after this `endCursor` of an earlier page of the same question."),
};

const ClientAccessInput = inputType<ClientAsked>("ClientAccessInput", "What can this client see?", {
  clientId: id("The client; BAD_USER_INPUT for one that the policy has not."),
  subject: of<NonNullable<AuthorizeInput["subject"]>>(SubjectInput).orNull(
    "For whom it acts; absent: it acts as itself. Roles are taken as given, if the policy has them.",
  ),
  ...CONDITIONS,
});
const SubjectAccessInput = inputType<SubjectAsked>(
  "SubjectAccessInput",
  "What can be seen for this subject, with any client?",
  { subject: of<NonNullable<AuthorizeInput["subject"]>>(SubjectInput)("For whom clients act."), ...CONDITIONS },
);

interface Told extends Omit<Cell, "reasons"> {
  readonly reasons: readonly PrintedReason[];
}
const AccessCell = objectType<Told>("AccessCell", "All requests of one kind, and how `authorize` answers them.", {
  clientId: id("The client."),
  scope: text("The scope that is presented, beside the others that are asked about."),
  resourceType: text(
    "The type of the resource; `*`: every type that has no cell of its own beside it. Of `search-system`, `history-system` and `$export` all types at once.",
  ),
  action: text("What is done. FHIR's interactions go by five names; `*`: anything, of what is no scope."),
  access: oneOf(AccessEnum)("Whether they are allowed: all, none, or those that meet the conditions."),
  conditions: of(AccessCondition).list("Of CONDITIONAL: all of them must hold."),
  reasons: of(Reason).list(
    "Of ALLOW and CONDITIONAL some rules that allow it; of DENY the nearest miss, by an example.",
  ),
});

const ClientAccess = objectType<Omit<AccessPage, "cells"> & { readonly cells: readonly Told[] }>(
  "ClientAccess",
  "What can be reached: cells that are in no cell are denied.",
  {
    policyRevision: int("The revision of the policy by which it is so."),
    complete: flag("False: something was cut, by `first` or by a bound."),
    cells: of(AccessCell).list("By client, scope, action and type."),
    endCursor: text.orNull("For `after` of the next page; null: there is none."),
  },
);

/** A page in the contract's form. */
const pageOf = (list: string, { cells, endCursor, ...page }: AccessPage) => ({
  ...page,
  cells: cells.map((cell) => ({ ...cell, reasons: reasonsOf(cell.reasons) })),
  endCursor: endCursor === null ? null : encodeCursor(list, endCursor),
});

/** The same question, from where the cursor says. @throws ScopewardenError BAD_USER_INPUT */
const from = <Asked extends { readonly after?: string | null | undefined }>(list: string, input: Asked): Asked =>
  input.after === null || input.after === undefined
    ? input
    : { ...input, after: decodeCursor(list, input.after, "input.after") };

/** What both questions name; a client or a role that the policy has not is refused. */
const namesIn = (
  { context, organization, purposeOfUse, scopes, subject }: ClientAsked | SubjectAsked,
  { policyRevision }: AccessPage,
): NamesAsked => ({
  scopes: scopes ?? [],
  organizations: [organization, subject?.organization],
  purposes: [purposeOfUse],
  patients: [context?.patient],
  subjects: [subject],
  policy: policyRevision,
});

@Resolver()
class ClientAccessResolver {
  @Query(() => ClientAccess, {
    description:
      "What a client can reach, for a subject or as itself: every scope, action and type, with what remains to be met, as `authorize` would answer. What it presents and may not do is there too. No decision is made; that it was asked is on record.",
  })
  async clientAccess(
    @Arg("input", () => ClientAccessInput, { description: "Who, and under which circumstances." }) input: ClientAsked,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const page = await domain.accessReview.clientAccess(caller, from("clientAccess", input));
    return { ...pageOf("clientAccess", page), named: namesIn(input, page) };
  }

  @Query(() => ClientAccess, {
    description:
      "What can be reached for one subject over all clients, client by client: only what is not denied. Pages may be shorter than `first`: look at `endCursor`.",
  })
  async subjectAccess(
    @Arg("input", () => SubjectAccessInput, { description: "For whom, and under which circumstances." })
    input: SubjectAsked,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const page = await domain.accessReview.subjectAccess(caller, from("subjectAccess", input));
    return { ...pageOf("subjectAccess", page), named: namesIn(input, page) };
  }
}

export const clientAccessResolvers = [ClientAccessResolver, notesOf(ClientAccess)];
