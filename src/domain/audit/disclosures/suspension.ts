import type { AccessRecord } from "../../decisions/types.ts";
import type { AccountingSuspensionAct } from "../../record/accountingSuspensionAct.ts";
import type { Placed, PlacedStore } from "../retention/placed.ts";
import { type NamesNow, organizationsOf } from "./parties.ts";

type Terms = Pick<AccountingSuspensionAct, "by" | "patient" | "recipient" | "statement" | "until">;
export type SuspendedRecipient = Terms["recipient"];

/**
 * That an accounting given to a patient leaves out disclosures to a health oversight agency or a law enforcement official for
 * a time (45 CFR 164.528(a)(2)). In force until `until`, or until it is lifted.
 */
export interface AccountingSuspension extends Terms, Placed {}

/** All that is given must hold. */
export interface SuspensionFilter {
  readonly inForce?: boolean | undefined;
  readonly patient?: string | undefined;
}

/** Where they are kept. All reject with JOURNAL_UNAVAILABLE. */
export interface AccountingSuspensionStore
  extends PlacedStore<AccountingSuspension, SuspensionFilter & { readonly now: number }> {
  /** Those in force of a patient. */
  inForce(patient: string, now: number): Promise<readonly AccountingSuspension[]>;
}

const termsOf = ({ by, patient, recipient, statement, until }: AccountingSuspension): Terms => ({
  by,
  patient,
  recipient,
  statement,
  until,
});

/** The act of recording it. */
export const suspendedAct = (suspension: AccountingSuspension): AccountingSuspensionAct => ({
  ...termsOf(suspension),
  event: "SUSPENDED",
  suspensionId: suspension.id,
  at: suspension.placedAt,
  author: suspension.placedBy.callerId,
  text: suspension.reason,
});

/** The act of ending it before its time. */
export const endedAct = (
  suspension: AccountingSuspension,
  { at, by, reason }: NonNullable<Placed["lifted"]>,
): AccountingSuspensionAct => ({
  ...termsOf(suspension),
  event: "ENDED",
  suspensionId: suspension.id,
  at,
  author: by,
  text: reason,
});

export const isInForce = ({ lifted, until }: AccountingSuspension, now: number): boolean =>
  lifted === null && until > now;

/** Whether a disclosure was to the recipient of one of these; to an organization by whatever says that the subject belongs to it. */
export function isLeftOut(
  record: AccessRecord,
  suspensions: readonly Pick<AccountingSuspension, "recipient">[],
  now: NamesNow,
): boolean {
  const { clientId, subject } = record.request;
  return suspensions.some(({ recipient }) =>
    recipient.organization !== null
      ? organizationsOf(record, now).includes(recipient.organization)
      : recipient.subject !== null
        ? recipient.subject.id === subject?.id && recipient.subject.type === subject.type
        : recipient.clientId === clientId,
  );
}
