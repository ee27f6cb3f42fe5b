import type { Disclosure } from "../../domain/audit/disclosures/disclosure.ts";
import type { DisclosureKind } from "../../domain/audit/disclosures/disclosureKind.ts";
import type { PatientsAccess } from "../../domain/monitoring/explanations/accessHistory.ts";

/** As the service answers it: times are texts. */
export type Answered<Item extends { readonly at: number }> = Omit<Item, "at"> & { readonly at: string };

/** A row of the table of an accounting. */
export interface DisclosureRow {
  readonly date: string;
  readonly recipient: string;
  readonly organization: string | null;
  readonly address: string | null;
  readonly description: string;
  readonly purpose: string;
  readonly counts_as: DisclosureKind;
  readonly consents: readonly string[];
  readonly emergency: string | null;
  readonly decision: string;
}
/** What each column means, in the order of the columns. */
export const DISCLOSURE_COLUMNS = {
  date: "When the access was allowed, in UTC.",
  recipient: "Who received the data: the person, and the program that the person used.",
  organization: "To which the person belongs, where that is known.",
  address: "Of the recipient, where it is known.",
  description: "What was disclosed.",
  purpose: "What it was for, as whoever asked told it.",
  counts_as:
    "How it counts by 45 CFR 164.528: OTHER and EMERGENCY are accounted for; TREATMENT, PAYMENT, OPERATIONS, TO_INDIVIDUAL and AUTHORIZATION need not be.",
  consents: "The patient's consents on which it rests.",
  emergency: "The emergency in which it was.",
  decision: "The number under which it is on record.",
} as const satisfies Record<keyof DisclosureRow, string>;

export const disclosureRow = (item: Answered<Disclosure>): DisclosureRow => ({
  date: item.at,
  recipient: item.recipient.name,
  organization: item.recipient.organizationName ?? item.recipient.organization,
  address: item.recipient.address,
  description: item.description,
  purpose: item.purpose,
  counts_as: item.kind,
  consents: item.consents,
  emergency: item.emergency,
  decision: item.decisionId,
});

/** A row of the table of a history. */
export interface AccessRow {
  readonly date: string;
  readonly outcome: string;
  readonly who: string;
  readonly organization: string | null;
  readonly data: string;
  readonly purpose: string;
  readonly scope: string | null;
  readonly role: string | null;
  readonly consents: readonly string[];
  readonly emergency: string | null;
  readonly explained: string | null;
  readonly decision: string;
}
export const ACCESS_COLUMNS = {
  date: "When it was decided, in UTC.",
  outcome: "ALLOW: it was allowed; DENY: it was tried and denied.",
  who: "The person, and the program that the person used.",
  organization: "Whose data it was.",
  data: "What was done with what data.",
  purpose: "What it was for, as whoever asked told it.",
  scope: "The permission by which it was allowed.",
  role: "The role of the person by which it was allowed.",
  consents: "The patient's consents on which it rests.",
  emergency: "The emergency in which it was.",
  explained: "What explains it, as far as this service knows; NOTHING: nothing does. Empty: it is not asked.",
  decision: "The number under which it is on record.",
} as const satisfies Record<keyof AccessRow, string>;

export const accessRow = (item: Answered<PatientsAccess>): AccessRow => ({
  date: item.at,
  outcome: item.outcome,
  who: item.who.name,
  organization: item.organizationName ?? item.organization,
  data: item.data,
  purpose: item.purpose,
  scope: item.scope,
  role: item.role,
  consents: item.consents,
  emergency: item.emergency,
  explained: item.explained === null ? null : (item.explainedBy ?? "NOTHING"),
  decision: item.decisionId,
});
