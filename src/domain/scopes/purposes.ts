import { canonicalCode } from "./codeSystems.ts";
import { nearest } from "./nearest.ts";

/** The codes of HL7 v3 PurposeOfUse (terminology.hl7.org/ValueSet/v3-PurposeOfUse, version 3.1.0). */
export const PURPOSES: ReadonlySet<string> = new Set(
  `HMARKT HOPERAT CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN
  LABELING METAMGT MEMADMIN MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV HTEST TRAIN HPAYMT CLMATTCH COVAUTH COVERAGE
  ELIGDTRM ELIGVER ENROLLM MILDCRG REMITADV HRESCH BIORCH CLINTRCH CLINTRCHNPC CLINTRCHPC PRECLINTRCH DSRCH POARCH TRANSRCH
  PATRQT FAMRQT PWATRNY SUPNWK PUBHLTH DISASTER THREAT TREAT CLINTRL COC ETREAT BTG ERTREAT POPHLTH`.split(/\s+/),
);

export const isPurpose = (code: string): boolean => PURPOSES.has(code);

/** The code system of these codes. */
export const PURPOSE_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const IN_SYSTEM = `${PURPOSE_SYSTEM}|`;

/** A purpose as rules name it and records keep it: one of HL7 v3 PurposeOfUse by its code alone, any other with its system in the one form. */
export function barePurpose(given: string): string {
  const purpose = canonicalCode(given);
  if (!purpose.startsWith(IN_SYSTEM)) return purpose;
  const code = purpose.slice(IN_SYSTEM.length);
  return isPurpose(code) ? code : purpose;
}

/** The purpose of use that a code which is none was probably to be, or null. */
export const meantPurpose = (code: string): string | null => (isPurpose(code) ? null : nearest(code, PURPOSES));
