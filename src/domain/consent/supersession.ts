import { PATIENT_PRIVACY } from "./hl7Codes.ts";
import type { Code, Consent, EarlierTerms, RecipientTerms } from "./types.ts";

const PRIVACY: readonly Code[] = [PATIENT_PRIVACY];

export const areasOf = ({ areas }: Pick<Consent, "areas">): readonly Code[] => areas ?? PRIVACY;

type Place = Pick<Consent, "areas" | "purposes" | "recipients">;

/** As a set. */
const eachOnce = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();

const textOf = ({ clientId, group, identifier, organization, role, subject }: RecipientTerms): string =>
  JSON.stringify([clientId, subject?.id, subject?.type, role, organization, group, identifier]);

/** Computed once for each version that is kept: consents may have hundreds of purposes and recipients. */
const places = new WeakMap<Place, string>();

/** The same text for the same areas, recipients and purposes as sets; null is its own. */
function placeOf(place: Place): string {
  let text = places.get(place);
  if (text === undefined) {
    const recipients = place.recipients === null ? null : eachOnce(place.recipients.map(textOf));
    const purposes = place.purposes === null ? null : eachOnce(place.purposes);
    text = JSON.stringify([eachOnce(areasOf(place)), recipients, purposes]);
    places.set(place, text);
  }
  return text;
}

/** From when on a consent stands in the place of older ones; null: never. */
function beginsAt({ madeAt, recordedAt, step, validFrom }: Consent): number | null {
  if (madeAt === null) return null;
  const begins = Math.max(madeAt, validFrom ?? madeAt);
  // Withdrawn before that, it never does.
  return step === "RECORDED" || recordedAt >= begins ? begins : null;
}

/** What stands in one place. */
interface Standing extends Pick<Consent, "id" | "patient"> {
  readonly answers: string | undefined;
  readonly madeAt: number;
}

/** Whether one can take the place of another: what was said in answer to a request takes that of such answers alone. */
const isAsMuch = (newer: { readonly answers?: string | undefined }, older: Pick<Consent, "answers">): boolean =>
  newer.answers === undefined || older.answers !== undefined;

/** More than these are not compared two by two. */
const FEW = 8;

/** Whether each of a few stands, and ever stood, in a place of its own: mostly so, and then none of them is in the place of another. */
export function areApart(consents: readonly Consent[]): boolean {
  if (consents.length > FEW) return false;
  for (let i = 0; i < consents.length; i++) {
    const one = consents[i] as Consent;
    if (one.earlier !== undefined) return false;
    for (let k = 0; k < i; k++) if (placeOf(consents[k] as Consent) === placeOf(one)) return false;
  }
  return true;
}

/**
 * Which of some consents others of these have taken the place of by a time (milliseconds since 1970). A consent takes it
 * that was made later, has begun, and has, or had in an earlier version, the same patient, areas, recipients and purposes.
 * For good: not until it is withdrawn, expires or says something else. What was said in answer to a request takes the place of
 * such answers alone: nobody was asked of the rest.
 */
export function replacedAmong(consents: readonly Consent[], at: number): (older: Consent) => boolean {
  const standing = new Map<string, Standing[]>();
  const add = (place: Place, one: Standing): void => {
    const others = standing.get(placeOf(place));
    if (others === undefined) standing.set(placeOf(place), [one]);
    else others.push(one);
  };
  for (const consent of consents) {
    const { earlier, id, madeAt, patient } = consent;
    const begins = beginsAt(consent);
    if (begins !== null && madeAt !== null && begins <= at)
      add(consent, { answers: consent.answers, id, patient, madeAt });
    if (earlier === undefined) continue;
    for (const terms of earlier)
      if (terms.begins <= at) add(terms, { answers: terms.answers, id, patient, madeAt: terms.madeAt });
  }
  return (older) => {
    const { id, madeAt, patient } = older;
    if (madeAt === null) return false;
    // The latest word in a place counts; where it was the consent's own, what that had replaced replaces nothing.
    let last: number = madeAt;
    let isOwn = true;
    for (const other of standing.get(placeOf(older)) ?? []) {
      if (other.patient !== patient || other.madeAt < last || !isAsMuch(other, older)) continue;
      isOwn = other.id === id || (isOwn && other.madeAt === last);
      last = other.madeAt;
    }
    return !isOwn;
  };
}

/** Earlier terms of one consent, at most. */
export const MOST_EARLIER = 20;

/**
 * What a version has to carry on of the one before it and of those before that: places in which they stood when it was
 * recorded, and in which it does not stand itself already. What was withdrawn before it began stood nowhere.
 */
export function earlierTerms(before: Consent, next: Consent): readonly EarlierTerms[] {
  const { answers, areas, madeAt, purposes, recipients } = before;
  const begins = beginsAt(before);
  const stood = [...(before.earlier ?? [])];
  if (begins !== null && madeAt !== null && begins <= next.recordedAt)
    stood.push({
      ...(answers !== undefined && { answers }),
      ...(areas !== undefined && { areas }),
      purposes,
      recipients,
      madeAt,
      begins,
    });
  const nextBegins = beginsAt(next);
  const isTaken = (terms: EarlierTerms): boolean =>
    nextBegins !== null &&
    nextBegins <= next.recordedAt &&
    next.madeAt !== null &&
    next.madeAt >= terms.madeAt &&
    isAsMuch(next, terms) &&
    placeOf(next) === placeOf(terms);
  const carried = stood.filter((terms) => !isTaken(terms));
  // Of one place the latest says it all.
  return carried.filter(
    (terms) =>
      !carried.some(
        (other) => other.madeAt > terms.madeAt && isAsMuch(other, terms) && placeOf(other) === placeOf(terms),
      ),
  );
}
