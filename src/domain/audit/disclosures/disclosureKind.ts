import { isPatientById } from "../../consent/isPatient.ts";
import { ROUTINE_USES } from "../../consent/routineUse.ts";
import { isServedAsPatient } from "../../decisions/servedAsPatient.ts";
import type { AccessSummary } from "./store.ts";

/**
 * How an allowed access counts by 45 CFR 164.528(a)(1). EMERGENCY and OTHER are accounted for; the others need not be:
 * TREATMENT, PAYMENT and OPERATIONS by (i), TO_INDIVIDUAL by (ii), AUTHORIZATION by (iv). What HL7 has below them and 164.501 does not, what has no purpose, and one that is not HL7's are accounted for. What is about several patients is no
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

const BREAK_GLASS = "BTG";

/** The purposes of which accesses are of none of these kinds, emergencies apart: what the store need not show. */
export const purposesWithout = (kinds: readonly DisclosureKind[]): readonly string[] =>
  [...ROUTINE_USES].filter(([, kind]) => !kinds.includes(kind)).map(([code]) => code);

/** How an allowed access to a patient's data counts, by what is on record alone: what the directory says of the subject today counts for nothing. */
export function disclosureKind(access: AccessSummary, patient: string): DisclosureKind {
  const { byConsent, inEmergency, purposeOfUse, subject } = access;
  if (inEmergency || purposeOfUse === BREAK_GLASS) return "EMERGENCY";
  const routine = purposeOfUse === null ? undefined : ROUTINE_USES.get(purposeOfUse);
  if (routine !== undefined) return routine;
  if (subject !== null && isServedAsPatient(access) && isPatientById(subject, patient)) return "TO_INDIVIDUAL";
  return byConsent ? "AUTHORIZATION" : "OTHER";
}
