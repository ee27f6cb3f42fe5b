import type { Json } from "../kernel/canonical.ts";
import type { Page, PageRequest } from "../kernel/pages.ts";
import type { Obligation } from "../policy/types.ts";

export type JsonObject = { readonly [name: string]: Json | undefined };

export interface Subject {
  readonly id: string;
  readonly type: string;
  readonly organization: string | null;
  readonly attributes: JsonObject | null;
}
export interface Resource {
  readonly type: string;
  readonly id: string | null;
  readonly patient: string | null;
  readonly organization: string | null;
  readonly labels: readonly string[] | null;
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

/** A well-formed question: validated, defaults filled in, the action still as it was asked. Absent is null. */
export interface AccessRequest {
  readonly clientId: string;
  readonly subject: Subject | null;
  /** The scopes of the access token; null: all that the client is granted. */
  readonly scopes: readonly string[] | null;
  readonly action: string;
  readonly resource: Resource;
  readonly purposeOfUse: string | null;
  readonly context: RequestContext | null;
  readonly requestId: string | null;
}

export type Outcome = "ALLOW" | "DENY";

/** Why, as a closed set. The first is why it was allowed, SCOPE_DEPRECATED is a notice, the others are why not. */
export const REASON_CODES = [
  "ALLOWED_BY_RULE",
  "UNKNOWN_CLIENT",
  "CLIENT_SUSPENDED",
  "NO_SCOPES",
  "UNKNOWN_SCOPE",
  "SCOPE_NOT_ACTIVE",
  "SCOPE_RETIRED",
  "SCOPE_DEPRECATED",
  "SCOPE_NOT_GRANTED",
  "SCOPE_DOES_NOT_COVER",
  "NO_MATCHING_RULE",
  "DENIED_BY_RULE",
  "CONSENT_REQUIRED",
  "CONDITION_ERROR",
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
  readonly scope: string | null;
  readonly role: string | null;
  readonly ruleId: string | null;
}

/** What `decide` answers: everything about a decision that follows from the policy and the request. */
export interface Verdict {
  readonly outcome: Outcome;
  /** The scope that allowed it; null when denied. */
  readonly scope: string | null;
  readonly reasons: readonly Reason[];
  readonly obligations: readonly Obligation[];
  readonly policyRevision: number;
}

/** A decision as it stands in the journal. `decidedAt` is milliseconds since 1970. */
export interface Decision extends Verdict {
  readonly id: string;
  readonly decidedAt: number;
  readonly request: AccessRequest;
}

/** A decision with who asked for it: what the journal stores. */
export interface DecisionRecord extends Decision {
  readonly callerId: string;
}

export interface DecisionFilter {
  readonly callerId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly patient?: string | undefined;
  readonly scope?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly resourceType?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly purposeOfUse?: string | undefined;
  readonly reason?: ReasonCode | undefined;
  /** At or after; milliseconds since 1970. */
  readonly from?: number | undefined;
  /** Before; milliseconds since 1970. */
  readonly to?: number | undefined;
}

/** Reads the journal. Lists are newest first, by the position in the journal. Rejects with JOURNAL_UNAVAILABLE. */
export interface DecisionReader {
  decision(id: string): Promise<DecisionRecord | null>;
  decisions(query: {
    readonly filter: DecisionFilter;
    readonly page: PageRequest<number>;
  }): Promise<Page<DecisionRecord, number>>;
}
