import { ScopewardenError } from "../../kernel/errors.ts";
import { Ceiling } from "../../scopes/ceiling.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { MOST_EXCEPTIONS } from "../consentInput.ts";
import { matchScope } from "../scopeMatch.ts";
import { earlierTerms } from "../supersession.ts";
import type { Consent } from "../types.ts";
import type { AskedConsent, KeptConsentRequest } from "./consentRequest.ts";
import {
  contentOf,
  exceptionOf,
  type GrantContent,
  grantOf,
  grantTerms,
  isOfGrant,
  purposesOf,
  recipientsOf,
  termsOf,
} from "./grantConsent.ts";

/** What is answered, when and by which caller. Times are milliseconds since 1970. */
export interface Answer {
  readonly requestId: string;
  readonly agreed: readonly string[];
  readonly refused: readonly string[];
  readonly at: number;
  readonly callerId: string;
  /** Until when a yes holds where nothing is in force yet; null: without an end. */
  readonly validUntil: number | null;
  readonly refusedDays: number;
  /** The id of a consent that is not there yet. */
  readonly newId: string;
}

const DAY_MS = 86_400_000;

const changed = (what: string): ScopewardenError =>
  new ScopewardenError("CONFLICT", `${what} since the patient was asked. Nothing was changed; ask again.`);

const endsLater = (a: number | null, b: number | null): boolean => b !== null && (a === null || a > b);

/** The consent of which the answer makes the next version; null: it makes a new one. @throws ScopewardenError CONFLICT */
function goesOn(asked: AskedConsent, newest: readonly Consent[], at: number): Consent | null {
  if (asked.grantAction === "CREATE") return null;
  const standing = grantOf(newest, asked, at);
  if (asked.grantId === null) return standing;
  if (standing?.id !== asked.grantId || standing.step === "WITHDRAWN")
    throw changed("The grant has ended or was replaced");
  return standing;
}

/** That a new grant is newer: of two that are made at the same time none would replace the other. @throws ScopewardenError CONFLICT */
export function requireNewer(asked: AskedConsent, newest: readonly Consent[], at: number): void {
  const standing = asked.grantAction === "CREATE" ? grantOf(newest, asked, at) : null;
  if (standing !== null && (standing.madeAt ?? at) >= at) throw changed("The grant has changed");
}

/**
 * That a question is newer than what the patient last said of its grant: that this was not withdrawn since, and no other question was
 * answered about a scope that has something in common with one of this. At the same time counts as since. `previous`: the version
 * before one, `answered`: the request to which a version is the answer. @throws ScopewardenError CONFLICT
 */
export async function requireNothingSaidSince(
  request: KeptConsentRequest,
  newest: readonly Consent[],
  {
    answered,
    previous,
  }: {
    readonly previous: (consent: Consent) => Promise<Consent | null>;
    readonly answered: (id: string) => Promise<KeptConsentRequest | null>;
  },
): Promise<void> {
  for (const grant of newest.filter((each) => isOfGrant(each, request)))
    for (
      let said: Consent | null = grant;
      said !== null && said.recordedAt >= request.requestedAt;
      said = await previous(said)
    ) {
      if (said.step === "WITHDRAWN") throw changed("The grant was withdrawn");
      const answer = (await answered(said.answers ?? ""))?.answered ?? null;
      if (answer === null) throw changed("The grant has changed");
      const about = [...answer.agreed, ...answer.refused];
      // As a refusal is matched: whatever two scopes have in common counts.
      const again = request.scopes.find((scope) => matchScope(about, { scope }, "DENY") !== "NONE");
      if (again !== undefined) throw changed(`Another request about the scope ${again} was answered`);
    }
}

/** Whether scopes together take in another. */
function within(scopes: readonly string[]): (scope: string) => boolean {
  const names = new Set(scopes);
  const together = new Ceiling(scopes.flatMap((scope) => parseSmartScope(scope) ?? []));
  return (scope) => {
    const smart = parseSmartScope(scope);
    return names.has(scope) || (smart !== null && together.coversWhole(smart));
  };
}

/** What the grant comes to. What was agreed before keeps its end; a no that was not asked again is remembered. */
function contentAfter(asked: AskedConsent, answer: Answer, newest: readonly Consent[]): GrantContent {
  const before = contentOf(grantOf(newest, asked, answer.at), answer.at);
  const kept = asked.grantAction === "MERGE" ? before.permitted : [];
  const permitted = [...new Set([...kept, ...answer.agreed])].filter((scope) => !answer.refused.includes(scope));
  const until = kept.length > 0 ? before.until : answer.validUntil;
  if (answer.agreed.length > 0 && endsLater(until, answer.validUntil))
    throw changed("How long the grant holds has changed");
  const isPermitted = within(permitted);
  const refused = new Map([...before.refused].filter(([scope]) => !isPermitted(scope)));
  for (const scope of answer.refused) refused.set(scope, answer.at + answer.refusedDays * DAY_MS);
  return { permitted, until, refused };
}

/**
 * Whether a patient has refused everyone as a whole: to that a yes may be an exception. What was refused to some in particular, or
 * in an answer, stands.
 */
export const isRefusalOfEveryone = ({ answers, effect, recipients }: Consent): boolean =>
  effect === "DENY" && recipients === null && answers === undefined;

/** A refusal with an exception for a grant; null: it may have none, or has no room for one. */
function excepting(
  refusal: Consent,
  asked: AskedConsent,
  {
    agreed,
    grant: { id: grantId, recordedAt: at, validUntil },
  }: { readonly agreed: readonly string[]; readonly grant: Consent },
): Consent | null {
  if (!isRefusalOfEveryone(refusal)) return null;
  const isOurs = ({ grantId: id, validUntil: end }: Consent["exceptions"][number]) =>
    id === grantId || (id !== undefined && end !== null && end <= at);
  const before = refusal.exceptions.find(({ grantId: id }) => id === grantId);
  const others = refusal.exceptions.filter((exception) => !isOurs(exception));
  if (others.length >= MOST_EXCEPTIONS) return null;
  const purposes = purposesOf(asked);
  const scopes = [...new Set([...(before?.scopes ?? []), ...agreed])];
  const exception = {
    ...exceptionOf("PERMIT", scopes, { recipients: recipientsOf(asked), purposes, validUntil }),
    grantId,
  };
  return { ...refusal, exceptions: [...others, exception] };
}

/**
 * The versions of consents that an answer makes, the grant first: it permits what was agreed, and of what it permitted before what the
 * action keeps; and, after a yes, each refusal that stood in the way, with an exception for the grant. Pure. `newest`: the newest
 * version of each of the patient's consents.
 * @throws ScopewardenError CONFLICT where that is not what the patient was shown
 */
export function consentsAnswering(
  asked: AskedConsent,
  answer: Answer,
  newest: readonly Consent[],
): readonly [Consent, ...Consent[]] {
  const { at, callerId, requestId } = answer;
  const before = goesOn(asked, newest, at);
  const recorded = { recordedAt: at, recordedBy: callerId } as const;
  const said: Consent = {
    ...grantTerms(asked),
    ...termsOf(contentAfter(asked, answer, newest)),
    answers: requestId,
    id: before?.id ?? answer.newId,
    version: (before?.version ?? 0) + 1,
    step: "RECORDED",
    source: { kind: "AUTHORIZATION_SERVER", reference: requestId },
    madeAt: at,
    ...recorded,
    reason: "The answer to a consent request",
  };
  const earlier = before === null ? [] : earlierTerms(before, said);
  const grant = earlier.length === 0 ? said : { ...said, earlier };
  if (answer.agreed.length === 0) return [grant];
  const excepted = asked.inTheWay.map(({ id, version }) => {
    const refusal = newest.find((each) => each.id === id);
    const next = refusal?.version === version ? excepting(refusal, asked, { agreed: answer.agreed, grant }) : null;
    if (refusal === undefined || next === null) throw changed("What the patient refused has changed");
    return {
      ...next,
      ...recorded,
      version: version + 1,
      reason: "An exception that the answer to a consent request made",
    };
  });
  return [grant, ...excepted];
}

/** The same consents with these in place of their earlier versions. */
export function withVersions(newest: readonly Consent[], versions: readonly Consent[]): readonly Consent[] {
  const ids = new Set(versions.map(({ id }) => id));
  return [...newest.filter(({ id }) => !ids.has(id)), ...versions];
}

/** What is left of a grant where all is asked anew: what was refused, as long as that is remembered. */
export function withoutGrant(newest: readonly Consent[], asked: AskedConsent, now: number): readonly Consent[] {
  const standing = grantOf(newest, asked, now);
  if (standing === null) return newest;
  const { refused } = contentOf(standing, now);
  const others = newest.filter((each) => !isOfGrant(each, asked));
  return refused.size === 0
    ? others
    : [...others, { ...standing, ...termsOf({ permitted: [], until: null, refused }) }];
}
