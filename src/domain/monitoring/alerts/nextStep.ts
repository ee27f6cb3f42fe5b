import { type Directory, entityOf } from "../../directory/directory.ts";
import type { NewEntity } from "../../directory/entity.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import { minute } from "../../kernel/time.ts";
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

/** What was done about an alert that is open. */
export interface DoneAbout {
  /** What its people were asked because of it, each as it stands now. */
  readonly asked: readonly {
    readonly state: "OPEN" | "ANSWERED" | "WITHDRAWN" | "EXPIRED";
    readonly endsAt: number;
    readonly isDenied: boolean;
  }[];
  /** That access is restricted now because of it. */
  readonly isRestricted: boolean;
}

/** What follows from what the people of an alert were asked; null: nobody was. */
function askedStep({ asked }: DoneAbout, isOfMany: boolean): string | null {
  const [answered, open] = [
    asked.filter(({ state }) => state === "ANSWERED"),
    asked.filter(({ state }) => state === "OPEN"),
  ];
  if (answered.some(({ isDenied }) => isDenied))
    return "Look at it now: the answer says that somebody else acted in this name.";
  const until = open.length === 0 ? "" : minute(Math.min(...open.map(({ endsAt }) => endsAt)));
  if (isOfMany && open.length > 0)
    return `Read the answers as they come: ${open.length} of ${asked.length} asked have not answered; the first question lapses at ${until}.`;
  if (open.length > 0)
    return `Wait for the answer of the person, who was asked and has until ${until}; then say what came out.`;
  if (answered.length > 0)
    return isOfMany ? "Read the answers, and say what came out." : "Read what the person says, and say what came out.";
  if (asked.some(({ state }) => state === "EXPIRED"))
    return "Say what came out, or ask a superior: the question was not answered within seven days.";
  return null;
}

function openStep(alert: Alert, done: DoneAbout): string {
  const { entity, matter, partOfId, rank, severity, subject } = alert;
  if (severity === "HIGH" && done.isRestricted)
    return "Find out what happened while access is restricted, and say what came out before that ends.";
  if (severity !== "HIGH" && entity.kind !== "CLIENT") {
    const step = askedStep(done, entity.kind === "PATIENT");
    if (step !== null) return step;
  }
  if (entity.kind === "CLIENT")
    return severity === "HIGH"
      ? "Restrict the client's access now, and ask whoever runs it who used it."
      : "Ask whoever runs the client what changed, and close the alert with their answer.";
  if (entity.kind === "PATIENT")
    return severity === "HIGH"
      ? "Look now at who looked at this patient, and restrict whoever had no reason: people can be asked once the alert is closed."
      : "Ask each person who looked at this patient why they did; their own alerts are part of this one.";
  if (partOfId !== null) return "Ask this person together with the others who looked at this patient.";
  if (severity === "HIGH")
    return subject === null
      ? "Look at the decisions now, and restrict the access of whoever made them."
      : "Restrict this person's access now, and find out what happened without warning them: they can be asked once the alert is closed.";
  if (isPair(matter))
    return rank === "SENSITIVE_UNEXPLAINED"
      ? "Ask the person today why they looked at this patient."
      : "Ask the person why they looked at this patient; if it was their work, close the alert as EXPECTED or MISSING_RELATION.";
  return rank === "UNUSUAL"
    ? "Close the alert as EXPECTED if the work of this person explains it; ask them otherwise."
    : "Ask the person what they were doing, and close the alert as EXPECTED with NEW_DUTIES if it was their work.";
}

/** What to do next about an alert, in one sentence that names nobody; by its state, severity, rank and verdict, and by what was done about it. */
export function nextStep(alert: Alert, done: DoneAbout): string {
  const { closed } = alert.alert;
  if (closed === null) return openStep(alert, done);
  const after = AFTER[closed.cause ?? "OTHER"];
  if (explains(closed)) return isPair(alert.matter) ? ENTER_RELATION : after;
  return closed.verdict === "TRUE_POSITIVE" ? after : "Nothing is left to do.";
}
