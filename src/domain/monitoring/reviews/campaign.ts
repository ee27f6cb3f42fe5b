import { seesAccesses } from "../../callers/permissions.ts";
import type { Identity, Person } from "../../callers/types.ts";
import type { Validity } from "../../policy/types.ts";
import { seesPatients } from "../alerts/seen.ts";
import type { AlertStore } from "../alerts/store.ts";

/** What is reviewed: all that is given must hold. */
export interface ReviewSelector {
  /** Assignments of this role. */
  readonly role: string | null;
  /** Grants to this client, and the roles that it holds itself. */
  readonly clientId: string | null;
  /** Assignments to this subject, of this type. */
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  /** Assignments that hold in this organization, those that hold in all included. */
  readonly organization: string | null;
  /** What nobody used for so many days; nothing that was observed for less. */
  readonly unusedForDays: number | null;
}

export type ReviewVerdict = "UNDECIDED" | "KEEP" | "REMOVE" | "REDUCE";
export type DecidedVerdict = Exclude<ReviewVerdict, "UNDECIDED">;

/** OPEN: it is decided; PROPOSED: what goes waits for somebody else's approval; CLOSED: it is over. */
export type CampaignState = "OPEN" | "PROPOSED" | "CLOSED";

/** What became of an item. GIVEN_BACK: it was taken away, and somebody gave it anew before the campaign was over. */
export type ReviewOutcome = "KEPT" | "REMOVED" | "REDUCED" | "REFUSED" | "GONE_BEFORE" | "GIVEN_BACK";

export type ReviewKind = "ASSIGNMENT" | "GRANT";

/** One row of the access list: a role that somebody holds, or a scope that a client is granted. */
export interface ReviewAccess extends Validity {
  readonly kind: ReviewKind;
  /** Of an assignment to a person or program; else null. */
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly clientId: string | null;
  /** Of an assignment. */
  readonly role: string | null;
  readonly organization: string | null;
  /** Of a grant. */
  readonly scope: string | null;
}

/** To what access is reduced; at least one member is given. */
export interface ReduceTo {
  /** Of a SMART grant: narrower scopes in its place. */
  readonly scopes: readonly string[] | null;
  /** Of an assignment for all organizations: for these instead. */
  readonly organizations: readonly string[] | null;
  /** An earlier end. */
  readonly validUntil: number | null;
}

/** The part of a grant that its allowed uses needed, found and proven by deciding each of them again (`minimalScopes`). */
export interface SmallerSet {
  /** The grant itself: nothing smaller would do. Empty: other grants of the client serve all that it was used for. */
  readonly scopes: readonly string[];
  /** How many of the client's allowed accesses were decided again under the smaller set; none came out otherwise. */
  readonly checked: number;
  /** False: the window has more than were looked at; the newest were. */
  readonly complete: boolean;
}

/** What was known of an item when the campaign began. Times are milliseconds since 1970. */
export interface ReviewEvidence {
  readonly windowDays: number;
  /** For how many of these days it was there and decisions were on record. */
  readonly observedDays: number;
  /** Allowed accesses in the window that rest on it, or may do so. */
  readonly uses: number;
  /** Of how many patients they are, up to eleven; null: it is not known. */
  readonly patients: number | null;
  /** Whether the directory knew the holder as somebody who works here, or it is a program. Who is neither may be a patient. */
  readonly isStaff: boolean;
  /** Of the last 400 days; null: none. */
  readonly lastUsedAt: number | null;
  /** Of an assignment: the organizations of its uses, the first 20; null among them is one that named none. */
  readonly usedIn: readonly (string | null)[];
  /** How many there are; of those that nobody was ever assigned to, beyond 1,000 count as one. */
  readonly usedInCount: number;
  /** The revision with which it began as it stands; null: it is not known. */
  readonly assigned: {
    readonly revision: number;
    readonly at: number;
    readonly by: string;
    readonly reason: string;
  } | null;
  readonly smaller: SmallerSet | null;
  /** Until when an earlier campaign let it stand unused; null: none did. */
  readonly exceptUntil: number | null;
}

/** The same as somebody may see it: null where it is of few patients, or of who may be one. */
export interface SeenEvidence
  extends Omit<ReviewEvidence, "isStaff" | "patients" | "smaller" | "uses" | "usedInCount"> {
  readonly uses: number | null;
  readonly usedInCount: number | null;
  readonly smaller: (Omit<SmallerSet, "checked"> & { readonly checked: number | null }) | null;
  readonly few: boolean;
}

export interface ReviewAdvice {
  readonly verdict: DecidedVerdict;
  readonly to: ReduceTo | null;
  /** The figures that it follows from, in words. */
  readonly formula: string;
}

/** What somebody said of an item, once and for all. */
export interface ReviewDecision {
  readonly verdict: DecidedVerdict;
  readonly at: number;
  readonly by: Person;
  readonly reason: string;
  /** Of REDUCE. */
  readonly to: ReduceTo | null;
  /** Of KEEP: a seasonal exception, until when nobody is to call it unused. */
  readonly exceptUntil: number | null;
}

export interface ReviewItem {
  readonly id: string;
  readonly campaignId: string;
  readonly access: ReviewAccess;
  readonly evidence: ReviewEvidence;
  readonly advice: ReviewAdvice | null;
  readonly decision: ReviewDecision | null;
  /** Of a campaign that is over. */
  readonly outcome: { readonly is: ReviewOutcome; readonly note: string | null } | null;
}

export interface SeenItem extends Omit<ReviewItem, "evidence"> {
  readonly evidence: SeenEvidence;
}

/** A campaign as it is kept. Times are milliseconds since 1970. */
export interface Campaign extends ReviewSelector {
  readonly id: string;
  /** The alert because of which it was begun; null: none. */
  readonly alertId: string | null;
  readonly title: string;
  readonly reason: string;
  /** The ids of the people who decide; none: whoever holds the role. */
  readonly reviewers: readonly string[];
  /** To whom goes what is undecided when it is due, and what none of the others may decide; null: to nobody. */
  readonly fallbackReviewer: string | null;
  readonly startedBy: Person;
  readonly startedAt: number;
  readonly dueAt: number;
  /** From then on nobody decides any more. */
  readonly endsAt: number;
  readonly repeatEveryDays: number | null;
  readonly repeatUntil: number | null;
  /** The id of the campaign that it repeats. */
  readonly follows: string | null;
  readonly windowDays: number;
  /** As of which the access list is. */
  readonly policyRevision: number;
  readonly items: number;
  /** Rows of the access list that are no items: they were used, or not observed for long enough, or excepted. */
  readonly leftOut: number;
  readonly state: CampaignState;
  readonly decided: number;
  readonly proposalId: string | null;
  readonly closed: { readonly at: number; readonly by: string; readonly reportSha256: string } | null;
}

/** A campaign that begins. */
export type NewCampaign = Omit<Campaign, "state" | "decided" | "proposalId" | "closed">;

/** How each begins. */
export const BEGUN = { state: "OPEN", decided: 0, proposalId: null, closed: null } as const;

export const verdictOf = ({ decision }: Pick<ReviewItem, "decision">): ReviewVerdict =>
  decision?.verdict ?? "UNDECIDED";

/** The access for people to read. */
export function accessText({ clientId, organization, role, scope, subjectId, subjectType }: ReviewAccess): string {
  if (role === null) return `the grant of ${scope} to ${clientId}`;
  const typed = subjectType === null || subjectType === "user" ? "" : ` (${subjectType})`;
  const who = subjectId === null ? `client ${clientId}` : `${subjectId}${typed}`;
  return `the role ${role} of ${who} in ${organization === "*" ? "all organizations" : organization}`;
}

/** Campaigns as a caller may see them. */
export type CampaignsSeen = (caller: Identity, campaigns: readonly Campaign[]) => Promise<readonly Campaign[]>;

/**
 * To who sees alerts under pseudonyms, a campaign says neither its alert nor its subject once that one is a patient there: the two
 * together would tell whose the pseudonym is.
 */
export const createCampaignsSeen =
  (alerts: Pick<AlertStore, "ownSubjects">): CampaignsSeen =>
  async (caller, campaigns) => {
    if (seesPatients(caller) || !seesAccesses(caller)) return campaigns;
    const storyIds = campaigns.flatMap(({ alertId, subjectId }) =>
      alertId === null || subjectId === null ? [] : [alertId],
    );
    const own = await alerts.ownSubjects([...new Set(storyIds)]);
    return campaigns.map((campaign) => {
      const { alertId, subjectId } = campaign;
      const isHidden = own.some((one) => one.storyId === alertId && one.subjectId === subjectId);
      return isHidden ? { ...campaign, alertId: null, subjectId: null, subjectType: null } : campaign;
    });
  };
