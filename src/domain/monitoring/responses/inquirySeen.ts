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
  return {
    ...kept,
    subject: shown,
    accesses: accesses.map((each) => ({ ...each, patients: named(each.patients).map(of) })),
    answered:
      answered === null ? null : { ...answered, answeredBy: shown, text: withoutIds(answered.text, hidden, of) },
  };
}

/** As who is asked sees it: why it was asked or withdrawn is for those who judge, as it may say what was found. */
export const seenByPerson = (kept: KeptInquiry): KeptInquiry => ({
  ...withNamed(kept),
  reason: "",
  withdrawn: kept.withdrawn === null ? null : { ...kept.withdrawn, reason: "" },
});
