import type { Decision, GrantDecision, Obligation, ScopeGrant } from "./operations.graphql.ts";

/**
 * Why there is no answer: the service can't be reached or can't decide (`unavailable`), did not answer in time (`timeout`), refuses the
 * question as it is (`refused`), does not accept the key or token, or not for this (`unauthorized`); or the caller's signal ended it (`aborted`).
 */
export type FailureKind = "unavailable" | "timeout" | "refused" | "unauthorized" | "aborted";

/** What is wrong with which part of a question: `resource.type`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

export interface Failure {
  readonly kind: FailureKind;
  /** For people who run the program. It never has the key or token in it. */
  readonly message: string;
  /** The service's code, such as `BAD_USER_INPUT`; null: it gave none. */
  readonly code: string | null;
  readonly problems: readonly Problem[];
  /** When to ask again, in ms from now, as the service said; null: it did not. */
  readonly retryAfterMs: number | null;
}

/** There is no answer: an outage is no refusal, and no permission. */
export interface Failed extends Failure {
  readonly outcome: "error";
  readonly allowed: false;
  readonly id: null;
}

type Told = Pick<Decision, "id" | "summary" | "reasons" | "reasonCount" | "obligations">;

/** It may be done, if each obligation is met: see `enforce`. */
export interface Allowed extends Told {
  readonly outcome: "allowed";
  readonly allowed: true;
}

export interface Denied extends Told {
  readonly outcome: "denied";
  readonly allowed: false;
  /** The code of the reason that the summary tells. */
  readonly decisiveReason: Decision["decisiveReason"];
  /** The least scope that would mend it, for `insufficient_scope` of RFC 6750; empty: no scope would. */
  readonly sufficientScopes: readonly string[];
  /** What `enforce` could not do; absent: the service denied it. */
  readonly unmet?: readonly string[];
}

export type Answer = Allowed | Denied | Failed;

type Granted = Pick<
  GrantDecision,
  "id" | "summary" | "reasons" | "reasonCount" | "newScopes" | "grantId" | "consentRequest"
> & {
  readonly scopes: readonly ScopeGrant[];
};

/** Which scopes a token may carry. `scope` is what to put into it, separated by spaces: null where it may carry none, and on an error. */
export type GrantAnswer =
  | (Granted & { readonly outcome: "allowed"; readonly allowed: true; readonly scope: string })
  | (Granted & { readonly outcome: "denied"; readonly allowed: false; readonly scope: null })
  | (Failed & { readonly scope: null; readonly scopes: readonly []; readonly newScopes: readonly [] });

/** What was found, as far as it was. `complete`: there is no more, and none of it was missed. */
export interface Found<Item> {
  readonly items: readonly Item[];
  readonly complete: boolean;
  readonly error: Failure | null;
}

/** What a token of somebody else's is worth, by RFC 7662. `claims`: all that the service says of it. */
export type Introspection =
  | { readonly outcome: "active"; readonly active: true; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly outcome: "inactive"; readonly active: false }
  | (Failure & { readonly outcome: "error"; readonly active: false });

export const failed = (failure: Failure): Failed => ({ outcome: "error", allowed: false, id: null, ...failure });

export const failure = (kind: FailureKind, message: string, more: Partial<Failure> = {}): Failure => ({
  kind,
  message,
  code: null,
  problems: [],
  retryAfterMs: null,
  ...more,
});

export type Members = Readonly<Record<string, unknown>>;
export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isList = (value: unknown, isItem: (item: Members) => boolean): boolean =>
  Array.isArray(value) && value.every((item) => isMembers(item) && isItem(item));
const isObligation = ({ type }: Members): boolean => typeof type === "string" && type !== "";

/** Whether what answers is Scopewarden: nothing that is not whole is read as a decision. */
function isTold(value: unknown): value is Members {
  return (
    isMembers(value) &&
    typeof value.id === "string" &&
    value.id !== "" &&
    (value.outcome === "ALLOW" || value.outcome === "DENY") &&
    typeof value.summary === "string" &&
    isList(value.reasons, ({ code }) => typeof code === "string")
  );
}

/** An answer, or null where this is no decision. */
export function readDecision(value: unknown): Allowed | Denied | null {
  if (!isTold(value) || !isList(value.obligations, isObligation) || !Array.isArray(value.sufficientScopes)) return null;
  const { outcome, decisiveReason, sufficientScopes, ...told } = value as unknown as Decision;
  return outcome === "ALLOW"
    ? { outcome: "allowed", allowed: true, ...told }
    : { outcome: "denied", allowed: false, ...told, decisiveReason, sufficientScopes };
}

/** As `readDecision`. An ALLOW that names no scope, or a DENY that names one, is no answer. */
export function readGrant(value: unknown): Exclude<GrantAnswer, Failed> | null {
  if (!isTold(value) || !isList(value.scopes, ({ scopes }) => Array.isArray(scopes))) return null;
  const { outcome, scope, ...told } = value as unknown as GrantDecision;
  if (outcome === "ALLOW")
    return typeof scope === "string" && scope !== "" ? { outcome: "allowed", allowed: true, scope, ...told } : null;
  return scope === null ? { outcome: "denied", allowed: false, scope, ...told } : null;
}

/** The obligations of a search's result; null: they are none. */
export function readObligations(value: unknown): readonly Obligation[] | null {
  if (value === undefined) return [];
  if (!isList(value, isObligation)) return null;
  return (value as readonly Members[]).map(({ type, properties = null }) => ({
    type: String(type),
    parameters: properties,
  }));
}
