/** What 45 CFR 164.501 calls a use. */
export type RoutineUse = "TREATMENT" | "PAYMENT" | "OPERATIONS";

/**
 * The codes of HL7 v3 PurposeOfUse that 45 CFR 164.501 calls treatment, payment or health care operations. Others that HL7 has below
 * them are none by that rule, or not always (oversight, donation, decedents, the directory, legal and military matters, system
 * development).
 */
const CODES: { readonly [Use in RoutineUse]: string } = {
  TREATMENT: "TREAT COC ETREAT ERTREAT CAREMGT",
  PAYMENT: "HPAYMT CLMATTCH COVAUTH COVERAGE ELIGDTRM ELIGVER ENROLLM REMITADV",
  OPERATIONS: `HOPERAT FRAUD HACCRED HCOMPL HDM HOUTCOMS HPRGRP HQUALIMP HSYSADMIN LABELING METAMGT MEMADMIN PATADMIN PATSFTY
    PERFMSR POPHLTH RECORDMGT TRAIN`,
};

export const ROUTINE_USES: ReadonlyMap<string, RoutineUse> = new Map(
  (Object.keys(CODES) as RoutineUse[]).flatMap((use) => CODES[use].split(/\s+/).map((code) => [code, use] as const)),
);
