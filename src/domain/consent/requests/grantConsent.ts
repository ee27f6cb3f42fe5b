import { sameJson } from "../../kernel/canonical.ts";
import { consentState } from "../consentState.ts";
import { ALL_DATA } from "../dataMatch.ts";
import type { Consent, ConsentException, RecipientTerms } from "../types.ts";
import type { GrantKey } from "./consentRequest.ts";

const NO_ONE = { role: null, organization: null, group: null, identifier: null } as const;

/** The recipients of a grant: its client, with its subject. */
export const recipientsOf = ({ clientId, subject }: GrantKey): readonly RecipientTerms[] => [
  { clientId, subject: subject === null ? null : { id: subject.id, type: subject.type }, ...NO_ONE },
];

/** The purposes of a consent; null: any that need not be named. */
export const purposesOf = ({ purposes }: GrantKey): readonly string[] | null =>
  purposes.length === 0 ? null : purposes;

/** An exception of these scopes for a while, otherwise as its consent. */
export const exceptionOf = (
  effect: Consent["effect"],
  scopes: readonly string[],
  more: Partial<ConsentException>,
): ConsentException => ({
  effect,
  recipients: null,
  scopes,
  purposes: null,
  actions: null,
  data: ALL_DATA,
  validFrom: null,
  validUntil: null,
  ...more,
});

/** What consents of a grant have in common. */
export const grantTerms = (key: GrantKey) => ({
  patient: key.patient,
  recipients: recipientsOf(key),
  purposes: purposesOf(key),
  actions: null,
  data: ALL_DATA,
  validFrom: null,
  includeNarrower: false,
});

/** Whether a consent is one that answers made of this patient, client, subject and purposes. */
export function isOfGrant(consent: Consent, key: GrantKey): boolean {
  const { answers, patient, purposes, recipients } = consent;
  const of = purposesOf(key);
  return (
    answers !== undefined &&
    patient === key.patient &&
    sameJson(purposes === null ? null : [...purposes].sort(), of === null ? null : [...of].sort()) &&
    sameJson(recipients as unknown as null, recipientsOf(key) as unknown as null)
  );
}

/**
 * The one consent that answers of this patient, client, subject and purposes made, in whatever state it is but replaced; null:
 * there is none. `newest`: the newest version of each of the patient's consents.
 */
export function grantOf(newest: readonly Consent[], key: GrantKey, now: number): Consent | null {
  const found = newest.filter((each) => isOfGrant(each, key) && consentState(each, newest, now) !== "SUPERSEDED");
  return found.sort((a, b) => (b.madeAt ?? 0) - (a.madeAt ?? 0) || (a.id < b.id ? -1 : 1))[0] ?? null;
}

/** What of a grant is in force at a time. */
export interface GrantContent {
  readonly permitted: readonly string[];
  /** When what is permitted ends; null: with no end. */
  readonly until: number | null;
  /** Each refused scope with the time until which that is remembered. */
  readonly refused: ReadonlyMap<string, number>;
}

const NOTHING: GrantContent = { permitted: [], until: null, refused: new Map() };

export function contentOf(grant: Consent | null, now: number): GrantContent {
  if (grant === null || grant.step === "WITHDRAWN") return NOTHING;
  const { effect, exceptions, scopes, validUntil } = grant;
  if (validUntil !== null && validUntil <= now) return NOTHING;
  const refused = new Map<string, number>();
  const refuse = (names: readonly string[] | null, end: number | null): void => {
    for (const name of names ?? []) if (end !== null && end > now) refused.set(name, end);
  };
  if (effect === "DENY") refuse(scopes, validUntil);
  for (const exception of exceptions) if (exception.effect === "DENY") refuse(exception.scopes, exception.validUntil);
  return effect === "DENY" ? { ...NOTHING, refused } : { permitted: scopes ?? [], until: validUntil, refused };
}

/** Scopes that are refused, those with the same end together. */
function refusals(refused: ReadonlyMap<string, number>): readonly (readonly [end: number, scopes: string[]])[] {
  const byEnd = new Map<number, string[]>();
  for (const [scope, end] of refused) {
    const same = byEnd.get(end);
    if (same === undefined) byEnd.set(end, [scope]);
    else same.push(scope);
  }
  return [...byEnd].sort(([a], [b]) => b - a);
}

/** Effect, scopes, end and exceptions of a consent that says this. Where nothing is permitted it is a refusal, as long as the last one. */
export function termsOf({
  permitted,
  refused,
  until,
}: GrantContent): Pick<Consent, "effect" | "exceptions" | "scopes" | "validUntil"> {
  const denied = refusals(refused);
  const [longest, ...shorter] = denied;
  const excepted = (each: typeof denied) =>
    each.map(([validUntil, scopes]) => exceptionOf("DENY", scopes, { validUntil }));
  if (permitted.length === 0 && longest !== undefined)
    return { effect: "DENY", scopes: longest[1], validUntil: longest[0], exceptions: excepted(shorter) };
  return { effect: "PERMIT", scopes: permitted, validUntil: until, exceptions: excepted(denied) };
}
