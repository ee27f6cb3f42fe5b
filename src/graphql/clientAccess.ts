import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import type { NamesAsked } from "../domain/audit/names/nameNotes.ts";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { CellAccess as Before, AccessCell as Cell } from "../domain/simulation/access/accessCell.ts";
import {
  type ClientAccessInput as ClientAsked,
  MOST_CELLS,
  type SubjectAccessInput as SubjectAsked,
} from "../domain/simulation/access/accessInput.ts";
import type { AccessPage } from "../domain/simulation/access/accessPages.ts";
import type { AccessAnswer, ClientAccess as Client } from "../domain/simulation/access/accessReview.ts";
import { decodeCursor } from "../doors/cursors.ts";
import { AccessCondition } from "./accessCondition.ts";
import { PolicyOperation } from "./apply.ts";
import { asOfMembers } from "./asOf.ts";
import { RequestContextInput, SubjectInput } from "./authorize.ts";
import { PageInfo, partInfo } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { Reason } from "./decisions.ts";
import { AccessByEnum, AccessEnum } from "./enums.ts";
import { flag, id, inputType, int, objectType, of, oneOf, text } from "./graphqlTypes.ts";
import { notesOf } from "./nameNotes.ts";
import { reasonsOf, type ShownReason } from "./recordedReason.ts";

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
  ...asOfMembers,
  operations: of(PolicyOperation).listOrNull(
    "A change of that policy that is not made, as `applyPolicy` takes it: cells tell what could be reached with it, and `before` what without. Absent, or empty: none.",
  ),
};

@ArgsType()
class CellPageArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: MOST_CELLS,
    description: `How many cells at most: 1 to ${MOST_CELLS}, else BAD_USER_INPUT.`,
  })
  readonly first?: number | null;
  @Field(() => String, {
    nullable: true,
    description:
      "Only cells after this `endCursor` of an earlier page of the same question; anything else is BAD_USER_INPUT.",
  })
  readonly after?: string | null;
}
type InInput<Asked> = Omit<Asked, keyof CellPageArgs>;

const ClientAccessInput = inputType<InInput<ClientAsked>>("ClientAccessInput", "What can this client see?", {
  clientId: id("The client; BAD_USER_INPUT if the policy has no such client."),
  subject: of<NonNullable<AuthorizeInput["subject"]>>(SubjectInput).orNull(
    "For whom it acts; absent: as `by` says. Roles are taken as given, if the policy has them.",
  ),
  by: oneOf(AccessByEnum).orNull(
    "Without a subject, whose access `cells` tell. Absent: the client's own in `cells`, and beside it that of role holders in `holders`. BAD_USER_INPUT beside a subject.",
  ),
  ...CONDITIONS,
});
const SubjectAccessInput = inputType<InInput<SubjectAsked>>(
  "SubjectAccessInput",
  "What can be seen for this subject, with any client?",
  { subject: of<NonNullable<AuthorizeInput["subject"]>>(SubjectInput)("For whom clients act."), ...CONDITIONS },
);

const CellAccess = objectType<Before>("CellAccess", "How all requests of one kind are answered.", {
  access: oneOf(AccessEnum)("Whether they are allowed: all, none, or those that meet the conditions."),
  conditions: of(AccessCondition).list("For CONDITIONAL: all of them must hold."),
});

interface NamedCell extends Omit<Cell, "reasons"> {
  readonly reasons: readonly ShownReason[];
}
const AccessCell = objectType<NamedCell>("AccessCell", "All requests of one kind, and how `authorize` answers them.", {
  clientId: id("The client."),
  by: oneOf(AccessByEnum).orNull("For whom the client acts; null: for the subject that is asked about."),
  role: text.orNull(
    "The role that HOLDERS hold, in the organization asked about or else in all; `*`: no role, so that rules for everyone allow it. Null where `by` is not HOLDERS.",
  ),
  alsoHeld: text.list(
    "The roles that somebody holds together with `role`. A combination is listed, its denials too, only where one role takes away what another gives; elsewhere several roles reach what each of them reaches.",
  ),
  scope: text("The scope that is presented, beside the others that are asked about."),
  resourceType: text(
    "The type of the resource; `*`: every type that has no cell of its own beside it; for `search-system`, `history-system` and `$export` all types at once.",
  ),
  action: text("What is done. FHIR's interactions go by five names; `*`: anything, of what is no scope."),
  access: oneOf(AccessEnum)("Whether they are allowed: all, none, or those that meet the conditions."),
  conditions: of(AccessCondition).list("For CONDITIONAL: all of them must hold."),
  reasons: of(Reason).list(
    "For ALLOW and CONDITIONAL some rules that allow it; for DENY the nearest miss, by an example.",
  ),
  before: of(CellAccess).orNull(
    "How they are answered without `operations`. Null: in the same way. What only one of both policies has a cell for has one, too, with DENY where the other answers so.",
  ),
});

interface NamedPage extends Omit<AccessPage, "cells" | "endCursor"> {
  readonly cells: readonly NamedCell[];
  readonly pageInfo: PageInfo;
}
const ClientAccess = objectType<NamedPage>("ClientAccess", "What can be reached: what is in no cell is denied.", {
  policyRevision: int("The revision of the policy by which it is so; with `operations`, the one that they are for."),
  complete: flag("False: something was cut, by `first` or by a bound."),
  cells: of(AccessCell).list(
    "By client, scope, action and type. Those by HOLDERS: what is not denied to them, by role first, with the types that are denied beside `*`; then combinations of roles.",
  ),
  pageInfo: of(PageInfo)(
    "Where to go on. A page by HOLDERS may be shorter than `first`, as it looks at 200 roles at most.",
  ),
});

/** Lists by the name that their cursors have. */
const [OF_CLIENT, OF_HOLDERS, OF_SUBJECT] = ["clientAccess", "clientAccess by HOLDERS", "subjectAccess"];

/** A page in the contract's form. */
const pageOf = <Page extends AccessPage>(list: string, { cells, endCursor, ...page }: Page, after: unknown) => ({
  ...page,
  cells: cells.map((cell) => ({ ...cell, reasons: reasonsOf(cell.reasons) })),
  pageInfo: partInfo(list, { after, end: endCursor }),
});

/** Which part of a list is asked for, from where the cursor says. @throws ScopewardenError BAD_USER_INPUT */
const partOf = (list: string, { after, first }: CellPageArgs) => ({
  first: first ?? MOST_CELLS,
  after: after === null || after === undefined ? null : decodeCursor(list, after),
});

/** What both questions name; a client or a role that the policy has not is refused. */
const namesIn = (
  { context, organization, purposeOfUse, scopes, subject }: ClientAsked | SubjectAsked,
  { policies }: AccessAnswer,
): NamesAsked => ({
  scopes: scopes ?? [],
  organizations: [organization, subject?.organization],
  purposes: [purposeOfUse],
  patients: [context?.patient],
  subjects: [subject],
  policy: policies,
});

@Resolver(() => ClientAccess)
class ClientAccessFields {
  @FieldResolver(() => ClientAccess, {
    nullable: true,
    description:
      "What could be reached for whoever holds a role, the first page; ask with `by: HOLDERS` for the next. Null: the question names a subject, or says `by` whom.",
  })
  async holders(@Root() { holders }: Partial<Pick<Client, "holders">>) {
    const page = await (holders?.() ?? null);
    return page === null ? null : pageOf(OF_HOLDERS, page, null);
  }
}

@Resolver()
class ClientAccessResolver {
  @Query(() => ClientAccess, {
    description:
      "What can this client see? Every scope, action and type, with what remains to be met, as `authorize` would answer. With a subject: for that subject. Without one: `cells` for the client itself, which is denied everything where only people hold the roles, and `holders` for whoever holds a role. What the client presents and may not do is in `cells`, too. No decision is made; that it was asked is on record.",
  })
  async clientAccess(
    @Arg("input", () => ClientAccessInput, { description: "Who, and under which circumstances." })
    input: InInput<ClientAsked>,
    @Args(() => CellPageArgs) args: CellPageArgs,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const list = input.by === "HOLDERS" ? OF_HOLDERS : OF_CLIENT;
    const page = await domain.accessReview.clientAccess(caller, { ...input, ...partOf(list, args) });
    return { ...pageOf(list, page, args.after), named: namesIn(input, page) };
  }

  @Query(() => ClientAccess, {
    description:
      "What can be reached for one subject over all clients, client by client: only what is not denied, and the types that are denied beside `*`. Pages may be shorter than `first`: look at `pageInfo`.",
  })
  async subjectAccess(
    @Arg("input", () => SubjectAccessInput, { description: "For whom, and under which circumstances." })
    input: InInput<SubjectAsked>,
    @Args(() => CellPageArgs) args: CellPageArgs,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const page = await domain.accessReview.subjectAccess(caller, { ...input, ...partOf(OF_SUBJECT, args) });
    return { ...pageOf(OF_SUBJECT, page, args.after), named: namesIn(input, page) };
  }
}

export const clientAccessResolvers = [ClientAccessFields, ClientAccessResolver, notesOf(ClientAccess)];
