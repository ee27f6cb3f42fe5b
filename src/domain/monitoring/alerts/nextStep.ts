import { type Directory, entityOf } from "../../directory/directory.ts";
import type { NewEntity } from "../../directory/entity.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import { isPair, patientOfMatter } from "../watch/matter.ts";
import type { AlertCause } from "../watch/story.ts";
import type { Alert } from "./alert.ts";
import { explains } from "./suppressing.ts";

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

/** What follows from a verdict, by its cause. */
const AFTER: { readonly [Cause in AlertCause]: string } = {
  SNOOPING: "Tell the person's superior, and look at what else they opened.",
  STOLEN_CREDENTIALS: "Revoke the key or password that was used, and look at what was opened with it.",
  MISUSED_PRIVILEGE: "Take back the access that was misused, and review who else has it.",
  MISCONFIGURED_CLIENT: "Have whoever runs the client correct its settings.",
  MISSING_RELATION: "Enter the missing relation into the directory, so that such accesses are explained.",
  NEW_DUTIES: "Enter the new duties into the directory, so that such accesses are explained.",
  BATCH_JOB: "Suppress alerts about this client for as long as the job runs, if it comes back.",
  TEST: "Nothing is left to do.",
  OTHER: "Nothing is left to do.",
};
const ENTER_RELATION =
  "Enter the relation of this person to this patient into the directory, as `relationToEnter` has it: without it such looks make alerts again.";

function openStep({ entity, matter, partOfId, rank, severity, subject }: Alert): string {
  if (entity.kind === "CLIENT")
    return severity === "HIGH"
      ? "Restrict the client's access now, and ask whoever runs it who used it."
      : "Ask whoever runs the client what changed, and close the alert with their answer.";
  if (entity.kind === "PATIENT")
    return "Ask each person who looked at this patient why they did; their own alerts are part of this one.";
  if (partOfId !== null) return "Ask this person together with the others who looked at this patient.";
  if (severity === "HIGH")
    return subject === null
      ? "Look at the decisions now, and restrict the access of whoever made them."
      : "Restrict this person's access now, and then ask them why they did it.";
  if (isPair(matter))
    return rank === "SENSITIVE_UNEXPLAINED"
      ? "Ask the person today why they looked at this patient."
      : "Ask the person why they looked at this patient; if it was their work, close the alert as EXPECTED or MISSING_RELATION.";
  return rank === "UNUSUAL"
    ? "Close the alert as EXPECTED if the work of this person explains it; ask them otherwise."
    : "Ask the person what they were doing, and close the alert as EXPECTED with NEW_DUTIES if it was their work.";
}

/** What to do next about an alert, in one sentence that names nobody; by its state, severity, rank and verdict. */
export function nextStep(alert: Alert): string {
  const { closed } = alert.alert;
  if (closed === null) return openStep(alert);
  if (explains(closed)) return isPair(alert.matter) ? ENTER_RELATION : AFTER[closed.cause];
  return closed.verdict === "TRUE_POSITIVE" ? AFTER[closed.cause] : "Nothing is left to do.";
}
