import { isPatientThere, type UnderPseudonyms } from "../alerts/seen.ts";
import { withoutIds } from "../alerts/withoutIds.ts";
import { type KeptInquiry, named } from "./inquiry.ts";

/** With the patients that are named of each access. */
export const withNamed = (kept: KeptInquiry): KeptInquiry => ({
  ...kept,
  accesses: kept.accesses.map((each) => ({ ...each, patients: named(each.patients) })),
});

/** An inquiry as it is shown to who sees pseudonyms of patients: what was answered too, as far as it names one by the id. */
export function inquirySeen(kept: KeptInquiry, { of, own }: UnderPseudonyms): KeptInquiry {
  const { accesses, answered, subject } = kept;
  const patients = [...new Set(accesses.flatMap((each) => each.patients))];
  const isOwn = own.has(subject.id) || isPatientThere({ patients, subject });
  const shown = isOwn ? { ...subject, id: of(subject.id) } : subject;
  const hidden = isOwn ? [...patients, subject.id] : patients;
  // Whoever brings the answer may be the person: the name of that key tells whose the pseudonym is.
  const by = isOwn ? "" : (answered?.by ?? "");
  return {
    ...kept,
    subject: shown,
    accesses: accesses.map((each) => ({ ...each, patients: named(each.patients).map(of) })),
    answered:
      answered === null ? null : { ...answered, by, answeredBy: shown, text: withoutIds(answered.text, hidden, of) },
  };
}

/** Without why it was asked or withdrawn, but for what this caller wrote: others may have named patients in it. */
export const withoutReasons = (kept: KeptInquiry, callerId: string): KeptInquiry => ({
  ...kept,
  reason: kept.askedBy.callerId === callerId ? kept.reason : "",
  withdrawn:
    kept.withdrawn === null || kept.withdrawn.by === callerId ? kept.withdrawn : { ...kept.withdrawn, reason: "" },
});

/** As who is asked sees it: who asked, why, and of which alert it is, is for those who judge, as it may say what was found. */
export const seenByPerson = (kept: KeptInquiry): KeptInquiry => ({
  ...withNamed(kept),
  alertId: "",
  askedBy: { callerId: "", subject: null },
  reason: "",
  withdrawn: kept.withdrawn === null ? null : { ...kept.withdrawn, reason: "" },
});
