import { PATIENT_PRIVACY } from "./hl7Codes.ts";
import { type Named, namesWhole, refusalsIn } from "./named.ts";
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
  readonly named: Named | undefined;
}

/** Which refusals a consent ends of those that were said before in its place: what it names; undefined: all. */
const namedBy = ({ actions, answers, data, replacesAll, scopes }: Consent): Named | undefined =>
  replacesAll === true || answers !== undefined ? undefined : { actions, data, scopes };

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

/** What later words have left of a consent. ALL: they have taken its place. Else only what it refuses stands, but for the data that they name. */
export type Replaced = "ALL" | readonly Named[];

/** Whether nothing that a consent refuses stands beside later words. */
const isEnded = (older: Consent, later: readonly (Named | undefined)[]): boolean =>
  older.answers !== undefined ||
  later.includes(undefined) ||
  refusalsIn(older).every(
    (refused) => refused !== null && later.some((each) => each !== undefined && namesWhole(each, refused)),
  );

/**
 * What others of some consents have left of one by a time (milliseconds since 1970); null: all of it. A consent takes the place of another
 * that was made later, has begun, and has, or had in an earlier version, the same patient, areas, recipients and purposes; but of what the
 * other refuses it ends what it names of the data alone, unless it says that it replaces all.
 * For good: not until it is withdrawn, expires or says something else. What was said in answer to a request takes the place of
 * such answers alone: nobody was asked of the rest.
 */
export function replacedAmong(consents: readonly Consent[], at: number): (older: Consent) => Replaced | null {
  const standing = new Map<string, Standing[]>();
  const add = (place: Place, one: Standing): void => {
    const others = standing.get(placeOf(place));
    if (others === undefined) standing.set(placeOf(place), [one]);
    else others.push(one);
  };
  for (const consent of consents) {
    const { answers, earlier, id, madeAt, patient } = consent;
    const begins = beginsAt(consent);
    if (begins !== null && madeAt !== null && begins <= at)
      add(consent, { answers, id, patient, madeAt, named: namedBy(consent) });
    if (earlier === undefined) continue;
    for (const terms of earlier)
      if (terms.begins <= at)
        add(terms, { answers: terms.answers, id, patient, madeAt: terms.madeAt, named: terms.named });
  }
  return (older) => {
    const { id, madeAt, patient } = older;
    if (madeAt === null) return null;
    const words = (standing.get(placeOf(older)) ?? []).filter(
      (other) => other.patient === patient && isAsMuch(other, older),
    );
    // The latest word in a place counts; where it was the consent's own, what that had replaced replaces nothing.
    const own = words.reduce((last, other) => (other.id === id ? Math.max(last, other.madeAt) : last), madeAt);
    const later = words.filter((other) => other.id !== id && other.madeAt > own).map(({ named }) => named);
    if (later.length === 0) return null;
    return isEnded(older, later) ? "ALL" : later.flatMap((named) => named ?? []);
  };
}

/** Whether a word ended all that another did. */
const endsAsMuch = (one: Named | undefined, other: Named | undefined): boolean =>
  one === undefined || (other !== undefined && namesWhole(one, other));

/** Earlier terms of one consent, at most. */
export const MOST_EARLIER = 20;

/**
 * What a version has to carry on of the one before it and of those before that: places in which they stood when it was
 * recorded, and in which it does not stand itself already. What was withdrawn before it began stood nowhere.
 */
export function earlierTerms(before: Consent, next: Consent): readonly EarlierTerms[] {
  const { answers, areas, madeAt, purposes, recipients } = before;
  const begins = beginsAt(before);
  const named = namedBy(before);
  const stood = [...(before.earlier ?? [])];
  if (begins !== null && madeAt !== null && begins <= next.recordedAt)
    stood.push({
      ...(answers !== undefined && { answers }),
      ...(areas !== undefined && { areas }),
      purposes,
      recipients,
      madeAt,
      begins,
      ...(named !== undefined && { named }),
    });
  const nextBegins = beginsAt(next);
  const isTaken = (terms: EarlierTerms): boolean =>
    nextBegins !== null &&
    nextBegins <= next.recordedAt &&
    next.madeAt !== null &&
    next.madeAt >= terms.madeAt &&
    isAsMuch(next, terms) &&
    placeOf(next) === placeOf(terms) &&
    endsAsMuch(namedBy(next), terms.named);
  const carried = stood.filter((terms) => !isTaken(terms));
  // Of one place the latest says it all.
  return carried.filter(
    (terms) =>
      !carried.some(
        (other) =>
          other.madeAt > terms.madeAt &&
          isAsMuch(other, terms) &&
          placeOf(other) === placeOf(terms) &&
          endsAsMuch(other.named, terms.named),
      ),
  );
}
