import type { CallerSubject, Identity } from "./types.ts";

const differ = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;

const isSomebodyElse = (a: CallerSubject, b: CallerSubject): boolean =>
  a.id !== b.id || differ(a.type, b.type) || differ(a.issuer, b.issuer);

/**
 * Whether two callers are, or may be, one person: whoever must be "somebody else" is compared by this. Keys and tokens do
 * not count, only to whom they belong, so that a second key that somebody made for themselves is themselves. What is
 * not said can't tell two people apart, so a caller without a subject may be anybody.
 */
export const samePerson = (a: Pick<Identity, "subject">, b: Pick<Identity, "subject">): boolean =>
  a.subject === null || b.subject === null || !isSomebodyElse(a.subject, b.subject);

/**
 * Whether two callers are one person for all that is said of them: what a person may because of who they are is granted by this. A type that
 * is not said is none; an issuer that is not said of both is not compared.
 */
export const isSurelySamePerson = (a: Pick<Identity, "subject">, b: Pick<Identity, "subject">): boolean =>
  a.subject !== null &&
  b.subject !== null &&
  a.subject.id === b.subject.id &&
  a.subject.type === b.subject.type &&
  !differ(a.subject.issuer, b.subject.issuer);
