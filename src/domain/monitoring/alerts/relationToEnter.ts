import { type Directory, entityOf } from "../../directory/directory.ts";
import type { NewEntity } from "../../directory/entity.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import { patientOfMatter } from "../watch/matter.ts";
import type { Alert } from "./alert.ts";

/** A list of the directory has no room for more. */
const MOST_NAMES = 100;

/**
 * The patient as the directory has it, and the person of the alert among `referrals`: of what explains an access that opens nothing, as a
 * care team may. Null: the alert is not about looks of one person at one patient, or the list is full.
 */
export function relationToEnter(
  { matter, subject }: Pick<Alert, "matter" | "subject">,
  directory: Directory,
): NewEntity | null {
  const patient = patientOfMatter(matter);
  if (patient === null || subject === null) return null;
  const known = entityOf(directory, PATIENT_TYPE, patient)?.properties ?? {};
  const before = Array.isArray(known.referrals) ? (known.referrals as readonly string[]) : [];
  if (before.length >= MOST_NAMES && !before.includes(subject.id)) return null;
  const referrals = [...new Set([...before, subject.id])];
  return { type: PATIENT_TYPE, id: patient, properties: { ...known, referrals } };
}
