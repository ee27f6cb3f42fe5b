import type { Effect } from "../policy/types.ts";
import type { CounterExample } from "../scopes/counterExample.ts";
import type { ScopeState } from "../scopes/lifecycle.ts";
import type { Mismatch } from "../scopes/match.ts";

/** What a reason says beyond its code and the names it carries, and what of that identifies people. */
interface Says<Parameters, Personal = null> {
  readonly parameters: Parameters;
  readonly personal: Personal;
}

/** Who asked: the client. */
interface ByClient {
  readonly clientId: string;
}
/** Who asked, where the sentence is about who holds the roles: the subject, or the client that acts as itself. */
export type ByHolder = ByClient | { readonly subject: { readonly id: string; readonly type: string } };

/** A condition that was not met, and would let its rule allow. */
interface Unmet {
  readonly ruleId: string;
  readonly when: string | null;
}

/** What no rule allows: an access in an organization (null: the resource names none), or any use of a token's scope. */
type NoRule = {
  readonly needs: readonly string[];
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

/**
 * Why, as a closed set. ALLOWED_BY_RULE is why it was allowed, SCOPE_DEPRECATED is a notice, the others are why not: of
 * a grant, why not for one of the scopes. Times are milliseconds since 1970; members of parameters are in the order of
 * canonical JSON, in which records are written.
 */
interface ReasonDetails {
  /** Of an access, null; of a grant, what the scope can be used for: null stands for any type and any organization. */
  readonly ALLOWED_BY_RULE: Says<{
    readonly action: string;
    readonly organization: string | null;
    readonly resourceType: string | null;
  } | null>;
  readonly UNKNOWN_CLIENT: Says<null, ByClient>;
  readonly CLIENT_SUSPENDED: Says<null, ByClient>;
  readonly NO_SCOPES: Says<{ readonly because: "NONE_GRANTED" | "NONE_PRESENTED" | "NONE_REQUESTED" }, ByClient | null>;
  /** What is wrong with a text that claims to be a SMART scope; null: it does not, and is not registered. */
  readonly UNKNOWN_SCOPE: Says<{ readonly syntax: string | null }>;
  readonly SCOPE_NOT_ACTIVE: Says<{ readonly version: number }>;
  readonly SCOPE_RETIRED: Says<{
    /** A later version that is not in force. */
    readonly later: { readonly state: ScopeState; readonly version: number } | null;
    readonly retiredAt: number | null;
    readonly successor: string | null;
    readonly version: number;
  }>;
  readonly SCOPE_DEPRECATED: Says<{
    readonly successor: string | null;
    readonly sunsetAt: number;
    readonly version: number;
  }>;
  /** `at`: when the grant begins or ended. `missing`: what of the scope no grant has. */
  readonly SCOPE_NOT_GRANTED: Says<
    {
      readonly at: number | null;
      readonly because: "NOT_GRANTED" | "BEGINS" | "ENDED" | "NARROWED";
      readonly missing: CounterExample | null;
    },
    ByClient
  >;
  /** Of a grant: whatever the action and the type. */
  readonly SCOPE_DOES_NOT_COVER: Says<
    | { readonly action: string; readonly kind: "ACCESS"; readonly resourceType: string; readonly why: Mismatch }
    | { readonly kind: "GRANT"; readonly why: Mismatch }
  >;
  /** `personal` is null where the sentence does not name who asked. */
  readonly NO_MATCHING_RULE: Says<NoRule, ByHolder | null>;
  /** `description` is the rule's. */
  readonly DENIED_BY_RULE: Says<{ readonly description: string | null; readonly kind: "ACCESS" | "GRANT" }>;
  readonly CONSENT_REQUIRED: Says<{ readonly of: "PATIENT" | "ANYONE" }>;
  /** What the engine says can hold values of attributes. */
  readonly CONDITION_ERROR: Says<{ readonly effect: Effect }, { readonly error: string }>;
}
export type ReasonCode = keyof ReasonDetails;

/**
 * A reason, made when the decision is made and never again; `reasonText` prints it. All that identifies people is in
 * `personal`, so that it can be erased: then it is null.
 */
export type Reason<Code extends ReasonCode = ReasonCode> = {
  readonly [Each in Code]: {
    readonly code: Each;
    readonly parameters: ReasonDetails[Each]["parameters"];
    readonly personal: ReasonDetails[Each]["personal"] | null;
    readonly role: string | null;
    readonly ruleId: string | null;
    readonly scope: string | null;
  };
}[Code];

type Names = Partial<Pick<Reason, "role" | "ruleId" | "scope">>;
/** What is null in every reason of a code is not given. */
type Given<Details> = {
  readonly [Member in keyof Details as Details[Member] extends null ? never : Member]: Details[Member];
};

export function reason<Code extends ReasonCode>(code: Code, says: Names & Given<ReasonDetails[Code]>): Reason<Code> {
  const { parameters = null, personal = null, role = null, ruleId = null, scope = null } = says as Partial<Reason>;
  return { code, parameters, personal, role, ruleId, scope } as Reason<Code>;
}
