import { lastStep, type Placed, type PlacedStore } from "../../cases/placed.ts";
import type { AccessRecord } from "../../decisions/types.ts";
import type { AccountingSuspensionAct } from "../../record/accountingSuspensionAct.ts";
import { type NamesNow, organizationsOf } from "./parties.ts";

type Terms = Pick<AccountingSuspensionAct, "by" | "patient" | "recipient" | "statement" | "until">;
export type SuspendedRecipient = Terms["recipient"];

/**
 * That an accounting given to a patient leaves out disclosures to a health oversight agency or a law enforcement official for
 * a time (45 CFR 164.528(a)(2)). In force until `until`, or until it is lifted.
 */
export interface AccountingSuspension extends Terms, Placed {}

/** Where they are kept. All reject with POLICY_UNAVAILABLE. */
export interface AccountingSuspensionStore extends PlacedStore<AccountingSuspension> {
  /** Those in force of a patient. */
  inForce(patient: string, now: number): Promise<readonly AccountingSuspension[]>;
}

/** The last step of a suspension, as it stands after it. */
export function actOf(suspension: AccountingSuspension): AccountingSuspensionAct {
  const { by, id: suspensionId, lifted, patient, recipient, statement, until } = suspension;
  const event = lifted === null ? "SUSPENDED" : "ENDED";
  return { ...lastStep(suspension), event, suspensionId, patient, recipient, statement, by, until };
}

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
