import { isPatientThere, type UnderPseudonyms, withoutIds } from "../alerts/seen.ts";
import type { KeptInquiry } from "./inquiry.ts";

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
    accesses: accesses.map((each) => ({ ...each, patients: each.patients.map(of) })),
    answered:
      answered === null ? null : { ...answered, by, answeredBy: shown, text: withoutIds(answered.text, hidden, of) },
  };
}

/** As who is asked sees it: why it was asked or withdrawn is for those who judge, as it may say what was found. */
export const seenByPerson = (kept: KeptInquiry): KeptInquiry => ({
  ...kept,
  reason: "",
  withdrawn: kept.withdrawn === null ? null : { ...kept.withdrawn, reason: "" },
});
