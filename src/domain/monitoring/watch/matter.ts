import type { DetectorCode, WatchedEntity } from "../detectors/detector.ts";
import type { KeptFinding } from "./keptFinding.ts";

/** These say that something is new, or at an odd hour: they add to what others find, and never make an alert alone. */
export const NEVER_ALONE: readonly DetectorCode[] = [
  "NEW_SCOPE",
  "NEW_PURPOSE_OR_ORGANIZATION",
  "NEW_NETWORK_OR_COUNTRY",
  "OFF_HOURS",
];

/** These tell of one look of one person at one patient, which a relation would explain. */
const LOOKS: readonly DetectorCode[] = ["UNRELATED_PATIENT", "OWN_OR_RELATED_RECORD"];
/** Whom somebody had a reason to see: one of these after another is more of the same. */
const RELATION: readonly DetectorCode[] = [...LOOKS, "MANY_PATIENTS", "MANY_VIEWERS"];
/** These tell of one access, so that beside looks at one patient the matter is still that patient. */
const OF_ONE_ACCESS: readonly DetectorCode[] = [...LOOKS, ...NEVER_ALONE, "PRIVILEGE_THEN_USE"];

const PATIENT = "Patient/";
const pairOf = (patient: string): string => PATIENT + patient;
/** What is found, without whom: `RELATION`, or the code of the detector. */
const kindOf = (code: string): string =>
  code === "RELATION" || RELATION.some((each) => each === code) ? "RELATION" : code;

/** Whether a matter is one person's looks at one patient. */
export const isPair = (matter: string | null): matter is string => matter?.startsWith(PATIENT) ?? false;
/** The patient of such a matter; null: it is another. */
export const patientOfMatter = (matter: string | null): string | null =>
  isPair(matter) ? matter.slice(PATIENT.length) : null;

/** The matter of a finding about one look at one patient; null: it is about something else. */
export const lookedAt = ({ detector, patients, subject }: Pick<KeptFinding, "detector" | "patients" | "subject">) =>
  LOOKS.includes(detector) && subject !== null && patients.length === 1 ? pairOf(patients[0] ?? "") : null;

/** Whether what a detector finds is of the same kind as a matter, or as what another detector found: looks are, whoever the patient. */
export const takesKind = (matter: string, detector: DetectorCode): boolean =>
  kindOf(isPair(matter) ? "RELATION" : matter) === kindOf(detector);

/**
 * What an alert is about, beside its entity: `Patient/x` where it is one person's looks at that patient; else the kind of what was found.
 * One alert of a matter is open at a time.
 */
export function matterOf({
  detectors,
  entity,
  patient,
}: {
  readonly detectors: readonly DetectorCode[];
  readonly entity: WatchedEntity;
  /** Of all that was found; null: it differs. */
  readonly patient: string | null;
}): string {
  const isOfOne =
    detectors.some((code) => LOOKS.includes(code)) && detectors.every((code) => OF_ONE_ACCESS.includes(code));
  if (entity.kind === "SUBJECT" && patient !== null && isOfOne) return pairOf(patient);
  return kindOf(detectors.find((code) => !NEVER_ALONE.includes(code)) ?? detectors[0] ?? "");
}
