import { PURPOSE_SYSTEM } from "../scopes/purposes.ts";
import { codeIn } from "./hl7Codes.ts";
import type { Code } from "./types.ts";

/** What is directly below what in HL7 v3 PurposeOfUse (terminology.hl7.org/CodeSystem/v3-ActReason, version 3.1.0). */
const CHILDREN: Readonly<Record<string, string>> = {
  HOPERAT: `CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN MEMADMIN
    MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV TRAIN`,
  HSYSADMIN: "LABELING METAMGT",
  SYSDEV: "HTEST",
  HPAYMT: "CLMATTCH COVAUTH COVERAGE REMITADV",
  COVERAGE: "ELIGDTRM ELIGVER ENROLLM MILDCRG",
  HRESCH: "BIORCH CLINTRCH DSRCH POARCH TRANSRCH",
  CLINTRCH: "CLINTRCHNPC CLINTRCHPC PRECLINTRCH",
  PATRQT: "FAMRQT PWATRNY SUPNWK",
  PUBHLTH: "DISASTER THREAT",
  TREAT: "CLINTRL COC ETREAT POPHLTH",
  ETREAT: "BTG ERTREAT",
};

const PARENT: ReadonlyMap<string, string> = new Map(
  Object.entries(CHILDREN).flatMap(([parent, children]) => children.split(/\s+/).map((child) => [child, parent])),
);

/** Who agrees to treatment does not agree that refusals be broken, nor who agrees to operations to what a court is given. */
const ALWAYS_NAMED: ReadonlySet<string> = new Set(["BTG", "HLEGAL"]);

/** Whether a purpose is below another in HL7's tree. Never one that has to be named: BTG, which is below ETREAT there, and HLEGAL, below HOPERAT. */
export function isNarrowerPurpose(narrow: Code, wide: Code): boolean {
  const [code, above] = [codeIn(PURPOSE_SYSTEM, narrow), codeIn(PURPOSE_SYSTEM, wide)];
  if (code === null || above === null || ALWAYS_NAMED.has(code)) return false;
  for (let at = PARENT.get(code); at !== undefined; at = PARENT.get(at)) if (at === above) return true;
  return false;
}
