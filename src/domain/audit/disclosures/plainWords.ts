import { decisionSubject } from "../../decisions/decisionSubject.ts";
import type { AccessRecord } from "../../decisions/types.ts";
import { USER } from "../../policy/types.ts";
import { requestedAction } from "../../scopes/atom.ts";
import { EXPORT } from "../../scopes/exports.ts";
import { consentsOf, emergencyOf } from "./basis.ts";
import type { Recipient } from "./parties.ts";
import { purposeWords } from "./purposeText.ts";

/** A disclosure as it is handed to the patient: no id, no code of a program. */
export interface PlainWords {
  readonly recipient: string;
  readonly data: string;
  readonly purpose: string;
}

/** What records of a type are called by people who are no clinicians. */
const RECORDS: Readonly<Record<string, string>> = {
  "*": "records of every kind",
  Account: "billing accounts",
  AllergyIntolerance: "allergies",
  Appointment: "appointments",
  Binary: "files",
  CarePlan: "care plans",
  CareTeam: "the care team",
  Claim: "claims",
  ClinicalImpression: "clinical assessments",
  Communication: "messages",
  Composition: "documents",
  Condition: "diagnoses and conditions",
  Consent: "consents",
  Coverage: "insurance coverage",
  Device: "devices",
  DiagnosticReport: "diagnostic reports",
  DocumentReference: "documents",
  Encounter: "visits",
  EpisodeOfCare: "courses of care",
  ExplanationOfBenefit: "statements of benefits",
  FamilyMemberHistory: "family history",
  Goal: "goals of care",
  ImagingStudy: "imaging studies",
  Immunization: "vaccinations",
  Media: "photographs and recordings",
  MedicationAdministration: "medications given",
  MedicationDispense: "medications dispensed",
  MedicationRequest: "prescriptions",
  MedicationStatement: "medications taken",
  Observation: "test results and measurements",
  Patient: "personal details, such as name, address and date of birth",
  Procedure: "procedures",
  QuestionnaireResponse: "answers to questionnaires",
  RelatedPerson: "relatives and contacts",
  RiskAssessment: "risk assessments",
  ServiceRequest: "orders for tests and services",
  Specimen: "samples",
};

/** `MolecularSequence`, `lab_result`: in words. */
const words = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();

const recordsOf = (type: string): string =>
  Object.hasOwn(RECORDS, type) ? (RECORDS[type] ?? "") : `${words(type)} records`;

const DONE: Readonly<Record<string, string>> = {
  create: "to add to them",
  update: "to change them",
  delete: "to delete them",
  [EXPORT]: "exported",
};
const SEEN: ReadonlySet<string> = new Set(["read", "search"]);

/** What labels say of data, as far as a patient would want it told. */
const LABELS: Readonly<Record<string, string>> = {
  ETH: "substance use",
  GDIS: "genetic disease",
  HIV: "HIV",
  MH: "mental health",
  PSY: "psychiatry",
  PSYTHPN: "psychotherapy notes",
  R: "restricted",
  SDV: "abuse or violence",
  SEX: "sexuality and reproductive health",
  SICKLE: "sickle cell disease",
  STD: "sexually transmitted disease",
  SUD: "substance use",
  V: "very restricted",
};

function dataWords(record: AccessRecord): string {
  const { action, resource } = record.request;
  const asked = requestedAction(action, resource);
  const labels = (resource.labels ?? []).flatMap((label) =>
    Object.hasOwn(LABELS, label) ? (LABELS[label] ?? []) : [],
  );
  return [
    recordsOf(resource.type),
    ...(labels.length === 0 ? [] : [`marked as ${[...new Set(labels)].join(", ")}`]),
    ...(SEEN.has(asked) ? [] : [DONE[asked] ?? words(asked)]),
    ...(record.obligations.some(({ type }) => type === "redact") ? ["with parts left out"] : []),
    ...(decisionSubject(record).patients.length > 1 ? ["together with data of other patients"] : []),
  ].join(", ");
}

const UNNAMED = "whose name is not on file";
const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;

function recipientWords({ clientName, organizationName, subjectId, subjectName, subjectType }: Recipient): string {
  const program = clientName ?? `a program ${UNNAMED}`;
  const from = organizationName === null ? "" : ` of ${organizationName}`;
  if (subjectId === null) return `${program}${from}`;
  const unnamed = subjectType === null || subjectType === USER ? "person" : words(subjectType);
  return `${subjectName ?? `${withArticle(unnamed)} ${UNNAMED}`}${from}, using ${program}`;
}

function purposeOf(record: AccessRecord): string {
  const words = purposeWords(record.request.purposeOfUse);
  const emergency = emergencyOf(record) !== null && record.request.purposeOfUse !== "BTG";
  return [
    words ?? "not stated",
    ...(emergency ? ["in an emergency"] : []),
    ...(consentsOf(record).length === 0 ? [] : ["by the patient's consent"]),
  ].join(", ");
}

/** A disclosure in words that a patient knows, from which nobody's number in a program can be learnt. */
export const plainWords = (record: AccessRecord, recipient: Recipient): PlainWords => ({
  recipient: recipientWords(recipient),
  data: dataWords(record),
  purpose: purposeOf(record),
});
