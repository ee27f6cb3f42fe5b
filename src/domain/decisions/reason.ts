import type { Effect } from "../policy/types.ts";
import type { CounterExample } from "../scopes/counterExample.ts";
import type { ScopeState } from "../scopes/lifecycle.ts";
import type { Mismatch } from "../scopes/match.ts";

/** Who asked: the client. */
interface ByClient {
  readonly clientId: string;
}
/** Who asked, where the sentence is about who holds the roles: the subject, or the client that acts as itself. */
export type ByHolder = ByClient | BySubject;
/** `holdsAs`: the other types under which its id holds roles there, where it holds none under its own. */
interface BySubject {
  readonly holdsAs?: readonly string[];
  readonly subject: NamedSubject;
}

/** `name` is the directory's, where it had one when the decision was made. */
interface NamedSubject {
  readonly id: string;
  readonly name?: string;
  readonly type: string;
}

/**
 * A condition that was not met, and would let its rule allow. `inEmergency`: it can be met by the purpose BTG alone, which was not
 * the one asked for. `missing`: what it looks at and the request lacks, so that it could not be evaluated.
 */
interface Unmet {
  readonly inEmergency?: true;
  readonly missing?: readonly string[];
  readonly ruleId: string;
  readonly when: string | null;
}

/**
 * What no rule allows: an access in an organization (null: the resource names none), or any use of a token's scope.
 * `needs` are some of the roles that would do, `conditional` where all of these ask for more than the role; `emergencyNeeds` are
 * those that would for the purpose BTG alone, where another was asked for. `unmet` has the nearest first, and what takes an
 * emergency last; `moreRoles` and `moreUnmet` count what is not listed. `notNow`: those of `needs` that an assignment gives, but not now: it
 * begins later, or has ended, in milliseconds since 1970.
 */
type NoRule = {
  readonly conditional?: true;
  readonly emergencyNeeds?: readonly string[];
  readonly moreRoles?: number;
  readonly moreUnmet?: number;
  readonly needs: readonly string[];
  readonly notNow?: readonly { readonly begins?: number; readonly ended?: number; readonly role: string }[];
  readonly roles: readonly string[];
  readonly unmet: readonly Unmet[];
} & (
  | {
      readonly action: string;
      readonly kind: "ACCESS";
      readonly organization: string | null;
      readonly resourceType: string;
    }
  | { readonly kind: "GRANT" }
);

/** The versions on which it rests, some of them. */
interface ByConsents {
  readonly consents: readonly { readonly id: string; readonly version: number }[];
  /** The FHIR resources of persons whom the patient refuses, to whom nobody is linked; absent: it refuses the very subject. */
  readonly unlinked?: readonly string[];
}
interface OpenElsewhere {
  readonly openAt: readonly string[];
}
/** Null of `need`: what the patient said stands against it, whether consent is asked for or not. */
interface ConsentLack<Of extends string = "PATIENT", Need extends string = never> {
  readonly parameters: {
    readonly need: "DATA" | "SCOPE" | "SILENCE" | Need | null;
    readonly of: Of;
    /** Of a consent that is not in force yet: from when, in milliseconds since 1970. */
    readonly from?: number;
    /** Absent: neither the patient nor who represents the patient asks. */
    readonly who?: "PATIENT" | "REPRESENTATIVE";
  };
  readonly personal?: ByConsents;
}

/**
 * Why, as a closed set: ALLOWED_BY_RULE, ALLOWED_BY_PROTOCOL_SCOPES and ALLOWED_BY_CONSENT are why it was allowed, SCOPE_DEPRECATED and BREAK_GLASS are notices, the others are why not: of a
 * grant, why not for one of the scopes. What each says beyond the names that it carries is in `parameters`; what of that
 * identifies people is in `personal`, where the sentence names somebody. Times are milliseconds since 1970. Members are in
 * the order of canonical JSON, in which records are written.
 */
interface ReasonDetails {
  /** Of a grant, what the scope can be used for; null stands for any organization and any type. */
  readonly ALLOWED_BY_RULE: {
    readonly parameters?: {
      readonly action: string;
      readonly organization: string | null;
      readonly resourceType: string | null;
    };
  };
  /** Of a token that carries nothing else. */
  readonly ALLOWED_BY_PROTOCOL_SCOPES: object;
  readonly UNKNOWN_CLIENT: { readonly personal: ByClient };
  readonly CLIENT_SUSPENDED: { readonly personal: ByClient };
  /** `id` is the restriction's, which identifies nobody. Both null: to who sees pseudonyms they would tell whose one is. */
  readonly SUSPENDED_FOR_REVIEW: {
    readonly parameters: {
      readonly endsAt: number | null;
      readonly id: string | null;
      readonly of: "CLIENT" | "SUBJECT";
    };
  };
  /** `asked` is what the request says of each member; what the directory knows instead is not told. */
  readonly FACTS_DISAGREE: {
    readonly parameters: {
      readonly members: readonly ("resource.organization" | "resource.patient" | "subject.organization")[];
    };
    readonly personal: { readonly asked: readonly string[] };
  };
  /** Attributes of which the request said otherwise: `resource.attributes.level`. */
  readonly FACTS_REPLACED: {
    readonly parameters: { readonly attributes: readonly string[]; readonly moreAttributes?: number };
  };
  readonly NO_SCOPES: {
    readonly parameters: { readonly because: "NONE_GRANTED" | "NONE_PRESENTED" | "NONE_REQUESTED" | "ONLY_PROTOCOL" };
    readonly personal?: ByClient;
  };
  /**
   * `token`: why it is no scope token at all. `syntax`: what is wrong with a text that looks like a SMART scope. `meant`: a
   * scope of the client that is spelt nearly so.
   */
  readonly UNKNOWN_SCOPE: {
    readonly parameters?: { readonly meant: string } | { readonly syntax: string } | { readonly token: string };
  };
  readonly SCOPE_NOT_ACTIVE: { readonly parameters: { readonly version: number } };
  readonly SCOPE_RETIRED: {
    readonly parameters: {
      /** A later version, which is not in force. */
      readonly later: { readonly state: ScopeState; readonly version: number } | null;
      readonly retiredAt: number | null;
      readonly successor: string | null;
      readonly version: number;
    };
  };
  readonly SCOPE_DEPRECATED: {
    readonly parameters: { readonly successor: string | null; readonly sunsetAt: number; readonly version: number };
  };
  readonly SCOPE_NOT_GRANTED: {
    readonly parameters: {
      /** When the grant begins, or ended. */
      readonly at: number | null;
      readonly because: "NOT_GRANTED" | "BEGINS" | "ENDED" | "NARROWED" | "NO_SUBJECT" | "PROTOCOL";
      /** What of the scope no grant has. */
      readonly missing: CounterExample | null;
    };
    readonly personal: ByClient;
  };
  /** `to` is what the scope counts for here, in SMART's syntax, with how many more; empty: nothing that covers the access. */
  readonly SCOPE_NARROWED: {
    readonly parameters: { readonly moreTo?: number; readonly to: readonly string[] };
    readonly personal: ByClient;
  };
  readonly SCOPE_DOES_NOT_COVER: {
    readonly parameters:
      | { readonly action: string; readonly kind: "ACCESS"; readonly resourceType: string; readonly why: Mismatch }
      | { readonly kind: "GRANT"; readonly why: Mismatch };
  };
  readonly NO_MATCHING_RULE: { readonly parameters: NoRule; readonly personal?: ByHolder };
  /** `description` is the rule's. `missing`: what its condition looks at and the request lacks, for want of which it denies. */
  readonly DENIED_BY_RULE: {
    readonly parameters: {
      readonly description: string | null;
      readonly kind: "ACCESS" | "GRANT";
      readonly missing?: readonly string[];
    };
  };
  /** The organization of the resource, which asks for a purpose of use; null: it names none. */
  readonly PURPOSE_REQUIRED: { readonly parameters: { readonly organization: string | null } };
  /** `of` NOBODY: the request does not say whose the data is. `need`: what asks for consent. */
  readonly CONSENT_REQUIRED: ConsentLack<"NOBODY" | "PATIENT">;
  readonly CONSENT_REFUSED: ConsentLack;
  readonly CONSENT_WITHDRAWN: ConsentLack;
  readonly CONSENT_EXPIRED: ConsentLack;
  readonly CONSENT_OTHER_PURPOSE: ConsentLack;
  readonly CONSENT_OTHER_RECIPIENT: ConsentLack;
  readonly CONSENT_DATA_EXCEPTED: ConsentLack;
  /**
   * `need` PURPOSE: the purpose is to break glass; SILENCE: what a patient's silence means asks for an emergency. `openAt` are other
   * organizations in which one is open for the same subject and patient.
   */
  readonly BREAK_GLASS_REQUIRED: Pick<ConsentLack<"NOBODY" | "PATIENT", "PURPOSE">, "parameters"> & {
    readonly personal?: ByConsents | OpenElsewhere;
  };
  readonly ALLOWED_BY_CONSENT: { readonly personal: ByConsents };
  /**
   * `id` is the emergency's, which identifies nobody; null where whose it is shows as a pseudonym, and would be found by it. `otherwise`: why consent would have denied it without; null: it would
   * not have. Of a token `wouldBeAllowed` is null, as it is told of each use.
   */
  readonly BREAK_GLASS: {
    readonly parameters: {
      readonly id: string | null;
      readonly otherwise: ReasonCode | null;
      readonly wouldBeAllowed: boolean | null;
    };
  };
  /** `error` is what the engine says, which can hold values of attributes. */
  readonly CONDITION_ERROR: {
    readonly parameters: { readonly effect: Effect };
    readonly personal: { readonly error: string };
  };
}
export type ReasonCode = keyof ReasonDetails;

interface Names {
  readonly role: string | null;
  readonly ruleId: string | null;
  readonly scope: string | null;
}

/**
 * A reason, made when the decision is made and never again; `reasonText` prints it. Without `personal`, where that was
 * erased, it is still a reason.
 */
export type Reason<Code extends ReasonCode = ReasonCode> = {
  readonly [Each in Code]: { readonly code: Each } & Names &
    Omit<ReasonDetails[Each], "personal"> &
    Partial<Pick<ReasonDetails[Each], Extract<keyof ReasonDetails[Each], "personal">>>;
}[Code];

/** Members in the order of canonical JSON. */
export function reason<Code extends ReasonCode>(code: Code, says: Partial<Names> & ReasonDetails[Code]): Reason<Code> {
  const { role = null, ruleId = null, scope = null } = says;
  const { parameters, personal } = says as { readonly parameters?: unknown; readonly personal?: unknown };
  const made =
    parameters === undefined
      ? personal === undefined
        ? { code, role, ruleId, scope }
        : { code, personal, role, ruleId, scope }
      : personal === undefined
        ? { code, parameters, role, ruleId, scope }
        : { code, parameters, personal, role, ruleId, scope };
  return made as Reason<Code>;
}
