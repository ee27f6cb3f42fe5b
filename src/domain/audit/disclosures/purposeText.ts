import { PURPOSES } from "../../scopes/purposes.ts";

/** The codes of HL7 v3 PurposeOfUse in words that patients know, to follow "for". */
export const PURPOSE_WORDS: Readonly<Record<string, string>> = {
  BIORCH: "biomedical research",
  BTG: "an emergency (break-glass)",
  CAREMGT: "care management",
  CLINTRCH: "clinical trial research",
  CLINTRCHNPC: "clinical trial research without patient care",
  CLINTRCHPC: "clinical trial research with patient care",
  CLINTRL: "treatment in a clinical trial",
  CLMATTCH: "an attachment to a claim",
  COC: "coordination of care",
  COVAUTH: "authorization of coverage",
  COVERAGE: "health coverage",
  DISASTER: "work in a disaster",
  DONAT: "donation of organs or tissue",
  DSRCH: "research about a disease",
  ELIGDTRM: "finding out whether there is coverage",
  ELIGVER: "verifying coverage",
  ENROLLM: "enrollment in coverage",
  ERTREAT: "emergency room treatment",
  ETREAT: "emergency treatment",
  FAMRQT: "a request of the family",
  FRAUD: "finding fraud",
  GOV: "a government's work",
  HACCRED: "accreditation",
  HCOMPL: "compliance",
  HDECD: "records of people who died",
  HDIRECT: "a directory of patients",
  HDM: "management of health care",
  HLEGAL: "legal matters",
  HMARKT: "marketing",
  HOPERAT: "health care operations",
  HOUTCOMS: "measuring outcomes",
  HPAYMT: "payment",
  HPRGRP: "reporting about a program",
  HQUALIMP: "better quality of care",
  HRESCH: "research",
  HSYSADMIN: "administration of systems",
  HTEST: "testing of systems",
  LABELING: "labelling of records",
  MEMADMIN: "administration of members",
  METAMGT: "management of metadata",
  MILCDM: "a military command",
  MILDCRG: "a military discharge",
  PATADMIN: "administration of patients",
  PATRQT: "a request of the patient",
  PATSFTY: "safety of patients",
  MLTRAINING: "training a machine-learning model",
  PERFMSR: "measuring performance",
  POARCH: "population origins or ancestry research",
  PMTDS: "decision support for payment",
  POPHLTH: "health of a population",
  PRECLINTRCH: "preclinical research",
  PUBHLTH: "public health",
  PWATRNY: "a request under a power of attorney",
  RECORDMGT: "management of records",
  REMITADV: "advice about a payment",
  SUPNWK: "a request of the support network",
  SYSDEV: "development of systems",
  THREAT: "a threat to health",
  TRAIN: "training",
  TREATDS: "decision support for treatment",
  TRANSRCH: "translational research",
  TREAT: "treatment",
};

/** `treatment`; null: none was told. */
export const purposeWords = (purpose: string | null): string | null =>
  purpose !== null && PURPOSES.has(purpose) ? (PURPOSE_WORDS[purpose] ?? purpose) : purpose;

/** `for treatment`, `for no purpose that was told`: how a sentence goes on. */
export function purposeText(purpose: string | null): string {
  if (purpose === null) return "for no purpose that was told";
  return PURPOSES.has(purpose) ? `for ${purposeWords(purpose)}` : `for the purpose ${purpose}`;
}
