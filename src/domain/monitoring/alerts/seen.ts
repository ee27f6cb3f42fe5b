import type { Identity } from "../../callers/types.ts";
import { type Directory, entityOf } from "../../directory/directory.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import type { Pseudonym } from "../../kernel/ports.ts";
import { withoutConstraints } from "../../record/pseudonymised.ts";
import type { KeptFinding } from "../watch/keptFinding.ts";
import type { Story } from "../watch/story.ts";
import { withoutIds } from "./withoutIds.ts";

/** To whom patients are shown as they are; all others see pseudonyms in their place. */
export const seesPatients = ({ roles }: Pick<Identity, "roles">): boolean => roles.has("auditor");

/** How something is shown to who sees pseudonyms of patients. */
export interface UnderPseudonyms {
  readonly of: Pseudonym;
  /** Subjects who are patients elsewhere in its story: a name here would tell whose their pseudonym there is. */
  readonly own: ReadonlySet<string>;
}

/** Whether the subject of something is one of its patients. */
export const isPatientThere = ({ patients, subject }: Pick<KeptFinding, "patients" | "subject">): boolean =>
  subject !== null && (subject.type === PATIENT_TYPE || patients.includes(subject.id));

/** Whether somebody who saw a patient is that patient: by the id, or by `patientRecord` of what the directory has of them. */
export function isPatient(
  directory: Directory,
  { id, type }: { readonly type: string; readonly id: string },
  patient: string,
): boolean {
  if (id === patient) return true;
  const record = entityOf(directory, type, id)?.properties?.patientRecord ?? [];
  return [record].flat().some((each) => String(each) === patient);
}

/** Of a subject who is a patient there: a name beside a pseudonym would tell whose that is. */
function subjectSeen<Subject extends Story["subject"]>(
  subject: Subject,
  patients: readonly string[],
  { of, own }: UnderPseudonyms,
) {
  if (subject === null) return subject;
  return own.has(subject.id) || isPatientThere({ patients, subject }) ? { ...subject, id: of(subject.id) } : subject;
}

/** The entity of a story or a finding; of a subject the id is `type/id`. */
function entitySeen(entity: Story["entity"], subject: Story["subject"], seen: Story["subject"], of: Pseudonym) {
  if (entity.kind === "PATIENT") return { ...entity, id: of(entity.id) };
  if (entity.kind !== "SUBJECT" || subject === null || seen === null || seen.id === subject.id) return entity;
  return { ...entity, id: `${seen.type}/${seen.id}` };
}

/** A story as it is shown to who sees pseudonyms of patients. */
export function storySeen<S extends Story>(story: S, seen: UnderPseudonyms): S {
  const { of } = seen;
  const { entity, patient } = story;
  const subject = subjectSeen(story.subject, patient === null ? [] : [patient], seen);
  return {
    ...story,
    entity: entitySeen(entity, story.subject, subject, of),
    subject,
    patient: patient === null ? null : of(patient),
  };
}

/** Whose record it was stays open beside a name: that somebody is their own patient would tell whose the pseudonym is. */
const OWN_OR_RELATED =
  "This person reached their own record, or that of somebody close to them, and nothing explains it.";

/** A finding, likewise: its sentence too, where a scope's constraint may name whomever. */
export function findingSeen(finding: KeptFinding, seen: UnderPseudonyms): KeptFinding {
  const { of } = seen;
  const { entity, patients } = finding;
  const subject = subjectSeen(finding.subject, patients, seen);
  const ofPatient = entity.kind === "PATIENT" ? [entity.id] : [];
  const hidden = finding.subject !== null && subject?.id !== finding.subject.id ? [finding.subject.id] : [];
  return {
    ...finding,
    entity: entitySeen(entity, finding.subject, subject, of),
    subject,
    patients: patients.map(of),
    sentence:
      finding.detector === "OWN_OR_RELATED_RECORD" && hidden.length === 0
        ? OWN_OR_RELATED
        : withoutIds(withoutConstraints(finding.sentence), [...patients, ...ofPatient, ...hidden], of),
  };
}
