import { type AccessPeriod, type AskedPeriod, readAccessPeriod } from "../../audit/disclosures/accessPeriod.ts";
import { type DisclosureDeps, MOST_NAMING_NOBODY } from "../../audit/disclosures/accountingOfDisclosures.ts";
import { consentsOf, emergencyOf } from "../../audit/disclosures/basis.ts";
import { dataText, doingText } from "../../audit/disclosures/dataText.ts";
import { basisText, whenText } from "../../audit/disclosures/disclosure.ts";
import { type OwnPart, ownParts } from "../../audit/disclosures/ownPart.ts";
import { type NamesNow, organizationName, type Recipient, recipientOf } from "../../audit/disclosures/parties.ts";
import { purposeText } from "../../audit/disclosures/purposeText.ts";
import type { Caller } from "../../callers/types.ts";
import { decisiveReason, summaryText } from "../../decisions/summaryText.ts";
import type { AccessRecord, Outcome } from "../../decisions/types.ts";
import type { Page, PageRequest } from "../../kernel/pages.ts";
import { isAskedWhy, roleUsed } from "./accessesOf.ts";
import type { Explanation, ExplanationKind } from "./explanation.ts";
import type { WatchedAccessStore } from "./store.ts";

/** One access to a patient's data, or a try that was denied, told to people. */
export interface PatientsAccess {
  readonly decisionId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly outcome: Outcome;
  readonly who: Recipient;
  /** That of the resource, as the request named it. */
  readonly organization: string | null;
  readonly organizationName: string | null;
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string | null;
  /** What data, in words. */
  readonly data: string;
  readonly purpose: string;
  readonly purposeOfUse: string | null;
  /** By which it was allowed; null: it was not, or the rule is for any role. */
  readonly scope: string | null;
  readonly role: string | null;
  readonly consents: readonly string[];
  readonly emergency: string | null;
  /** Whether something explained it when it was made; null: it is not asked. */
  readonly explained: boolean | null;
  readonly explainedBy: ExplanationKind | null;
  /** All of it in one sentence. */
  readonly summary: string;
}

/** A page of the history, newest first, of allowed accesses or of denials. */
export interface AccessHistoryPage extends Page<PatientsAccess, number>, Omit<AccessPeriod, "patient"> {
  /** In the whole period. */
  readonly allowed: number;
  readonly denied: number;
  /** As of an accounting. */
  readonly erased: number;
}

interface AccessHistoryInput extends AskedPeriod {
  readonly outcome: Outcome;
}

/** Who saw a patient's data, or tried. @throws ScopewardenError BAD_USER_INPUT, JOURNAL_UNAVAILABLE, POLICY_UNAVAILABLE */
export type AccessHistory = (
  caller: Caller,
  input: AccessHistoryInput,
  page: PageRequest<number>,
) => Promise<AccessHistoryPage>;

const EXPLAINED: { readonly [Kind in ExplanationKind]: string } = {
  OWN_RECORD: "their own record",
  REPRESENTS: "the person may speak for the patient",
  CARE_TEAM: "the person is on the care team",
  APPOINTMENT: "there was an appointment",
  ORDER: "there was an order",
  REFERRAL: "there was a referral",
  SAME_UNIT: "the person works where the patient was",
  BREAK_GLASS: "there was an emergency",
  ACCESS_REQUEST: "an access request was approved",
  CONSENT: "the patient agreed to it for this person",
  COLLEAGUE: "a colleague treats the patient",
};

function whyText(explained: boolean | null, explanation: Explanation | null): string {
  if (explained === null) return "";
  return explanation === null ? " No reason for it is known." : ` Reason: ${EXPLAINED[explanation.kind]}.`;
}

/** Why it was denied, as a patient is told it. */
function denialText(record: AccessRecord, told: AccessRecord): string {
  const why = decisiveReason(record);
  // What is told is this patient's own part, so that nothing is left open of whom it is so.
  const request = { ...told.request, resource: { ...told.request.resource, patients: null } };
  return why === undefined || told.reasons.includes(why)
    ? summaryText({ ...told, request })
    : "It concerned several patients; the reason is withheld, as it may concern another of them.";
}

function accessOf(
  record: AccessRecord,
  explanation: Explanation | null | undefined,
  now: NamesNow,
  ownPart: OwnPart,
): PatientsAccess {
  const told = ownPart(record);
  const { decidedAt: at, id, outcome, request, scope } = record;
  const { organization, type, id: resourceId } = request.resource;
  const who = recipientOf(record, now);
  const allowed = outcome === "ALLOW";
  const role = allowed ? roleUsed(record) : null;
  const explained = explanation === undefined || !isAskedWhy(record) ? null : explanation !== null;
  const purpose = purposeText(request.purposeOfUse);
  const known = explanation ?? null;
  const whose = organizationName(now, organization) ?? organization;
  const where = whose === null ? "" : ` of ${whose}`;
  const by = `, by the scope ${scope}${role === null ? "" : ` and the role ${role}`}`;
  const what = `${doingText(record)}${where} ${purpose}`;
  const when = whenText(at);
  return {
    decisionId: id,
    at,
    outcome,
    who,
    organization,
    organizationName: organizationName(now, organization),
    action: request.action,
    resourceType: type,
    resourceId,
    data: dataText(record),
    purpose: purpose.charAt(0).toUpperCase() + purpose.slice(1),
    purposeOfUse: request.purposeOfUse,
    scope,
    role,
    consents: consentsOf(told),
    emergency: emergencyOf(told),
    explained,
    explainedBy: explained === true ? (known?.kind ?? null) : null,
    summary: allowed
      ? `${when.charAt(0).toUpperCase()}${when.slice(1)} ${who.name} was allowed to ${what}${by}${basisText(told)}.${whyText(explained, known)}`
      : `${when.charAt(0).toUpperCase()}${when.slice(1)} ${who.name} was not allowed to ${what}. ${denialText(record, told)}`,
  };
}

export function createAccessHistory(
  deps: DisclosureDeps & { readonly watched: Pick<WatchedAccessStore, "ofAccesses"> },
): AccessHistory {
  const { accesses, clock, names, owners, recordAudit, watched } = deps;
  return async (caller, { outcome, ...given }, { after, first }) => {
    const period = readAccessPeriod(given, clock());
    const { from, patient, to } = period;
    const now = names();
    const sumOf = (of: Outcome): Promise<number> => accesses.count({ ...period, outcome: of });
    const found = await accesses.newest({ ...period, outcome, without: [], after, first: first + 1 });
    const records = await accesses.records(found.slice(0, first).map(({ position }) => position));
    const positions = records.map(({ position }) => position);
    const explanations = outcome === "ALLOW" ? await watched.ofAccesses(patient, positions) : new Map();
    const made = records.flatMap(({ position, record }) => (record.kind === "ACCESS" ? [{ position, record }] : []));
    const ownPart = await ownParts(
      patient,
      made.map(({ record }) => record),
      owners,
    );
    const items = made.map(({ position, record }) => ({
      key: position,
      node: accessOf(record, explanations.get(position), now, ownPart),
    }));
    const [allowed, denied] = [await sumOf("ALLOW"), await sumOf("DENY")];
    await recordAudit(caller, { field: "accessHistory", filter: { patient, from, to, outcome }, shown: items.length });
    const erased = await accesses.erased({ from, to, most: MOST_NAMING_NOBODY });
    return { items, hasNextPage: found.length > items.length, from, to, allowed, denied, erased };
  };
}
