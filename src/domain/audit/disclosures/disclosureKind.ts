import { isPatientById } from "../../consent/isPatient.ts";
import { isServedAsPatient } from "../../decisions/servedAsPatient.ts";
import type { AccessSummary } from "./store.ts";

/**
 * How an allowed access counts by 45 CFR 164.528(a)(1). EMERGENCY and OTHER are accounted for; the others need not be:
 * TREATMENT, PAYMENT and OPERATIONS by (i), TO_INDIVIDUAL by (ii), AUTHORIZATION by (iv). What is about several patients is no
 * AUTHORIZATION: by whose consent it was is not told apart, and it is listed in doubt.
 */
export type DisclosureKind =
  | "TREATMENT"
  | "PAYMENT"
  | "OPERATIONS"
  | "TO_INDIVIDUAL"
  | "AUTHORIZATION"
  | "EMERGENCY"
  | "OTHER";

/** Whether each is accounted for where nothing else is asked. */
const IS_ACCOUNTED = {
  EMERGENCY: true,
  OTHER: true,
  TREATMENT: false,
  PAYMENT: false,
  OPERATIONS: false,
  TO_INDIVIDUAL: false,
  AUTHORIZATION: false,
} as const satisfies Record<DisclosureKind, boolean>;

export const DISCLOSURE_KINDS = Object.keys(IS_ACCOUNTED) as readonly DisclosureKind[];
export const ACCOUNTED_KINDS: readonly DisclosureKind[] = DISCLOSURE_KINDS.filter((kind) => IS_ACCOUNTED[kind]);

type Routine = Extract<DisclosureKind, "TREATMENT" | "PAYMENT" | "OPERATIONS">;

/**
 * The codes of HL7 v3 PurposeOfUse that 45 CFR 164.501 calls treatment, payment or health care operations. Others that HL7 has below
 * them are none by that rule, or not always (oversight, donation, decedents, the directory, legal and military matters, system
 * development), and so are accounted for; as is what has no purpose, or one that is not HL7's. Break-glass is told apart.
 */
const ROUTINE: { readonly [Kind in Routine]: string } = {
  TREATMENT: "TREAT COC ETREAT ERTREAT CAREMGT",
  PAYMENT: "HPAYMT CLMATTCH COVAUTH COVERAGE ELIGDTRM ELIGVER ENROLLM REMITADV",
  OPERATIONS: `HOPERAT FRAUD HACCRED HCOMPL HDM HOUTCOMS HPRGRP HQUALIMP HSYSADMIN LABELING METAMGT MEMADMIN PATADMIN PATSFTY
    PERFMSR POPHLTH RECORDMGT TRAIN`,
};
const ROUTINE_OF: ReadonlyMap<string, Routine> = new Map(
  (Object.keys(ROUTINE) as Routine[]).flatMap((kind) =>
    ROUTINE[kind].split(/\s+/).map((code) => [code, kind] as const),
  ),
);
const BREAK_GLASS = "BTG";

/** The purposes of which accesses are of none of these kinds, emergencies apart: what the store need not show. */
export const purposesWithout = (kinds: readonly DisclosureKind[]): readonly string[] =>
  [...ROUTINE_OF].filter(([, kind]) => !kinds.includes(kind)).map(([code]) => code);

/** How an allowed access to a patient's data counts, by what is on record alone: what the directory says of the subject today counts for nothing. */
export function disclosureKind(access: AccessSummary, patient: string): DisclosureKind {
  const { byConsent, inEmergency, purposeOfUse, subject } = access;
  if (inEmergency || purposeOfUse === BREAK_GLASS) return "EMERGENCY";
  const routine = purposeOfUse === null ? undefined : ROUTINE_OF.get(purposeOfUse);
  if (routine !== undefined) return routine;
  if (subject !== null && isServedAsPatient(access) && isPatientById(subject, patient)) return "TO_INDIVIDUAL";
  return byConsent ? "AUTHORIZATION" : "OTHER";
}
