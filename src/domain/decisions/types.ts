import type { Json } from "../kernel/canonical.ts";
import type { Page, PageRequest } from "../kernel/pages.ts";
import type { Obligation } from "../policy/types.ts";
import type { FhirVersion } from "../scopes/fhir.ts";
import type { Purpose } from "../scopes/purposes.ts";
import type { Label } from "../scopes/securityLabels.ts";
import type { Reason, ReasonCode } from "./reason.ts";

export type JsonObject = { readonly [name: string]: Json | undefined };

/** A role that the caller says a subject has, and where it holds; `*`: in all organizations, and for what names none. */
export interface AssertedRole {
  readonly organization: string;
  readonly role: string;
}

/** Who a client acts for: `type` and `id` together. */
export interface Subject {
  readonly id: string;
  readonly type: string;
  readonly organization: string | null;
  /** Beside those that are assigned; null: none. The caller may assert them. */
  readonly roles: readonly AssertedRole[] | null;
  readonly attributes: JsonObject | null;
}
export interface Resource {
  readonly type: string;
  readonly id: string | null;
  /** Of type Patient with an id: that id. Where `patients` are given, one of them, or null. */
  readonly patient: string | null;
  /** Each once; null: it was not sent. */
  readonly patients: readonly string[] | null;
  readonly organization: string | null;
  /** Each once. */
  readonly labels: readonly Label[] | null;
  readonly attributes: JsonObject | null;
}
export interface RequestContext {
  readonly patient: string | null;
  readonly ipAddress: string | null;
  readonly region: string | null;
  readonly userAgent: string | null;
  readonly tokenId: string | null;
  readonly attributes: JsonObject | null;
}

/** What of a request stands in it in another form than it was sent in: the texts as they came. */
export interface AsSent {
  readonly labels?: readonly string[];
  readonly purposeOfUse?: string;
}

/** What a client that acts as itself says of itself beside its id: consents may name where it belongs. */
export type OfItself = Pick<Subject, "attributes" | "organization">;

/** A well-formed question about access: validated, defaults filled in, the action still as it was asked. Absent is null. */
export interface AccessRequest {
  readonly clientId: string;
  readonly subject: Subject | null;
  /** The scopes of the access token; null: all that the client is granted. */
  readonly scopes: readonly string[] | null;
  readonly action: string;
  readonly resource: Resource;
  readonly purposeOfUse: Purpose | null;
  /** Absent: all is as it was sent. */
  readonly asSent?: AsSent;
  readonly context: RequestContext | null;
  /** Absent: somebody else is the subject, or it says nothing. */
  readonly itself?: OfItself;
  /** The decision of the search that it is an entry of; absent: it stands by itself. */
  readonly partOf?: string;
  readonly requestId: string | null;
}

/** A well-formed question about a token that is to be issued. Each list is as it came. */
export interface GrantRequest {
  readonly clientId: string;
  readonly subject: Subject | null;
  readonly scopes: readonly string[];
  /** What the subject has allowed the client before. */
  readonly heldScopes: readonly string[];
  /** The languages in which the scopes are to be named (BCP 47), the best first; null: any. */
  readonly languages: readonly string[] | null;
  readonly purposeOfUse: Purpose | null;
  /** Absent: all is as it was sent. */
  readonly asSent?: AsSent;
  readonly context: RequestContext | null;
  /** Absent: somebody else is the subject, or it says nothing. */
  readonly itself?: OfItself;
  readonly requestId: string | null;
}

/** ACCESS: may this be done? GRANT: which scopes may a token carry? */
export type DecisionKind = "ACCESS" | "GRANT";

export type Outcome = "ALLOW" | "DENY";

/** What `decide` answers: everything about a decision that follows from the policy and the request. */
export interface Verdict {
  readonly outcome: Outcome;
  /** The scope that allowed it, or of a grant the scopes for the token, separated by spaces; null when denied. */
  readonly scope: string | null;
  /** Of an ALLOW what it rests on; of a DENY why, the nearest to an ALLOW first. At most 16. */
  readonly reasons: readonly Reason[];
  /** How many reasons there were; absent: all are there. */
  readonly reasonCount?: number;
  /** The least scope that the client could have presented for an ALLOW; absent: none, or that is not what is missing. */
  readonly sufficientScopes?: readonly string[];
  readonly obligations: readonly Obligation[];
  readonly policyRevision: number;
}

/** DEPRECATED is granted too, with a day on which it ends. NARROWED: the token carries other, narrower scopes instead. */
export type ScopeGrantOutcome = "GRANTED" | "NARROWED" | "DEPRECATED" | "DENIED" | "UNKNOWN";

/** What became of one requested scope. */
export interface ScopeGrant {
  readonly requested: string;
  readonly outcome: ScopeGrantOutcome;
  /** What is granted of it: itself, or what it was narrowed to; empty when refused. */
  readonly scopes: readonly string[];
  readonly reasons: readonly Reason[];
  /** Of a DEPRECATED scope: what to ask for instead, if there is something, and when it ends. */
  readonly successor: string | null;
  readonly sunsetAt: number | null;
  /** The earliest end of what it rests on: grant, role, consent, sunset; null: none has an end, or it is refused. */
  readonly validUntil: number | null;
}

/** What a grant says beyond its verdict. */
interface GrantDetails {
  /** One for each requested scope, each once, in the order of the request. */
  readonly scopes: readonly ScopeGrant[];
  /** The scopes of the token that are not within those held before. */
  readonly newScopes: readonly string[];
}

/** ALLOW if the token may carry any scope. */
export interface GrantVerdict extends Verdict {
  readonly details: GrantDetails;
}

/** By what a record names a fact beside the policy, so that the decision can be made again with the same one. */
export type FactName = BreakGlassName | ConsentName | EntityName | RestrictionName;
/** An emergency that was open. */
interface BreakGlassName {
  readonly id: string;
  readonly kind: "BREAK_GLASS";
  readonly version: number;
}
interface ConsentName {
  readonly id: string;
  readonly kind: "CONSENT";
  readonly version: number;
}
/** What the directory had of the subject or the resource. */
export interface EntityName {
  readonly id: string;
  readonly kind: "ENTITY";
  /** What it said; absent: nothing, or more than the record has room for, which its version still says. */
  readonly properties?: JsonObject;
  readonly type: string;
  readonly version: number;
}

/** What an alert brought on its client or its subject. */
interface RestrictionName {
  readonly id: string;
  readonly kind: "RESTRICTION";
  readonly version: number;
}

/** A decision as it stands in the journal, with who asked for it. `decidedAt` is milliseconds since 1970. */
interface Recorded {
  readonly id: string;
  readonly decidedAt: number;
  readonly callerId: string;
  /** The paths of what identified people and was erased after its time: such members are null, or absent; absent itself: nothing was. */
  readonly erased?: readonly string[];
  /** What it rests on beside the policy; absent: nothing. */
  readonly facts?: readonly FactName[];
  /** The version of FHIR whose types and parameters were known; absent: R4. */
  readonly fhirVersion?: FhirVersion;
  /** Whose resource it is, where the directory says it and the request did not. */
  readonly patients?: readonly string[];
  /** The semantics by which it was decided: `SEMANTICS_VERSION` of then. */
  readonly semantics: number;
}
export interface AccessRecord extends Verdict, Recorded {
  readonly kind: "ACCESS";
  /** Of a part of a search: the search, or an earlier part of it, was the same access (searchParts.ts). Absent: it is one of its own. */
  readonly again?: true;
  readonly request: AccessRequest;
}
export interface GrantRecord extends GrantVerdict, Recorded {
  readonly kind: "GRANT";
  readonly request: GrantRequest;
}
export type DecisionRecord = AccessRecord | GrantRecord;

export interface DecisionFilter {
  readonly kind?: DecisionKind | undefined;
  readonly callerId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly subjectType?: string | undefined;
  readonly patient?: string | undefined;
  readonly scope?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly resourceType?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly purposeOfUse?: string | undefined;
  /** Of the resource, as the request named it. */
  readonly organization?: string | undefined;
  /** Parts of the search of this decision. */
  readonly partOf?: string | undefined;
  /** As the request told it. */
  readonly ipAddress?: string | undefined;
  /** Whose address is within it, in CIDR's notation. */
  readonly network?: string | undefined;
  /** Named by a reason. */
  readonly ruleId?: string | undefined;
  readonly reason?: ReasonCode | undefined;
  /** The one that the summary tells. */
  readonly decisiveReason?: ReasonCode | undefined;
  /** At or after; milliseconds since 1970. */
  readonly from?: number | undefined;
  /** Before; milliseconds since 1970. */
  readonly to?: number | undefined;
}

/** A page of decisions. */
export interface DecisionPage extends Page<DecisionRecord, number> {
  /** Where a search ended the page for want of time: down to about this time all was looked at; milliseconds since 1970. */
  readonly searchedTo?: number;
}

/** Reads the journal. Lists are newest first, by the position in the journal. Rejects with JOURNAL_UNAVAILABLE. */
export interface DecisionReader {
  decision(id: string): Promise<DecisionRecord | null>;
  /** Those of these ids that there are, by id. */
  decisionsById(ids: readonly string[]): Promise<ReadonlyMap<string, DecisionRecord>>;
  /**
   * Parts of searches that count as no access of their own (countedAs.ts) are there where `parts` says so; absent: where the filter names
   * the search, or a resource.
   */
  decisions(query: {
    readonly filter: DecisionFilter;
    readonly page: PageRequest<number>;
    readonly parts?: boolean;
  }): Promise<DecisionPage>;
}
