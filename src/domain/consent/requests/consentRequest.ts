import type { ConsentRef } from "../types.ts";

/** What is done to the grant, the consent that answers of one patient, client, subject and purposes make (OpenID Grant Management 1.0). */
export type GrantAction = "CREATE" | "MERGE" | "REPLACE";

export type ConsentRequestState = "OPEN" | "ANSWERED" | "EXPIRED";

/** By what somebody may speak for a patient: is the patient, has the patient's record, represents the patient. */
export type Relation = "PATIENT" | "RECORD" | "REPRESENTS";

/** Who answered, by type and id. */
interface Answerer {
  readonly type: string;
  readonly id: string;
}

/** Whom a grant is of: the same patient, client, subject and purposes have one. */
export interface GrantKey {
  readonly patient: string;
  readonly clientId: string;
  /** For whom the client acts; null: whoever it is. */
  readonly subject: { readonly type: string; readonly id: string } | null;
  /** As `system|code`; empty: any but BTG and its like. */
  readonly purposes: readonly string[];
}

/** What a patient is asked. Times are milliseconds since 1970. */
export interface AskedConsent extends GrantKey {
  /** Each of which can be agreed to or refused. */
  readonly scopes: readonly string[];
  /** Refusals of everyone, of which a yes is an exception. */
  readonly inTheWay: readonly ConsentRef[];
  readonly grantAction: GrantAction;
  /** The grant that the answer goes on with; null: there is none, or another is wanted. */
  readonly grantId: string | null;
  /** In which its scopes are to be named (BCP 47), the best first; null: any. */
  readonly languages: readonly string[] | null;
}

/** The answer that was given. */
export interface ConsentAnswered {
  readonly at: number;
  readonly by: Answerer;
  readonly relation: Relation;
  /** The id of the caller who brought it. */
  readonly callerId: string;
  readonly agreed: readonly string[];
  readonly refused: readonly string[];
  /** The version that it made. */
  readonly consent: ConsentRef;
}

/** A question to a patient, which an authorization server puts. */
export interface KeptConsentRequest extends AskedConsent {
  readonly id: string;
  /** The decision that lacked the consent. */
  readonly decisionId: string;
  /** The id of the caller who asked. */
  readonly requestedBy: string;
  readonly requestedAt: number;
  /** Until then it can be answered. */
  readonly expiresAt: number;
  /** Until when a yes would hold; null: without an end. */
  readonly validUntil: number | null;
  /** For how many days a no is remembered. */
  readonly refusedDays: number;
  /** Null: not yet. */
  readonly answered: ConsentAnswered | null;
}

/** A request as it is now. */
export interface ConsentRequest extends KeptConsentRequest {
  readonly state: ConsentRequestState;
}

/** That a patient was asked, or has answered. That nobody answered in time is no act: when it expires stands in the first. */
export interface ConsentRequestAct extends Omit<AskedConsent, "languages"> {
  readonly event: "ASKED" | "ANSWERED";
  readonly requestId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller who asked, or brought the answer. */
  readonly author: string;
  readonly decisionId: string;
  readonly expiresAt: number;
  /** Of ANSWERED, else null. */
  readonly answer: Omit<ConsentAnswered, "at" | "callerId"> | null;
}

function actOf(request: KeptConsentRequest): Omit<ConsentRequestAct, "answer" | "at" | "author" | "event"> {
  const { id: requestId, patient, clientId, subject, purposes, scopes, inTheWay, grantAction, grantId } = request;
  const { decisionId, expiresAt } = request;
  const asked = { patient, clientId, subject, purposes, scopes, inTheWay, grantAction, grantId };
  return { ...asked, requestId, decisionId, expiresAt };
}

export const askedAct = (request: KeptConsentRequest): ConsentRequestAct => ({
  ...actOf(request),
  event: "ASKED",
  at: request.requestedAt,
  author: request.requestedBy,
  answer: null,
});

export function answeredAct(request: KeptConsentRequest, answered: ConsentAnswered): ConsentRequestAct {
  const { at, callerId: author, ...answer } = answered;
  return { ...actOf(request), event: "ANSWERED", at, author, answer };
}
