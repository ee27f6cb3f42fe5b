import type { Person } from "../../callers/types.ts";
import { conflict, type ScopewardenError } from "../../kernel/errors.ts";
import type { AccessGiven } from "../../policy/fourEyes.ts";

/** A subject by its type and id. */
export interface SubjectName {
  readonly type: string;
  readonly id: string;
}

/** What is asked for: a role in an organization for a subject, or a scope for a client. The other's members are null. */
export interface AskedAccess {
  /** Who shall hold the role; of a scope for whom it is asked, null: for nobody in particular. */
  readonly subject: SubjectName | null;
  readonly role: string | null;
  /** Where the role shall hold; `*`: in all organizations. */
  readonly organization: string | null;
  readonly clientId: string | null;
  readonly scope: string | null;
  /** For how long, from when it is approved. */
  readonly minutes: number;
}

/** The states that are kept; that something has expired is seen by the clock. */
export type KeptState = "OPEN" | "APPROVED" | "REFUSED" | "RETURNED";
export type AccessRequestState = KeptState | "EXPIRED";

/** Access that somebody asks for, and somebody else approves. Times are milliseconds since 1970. */
export interface KeptAccessRequest extends AskedAccess {
  readonly id: string;
  readonly state: KeptState;
  readonly reason: string;
  readonly requestedBy: Person;
  readonly createdAt: number;
  /** The revision of the policy on which it was asked for. */
  readonly baseRevision: number;
  /** Until then it can be decided; once it is approved: until then the access holds. */
  readonly expiresAt: number;
  /** The answer; null: there is none. */
  readonly decided: { readonly at: number; readonly by: Person; readonly reason: string } | null;
  /** What the approval put into the policy. */
  readonly given: AccessGiven["given"] | null;
  /** That it was given back, or withdrawn, before its time was over. */
  readonly returned: { readonly at: number; readonly by: string; readonly reason: string | null } | null;
  /** The revision of the policy that gave the access; null: none did. */
  readonly policyRevision: number | null;
}

/** An access request as it is now. */
export interface AccessRequest extends Omit<KeptAccessRequest, "state"> {
  readonly state: AccessRequestState;
}

/** That the very same waits for an answer: of two one would be approved beside the other. */
export const sameIsOpen = (id: string): ScopewardenError =>
  conflict(`The same is asked for already: access request ${id} is OPEN.`);

/** What happens to an access request. That it expires is no act: when it does stands in what happened before. */
export type AccessRequestEvent = "REQUESTED" | "APPROVED" | "REFUSED" | "RETURNED";

/** A step in the life of an access request, as it is put on record. */
export interface AccessRequestAct extends AskedAccess {
  readonly event: AccessRequestEvent;
  readonly requestId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller who took the step. */
  readonly author: string;
  /** Why, in their words; null: nothing was said. */
  readonly text: string | null;
  readonly expiresAt: number;
  /** Of APPROVED: the revision of the policy that gave the access. */
  readonly policyRevision: number | null;
}

/** The act of its last step. */
export function actOf(request: KeptAccessRequest): AccessRequestAct {
  const { id: requestId, subject, role, organization, clientId, scope, minutes, expiresAt, policyRevision } = request;
  const { createdAt, decided, reason, requestedBy, returned, state } = request;
  const of = { requestId, subject, role, organization, clientId, scope, minutes, expiresAt, policyRevision };
  if (returned !== null)
    return { ...of, event: "RETURNED", at: returned.at, author: returned.by, text: returned.reason };
  if (decided === null || state === "OPEN")
    return { ...of, event: "REQUESTED", at: createdAt, author: requestedBy.callerId, text: reason };
  return { ...of, event: state, at: decided.at, author: decided.by.callerId, text: decided.reason };
}
