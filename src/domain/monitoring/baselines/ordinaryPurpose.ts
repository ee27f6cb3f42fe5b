import { canonicalPurpose } from "../../consent/hl7Codes.ts";
import { isNarrowerPurpose } from "../../consent/purposeTree.ts";

/** What health data are collected for: treatment, payment, operations, and what patients ask for themselves. */
const ORDINARY = ["TREAT", "HPAYMT", "HOPERAT", "PATRQT"] as const;

/** Whether a purpose is one of these or below one, emergencies too; any other, and any that is not HL7's, is beyond. */
export const isOrdinaryPurpose = (purpose: string): boolean =>
  purpose === "BTG" ||
  ORDINARY.some((each) => purpose === each || isNarrowerPurpose(canonicalPurpose(purpose), canonicalPurpose(each)));
