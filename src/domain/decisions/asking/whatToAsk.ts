import { MOST_VALUES } from "../../consent/consentInput.ts";
import { purposesAsked } from "../../consent/hl7Codes.ts";
import { consentsAnswering, withoutGrant, withVersions } from "../../consent/requests/answerRequest.ts";
import type { AskedConsent, GrantAction, GrantKey } from "../../consent/requests/consentRequest.ts";
import type { Consent } from "../../consent/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { Ceiling } from "../../scopes/ceiling.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { recipientOf } from "../consentUse.ts";
import type { DecideFacts } from "../facts.ts";
import { placesOf } from "../granting/places.ts";
import { mergeFacts } from "../mergeFacts.ts";
import type { Reason, ReasonCode } from "../reason.ts";
import type { GrantRequest, ScopeGrant } from "../types.ts";
import { type ConsentUser, type RefusalsOf, refusalsInTheWay, refusedInParticular } from "./refusing.ts";

/** Why a consent is not there: whether the patient may be asked for it. */
const ASKABLE: { readonly [Code in ReasonCode]?: boolean } = {
  CONSENT_REQUIRED: true,
  CONSENT_WITHDRAWN: true,
  CONSENT_EXPIRED: true,
  CONSENT_OTHER_PURPOSE: true,
  CONSENT_OTHER_RECIPIENT: true,
  // Where what refuses is a refusal of everyone, of which a yes can be an exception.
  CONSENT_REFUSED: true,
  CONSENT_DATA_EXCEPTED: false,
  BREAK_GLASS_REQUIRED: false,
};

/** Whether all that is missing of a consent, and something is, is what a patient may be asked for. */
export function mayAsk(reasons: readonly Reason[]): boolean {
  const about = reasons.flatMap(({ code }) => ASKABLE[code] ?? []);
  return about.length > 0 && about.every((may) => may);
}

/** The patient, client, subject and purposes that a consent for a token would be of; null: no patient may be asked. */
export function grantKeyOf({ clientId, context, purposeOfUse, subject }: GrantRequest): GrantKey | null {
  const patient = context?.patient ?? null;
  const purposes = purposesAsked(purposeOfUse);
  if (patient === null || purposeOfUse === "BTG") return null;
  return { patient, clientId, subject: subject === null ? null : { type: subject.type, id: subject.id }, purposes };
}

/** Without those that the others take in: who agrees to them agrees to it. Of equal ones the first stays. */
export async function withoutCovered(scopes: readonly string[], breathe: Breathe): Promise<readonly string[]> {
  let kept = scopes;
  for (const scope of [...scopes].reverse()) {
    const smart = parseSmartScope(scope);
    if (smart === null) continue;
    await breathe();
    const others = kept.filter((other) => other !== scope);
    if (new Ceiling(others.flatMap((other) => parseSmartScope(other) ?? [])).coversWhole(smart)) kept = others;
  }
  return kept;
}

/** What is told of each requested scope, no reason left out. */
type GrantScopes = (facts: DecideFacts, request: GrantRequest) => Promise<readonly ScopeGrant[]>;
/** Each requested scope of which something would be granted, with what. */
type Gained = ReadonlyMap<string, readonly string[]>;
const NOTHING: Gained = new Map();

/** The use that a token would be for. */
function userOf(facts: DecideFacts, asked: GrantRequest, { patient, purposes }: GrantKey) {
  const { known, request } = mergeFacts(facts.directory, asked);
  const roles = new Set(placesOf(facts, request).flatMap((place) => [...place.roles.keys()]));
  const of = { gathered: facts.gathered, patient, known, roles, scope: null, snapshot: facts.snapshot };
  const user: ConsentUser = { at: facts.now, patient, purposes, recipient: recipientOf(request, of) };
  return { user, snapshot: facts.snapshot };
}

/** The requested scopes that lack consent: `refused` where the patient has refused it, though to everyone alone. */
async function findLacking(grants: readonly ScopeGrant[], newest: readonly Consent[], of: RefusalsOf) {
  const lacking = grants.filter(({ reasons }) => mayAsk(reasons));
  const isRefused = ({ reasons }: ScopeGrant): boolean => reasons.some(({ code }) => code === "CONSENT_REFUSED");
  const missing = lacking.filter((grant) => !isRefused(grant)).map(({ requested }) => requested);
  const all = lacking.filter(isRefused).map(({ requested }) => requested);
  const inParticular = await refusedInParticular(newest, all, of);
  const refused = all.filter((scope) => !inParticular.has(scope));
  const inTheWay = await refusalsInTheWay(newest, refused, of);
  return { missing, refused, inTheWay: inTheWay.map(({ id, version }) => ({ id, version })) };
}

/** What a yes to everything would make of the patient's consents; null: it could not be given. */
function afterYes(asked: AskedConsent, newest: readonly Consent[], now: number): readonly Consent[] | null {
  const nobody = { requestId: "", refused: [], callerId: "", validUntil: null, refusedDays: 0, newId: "" };
  try {
    return withVersions(newest, consentsAnswering(asked, { ...nobody, agreed: asked.scopes, at: now }, newest));
  } catch (error) {
    if (error instanceof ScopewardenError) return null;
    throw error;
  }
}

/**
 * What to ask a patient so that more of a token could be granted, by the facts of now; null: nothing. Each scope is tried before it
 * is named: with a yes to all of them it would be granted. `facts` has the newest version of each of the patient's consents.
 */
export async function whatToAsk(
  { grantScopes, breathe }: { readonly grantScopes: GrantScopes; readonly breathe: Breathe },
  facts: DecideFacts,
  {
    grantAction,
    grantId,
    request,
  }: { readonly grantAction: GrantAction; readonly grantId: string | null; readonly request: GrantRequest },
): Promise<AskedConsent | null> {
  const key = grantKeyOf(request);
  if (key === null) return null;
  const { now } = facts;
  const linked = facts.gathered?.linked ?? [];
  const newest = (facts.gathered?.consents ?? []).filter(({ patient }) => patient === key.patient);
  const draft: AskedConsent = { ...key, grantAction, grantId, scopes: [], inTheWay: [], languages: request.languages };
  const by = (consents: readonly Consent[]) => grantScopes({ ...facts, gathered: { consents, linked } }, request);

  const before = await by(grantAction === "MERGE" ? newest : withoutGrant(newest, draft, now));
  const found = await findLacking(before, newest, { ...userOf(facts, request, key), breathe });
  const wanted = [...found.missing, ...found.refused];
  if (wanted.length === 0) return null;

  /** What of them would be granted after a yes to them, with exceptions to these refusals. */
  async function gained(scopes: readonly string[], inTheWay: AskedConsent["inTheWay"]): Promise<Gained> {
    const consents = scopes.length === 0 ? null : afterYes({ ...draft, scopes, inTheWay }, newest, now);
    if (consents === null) return new Map();
    const after = await by(consents);
    const more = after.flatMap(({ requested, scopes: granted }, i) => {
      const had = new Set(before[i]?.scopes);
      const added = granted.filter((scope) => !had.has(scope));
      return scopes.includes(requested) && added.length > 0 ? [[requested, added] as const] : [];
    });
    return new Map(more);
  }

  const excepted = found.inTheWay.length === 0 ? NOTHING : await gained(wanted, found.inTheWay);
  const isNeeded = found.refused.some((scope) => excepted.has(scope));
  const all = isNeeded ? excepted : await gained(found.missing, []);
  const scopes = (await withoutCovered([...new Set([...all.values()].flat())], breathe)).slice(0, MOST_VALUES);
  return scopes.length === 0 ? null : { ...draft, scopes, inTheWay: isNeeded ? found.inTheWay : [] };
}
