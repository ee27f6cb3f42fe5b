import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, ID, Info, Query, Resolver } from "type-graphql";
import {
  type Accounting,
  type DisclosureCount as Count,
  MOST_NAMING_NOBODY,
} from "../domain/audit/disclosures/accountingOfDisclosures.ts";
import type { Disclosure as DomainDisclosure } from "../domain/audit/disclosures/disclosure.ts";
import type { DisclosureKind } from "../domain/audit/disclosures/disclosureKind.ts";
import type { Recipient as DomainRecipient } from "../domain/audit/disclosures/parties.ts";
import type { PlainWords } from "../domain/audit/disclosures/plainWords.ts";
import type { Outcome } from "../domain/decisions/types.ts";
import type {
  AccessHistoryPage,
  PatientsAccess as DomainAccess,
} from "../domain/monitoring/explanations/accessHistory.ts";
import { encodeCursor } from "../doors/cursors.ts";
import { archivedOf } from "./archivedMonths.ts";
import { type Edge, numberedPageRequest, PageArgs, PageInfo, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { DisclosureKindEnum, ExplanationKindEnum, OutcomeEnum } from "./enums.ts";
import { flag, id, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { itemFields } from "./itemFields.ts";
import { notesOf } from "./nameNotes.ts";
import { DateTime } from "./scalars.ts";

const Recipient = objectType<DomainRecipient>("Recipient", "Who asked for an access, and so received data.", {
  name: text("In words: the person and the client, or the client that acted for itself."),
  clientId: id("The client."),
  clientName: text.orNull("Its name by the policy of now; null: it is there no more."),
  subjectId: id.orNull("The person; null: the client acted for itself."),
  subjectType: text.orNull("What kind of subject that is."),
  subjectName: text.orNull("The name by the directory, as of then where the record has it; null: it is not known."),
  organization: text.orNull("To which the person belongs, by the request or the directory."),
  organizationName: text.orNull("Its name, by the policy or the directory."),
  address: text.orNull("The `address` that the directory has of the person, the organization or the client."),
});

const DisclosureInPlainWords = objectType<PlainWords>(
  "DisclosureInPlainWords",
  "A disclosure as it is handed to the patient: without ids.",
  {
    recipient: text("Who received the data, by name as far as names are known."),
    data: text("What was disclosed, such as `prescriptions`."),
    purpose: text("What for, such as `research`, and whether in an emergency or by the patient's consent."),
  },
);

const Disclosure = objectType<DomainDisclosure>(
  "Disclosure",
  "One allowed access to a patient's data, as 45 CFR 164.528(b)(2) wants it told. That data was then sent the resource server knows.",
  {
    decisionId: id("The decision by which it was allowed."),
    at: time("When it was allowed."),
    kind: oneOf(DisclosureKindEnum)("How it counts."),
    recipient: of(Recipient)("Who received the data."),
    description: text("What was disclosed, in a few words."),
    purpose: text("For what, and on what it rests, in words."),
    purposeOfUse: text.orNull("The purpose of use as it was told; null: it was not."),
    consents: id.list("The consents on which it rests."),
    emergency: id.orNull("The emergency in which it was; null: in none."),
    mayBeUse: flag(
      "Whether it may be use inside the house, and no disclosure: the recipient is of the organization of the data, or that is not known. Such may be struck.",
    ),
    inPlainWords: of(DisclosureInPlainWords)("As it is handed to the patient, without ids."),
    line: id(
      "The line on which it is handed to the patient: the same for what the same recipient got for the same purpose, which stands once, with all that was disclosed and how often. What may be struck is apart. Opaque: to be compared.",
    ),
    summary: text("All of it in one sentence, for people."),
  },
);

export const DisclosureCount = objectType<Count>("DisclosureCount", "How many disclosures are of one kind.", {
  kind: oneOf(DisclosureKindEnum)("The kind."),
  count: int("How many they are in the whole period."),
});

const DisclosureEdge = objectType<Edge<DomainDisclosure>>("DisclosureEdge", "One of the disclosures of a page.", {
  cursor: text("The position of this item, for `after`. Opaque: it has no meaning but in this list."),
  node: of(Disclosure)("The item."),
});

const ERASED = int(
  `Accesses of the period, allowed or denied, of which it is erased whose data they were about, as their time is over: they are not among these. ${MOST_NAMING_NOBODY} stands for that many or more.`,
);

const PERIOD = {
  from: time("Where the period begins."),
  to: time("Where it ends; this time is not in it."),
};

type Listed = Pick<Accounting, "from" | "to" | "patientName" | "counts" | "listed" | "namingNobody" | "erased"> & {
  readonly edges: readonly Edge<DomainDisclosure>[];
  readonly pageInfo: PageInfo;
};
const DisclosureConnection = objectType<Listed>("DisclosureConnection", "A page of an accounting of disclosures.", {
  edges: of(DisclosureEdge).list(
    "The items of the page, newest first; fewer than `first` where many others were passed over.",
  ),
  pageInfo: of(PageInfo)("Where the page stands. If it has no items and more follow, `endCursor` says where to go on."),
  ...PERIOD,
  patientName: text.orNull("The patient's `name` in the directory; null: it has none."),
  counts: of(DisclosureCount).list(
    "How many there are in the period, by kind; those of kinds that are not listed, too. What `suspendAccounting` leaves out is in neither.",
  ),
  listed: oneOf(DisclosureKindEnum).list("The kinds that are listed; the others are only in `counts`."),
  namingNobody: int(
    `Allowed accesses of the period to patients' data that name no patient and are confined to none, such as a search over all: whose data they showed is not known here. ${MOST_NAMING_NOBODY} stands for that many or more.`,
  ),
  erased: ERASED,
});

const PatientsAccess = objectType<DomainAccess>(
  "PatientsAccess",
  "One access to a patient's data, or a try that was denied, told to people.",
  {
    decisionId: id("The decision."),
    at: time("When it was decided."),
    outcome: oneOf(OutcomeEnum)("Whether it was allowed."),
    who: of(Recipient)("Who it was."),
    organization: text.orNull("The organization of the data, as the request named it."),
    organizationName: text.orNull("Its name, by the policy or the directory."),
    action: text("The action, as it was asked."),
    resourceType: text("The type of the data."),
    resourceId: id.orNull("The id of the record; null for a search or a whole type."),
    data: text("What was done with what data, in words."),
    purpose: text("For what, in words."),
    purposeOfUse: text.orNull("The purpose of use as it was told; null: it was not."),
    scope: text.orNull("The scope that allowed it; null: it was denied."),
    role: text.orNull("The role by which it was allowed; null: it was denied, or the rule is for every role."),
    consents: id.list("The consents on which it rests."),
    emergency: id.orNull("The emergency in which it was; null: in none."),
    explained: flag.orNull(
      "Whether something explained it when it was made; `explanation` says what does now. Null: it is not asked, as it was denied or is by no person.",
    ),
    explainedBy: oneOf(ExplanationKindEnum).orNull("By what; null: by nothing, or it is not asked."),
    summary: text("All of it in one sentence or two, for people."),
  },
);
const AccessEdge = objectType<Edge<DomainAccess>>("PatientsAccessEdge", "One of the accesses of a page.", {
  cursor: text("The position of this item, for `after`. Opaque: it has no meaning but in this list."),
  node: of(PatientsAccess)("The item."),
});
type HistoryConnection = Pick<AccessHistoryPage, "from" | "to" | "allowed" | "denied" | "erased"> & {
  readonly edges: readonly Edge<DomainAccess>[];
  readonly pageInfo: PageInfo;
};
const AccessHistoryConnection = objectType<HistoryConnection>(
  "AccessHistoryConnection",
  "A page of a history of accesses.",
  {
    edges: of(AccessEdge).list("The items of the page, newest first."),
    pageInfo: of(PageInfo)("Where the page stands in the list."),
    ...PERIOD,
    allowed: int("How many accesses were allowed in the whole period."),
    denied: int("How many were denied in the whole period."),
    erased: ERASED,
  },
);

const PATIENT = { description: "Whose data, as an id or `Patient/id`. The directory need not know the patient." };
const FROM = { description: "From this time on." };
const TO = {
  nullable: true,
  description: "Until before this time: at most six years later. In the future or absent: until now.",
};

@Resolver()
class DisclosureResolver {
  @Query(() => DisclosureConnection, {
    description:
      "An accounting of disclosures (45 CFR 164.528), newest first: to whom a patient's data were disclosed, when, which and why. Allowed accesses alone are disclosures; one to several patients is one of each, and so is a search that a filter confines to them. What `suspendAccounting` suspends is left out. That it was read is on record before the answer (kind `AUDIT`).",
  })
  async accountingOfDisclosures(
    @Arg("patient", () => ID, PATIENT) patient: string,
    @Arg("from", () => DateTime, FROM) from: number,
    @Arg("to", () => DateTime, TO) to: number | null | undefined,
    @Arg("kinds", () => [DisclosureKindEnum], {
      nullable: true,
      description:
        "Which are listed, one at least and each once. Absent: EMERGENCY and OTHER, which must be accounted for.",
    })
    kinds: readonly DisclosureKind[] | null | undefined,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const page = numberedPageRequest("accountingOfDisclosures", args);
    const found = await domain.accountingOfDisclosures(caller, { patient, from, to, kinds }, page);
    const { edges, pageInfo } = toConnection("accountingOfDisclosures", page, found, (item) => item);
    const { counts, erased, listed, namingNobody, next, patientName } = found;
    const period = { from: found.from, to: found.to };
    const endCursor = next === null ? pageInfo.endCursor : encodeCursor("accountingOfDisclosures", next);
    return {
      edges: loaders.inParts(edges, itemFields(info)),
      pageInfo: { ...pageInfo, endCursor },
      patientName,
      counts,
      listed,
      namingNobody,
      erased,
      ...period,
      window: period,
      named: counts.some(({ count }) => count > 0) ? undefined : { patients: [patient] },
    };
  }

  @Query(() => AccessHistoryConnection, {
    description:
      "Who saw a patient's data, newest first: when, with which client, what, why, and by what it was allowed. Denials are told apart, with `outcome: DENY`. It has what `suspendAccounting` leaves out of accountings, and is not handed out meanwhile. That it was read is on record before the answer (kind `AUDIT`).",
  })
  async accessHistory(
    @Arg("patient", () => ID, PATIENT) patient: string,
    @Arg("from", () => DateTime, FROM) from: number,
    @Arg("to", () => DateTime, TO) to: number | null | undefined,
    @Arg("outcome", () => OutcomeEnum, {
      nullable: true,
      defaultValue: "ALLOW",
      description: "ALLOW: the accesses; DENY: what was tried and denied.",
    })
    outcome: Outcome | null | undefined,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const page = numberedPageRequest("accessHistory", args);
    const found = await domain.accessHistory(caller, { patient, from, to, outcome: outcome ?? "ALLOW" }, page);
    const { edges, pageInfo } = toConnection("accessHistory", page, found, (item) => item);
    const { allowed, denied, erased } = found;
    const items = loaders.inParts(edges, itemFields(info));
    const period = { from: found.from, to: found.to };
    const named = allowed + denied > 0 ? undefined : { patients: [patient] };
    return { edges: items, pageInfo, ...period, allowed, denied, erased, window: period, named };
  }
}

export const disclosureResolvers = [
  DisclosureResolver,
  archivedOf(DisclosureConnection),
  archivedOf(AccessHistoryConnection),
  notesOf(DisclosureConnection),
  notesOf(AccessHistoryConnection),
];
