import { isPatientThere, type UnderPseudonyms } from "../alerts/seen.ts";
import { withoutIds } from "../alerts/withoutIds.ts";
import { type KeptInquiry, named } from "./inquiry.ts";

/** With the patients that are named of each access. */
export const withNamed = (kept: KeptInquiry): KeptInquiry => ({
  ...kept,
  accesses: kept.accesses.map((each) => ({ ...each, patients: named(each.patients) })),
});

/** What ids of one kind have in common: `p-303` and `p-7`, two UUIDs, two long numbers. Null: of an id without a digit nothing. */
function shapeOf(id: string): string | null {
  const digits = id.match(/\d/g)?.length ?? 0;
  if (digits === 0) return null;
  return digits < 4 ? id.toLowerCase().replace(/\d+/g, "9") : id.replace(/[\p{L}\p{N}]/gu, "x");
}

/** In the place of every id in an answer: by pseudonyms whoever answers, and reads it as a reviewer, would learn whose each is. */
const A_PATIENT = "[a patient]";

/**
 * Words that may name a patient as well as these ids: beside others that stay as they are, the one that does not would tell which it is.
 * @param isPatient - whether the directory knows a patient of that id
 */
function otherPatients(text: string, ids: readonly string[], isPatient: (id: string) => boolean): readonly string[] {
  const shapes = new Set(ids.flatMap((id) => shapeOf(id) ?? []));
  const isAlike = (word: string): boolean => {
    const shape = shapeOf(word);
    return shape !== null && shapes.has(shape);
  };
  return [...new Set(text.match(/[\p{L}\p{N}_.-]*[\p{L}\p{N}_-]/gu))].filter(
    (word) => isAlike(word) || isPatient(word),
  );
}

/** An inquiry as it is shown to who sees pseudonyms of patients: what was answered too, as far as it names any by an id. */
export function inquirySeen(
  kept: KeptInquiry,
  { isPatient, of, own }: UnderPseudonyms & { readonly isPatient: (id: string) => boolean },
): KeptInquiry {
  const { accesses, answered, subject } = kept;
  const patients = [...new Set(accesses.flatMap((each) => each.patients))];
  const isOwn = own.has(subject.id) || isPatientThere({ patients, subject });
  const shown = isOwn ? { ...subject, id: of(subject.id) } : subject;
  const hidden = isOwn ? [...patients, subject.id] : patients;
  // Whoever brings the answer may be the person: the name of that key tells whose the pseudonym is.
  const by = isOwn ? "" : (answered?.by ?? "");
  const textOf = (text: string): string =>
    withoutIds(text, [...hidden, ...otherPatients(text, hidden, isPatient)], () => A_PATIENT);
  return {
    ...kept,
    subject: shown,
    accesses: accesses.map((each) => ({ ...each, patients: named(each.patients).map(of) })),
    answered: answered === null ? null : { ...answered, by, answeredBy: shown, text: textOf(answered.text) },
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
