import type { ConsentRequest, GrantDecision, ScopeGrant } from "./scopewarden.ts";

/** What a consent page says and asks. */
export interface Offer {
  /** What the patient is asked; null: nothing. */
  readonly asked: ConsentRequest | null;
  /** What needs no consent of the patient: the person may leave it out. */
  readonly ticks: readonly ScopeGrant[];
  /** What the app is given without another question. */
  readonly given: readonly ScopeGrant[];
  /** What it asked for and does not get. */
  readonly refused: readonly ScopeGrant[];
}

/** What a tick stands for: exactly what the page says. */
export const tickOf = ({ scopes }: ScopeGrant): string => scopes.join(" ");

interface OfferFacts {
  readonly asked: ConsentRequest | null;
  /** Whether the app wants all to be asked again (`prompt=consent`): all that needs no consent of the patient, that is. */
  readonly asksAll: boolean;
  /** What the patient has agreed to before. */
  readonly before: readonly string[];
}

/** What the page asks: the consent that is missing, and a tick for what else is new. All the rest it only tells. */
export function offerOf({ newScopes, scopes }: GrantDecision, { asked, asksAll, before }: OfferFacts): Offer {
  const granted = scopes.filter((each) => each.scopes.length > 0);
  const ticks = granted.filter(
    (each) =>
      // Who the person is, the login has said; what a patient has agreed to, Scopewarden remembers.
      each.requested !== "openid" &&
      !each.scopes.every((scope) => before.includes(scope)) &&
      (asksAll || each.scopes.some((scope) => newScopes.includes(scope))),
  );
  return {
    asked,
    ticks,
    given: granted.filter((each) => !ticks.includes(each)),
    refused: scopes.filter((each) => each.scopes.length === 0),
  };
}

/** What a person said to an offer. */
export interface Said {
  /** Of what the patient was asked. */
  readonly agreed: readonly string[];
  readonly refused: readonly string[];
  readonly ticked: readonly ScopeGrant[];
}

export function saidIn(form: URLSearchParams | null, { asked, ticks }: Offer): Said {
  const [scopes, consents] = [form?.getAll("scope") ?? [], form?.getAll("consent") ?? []];
  const names = asked?.scopes.map(({ scope }) => scope) ?? [];
  return {
    agreed: names.filter((name) => consents.includes(name)),
    refused: names.filter((name) => !consents.includes(name)),
    ticked: ticks.filter((each) => scopes.includes(tickOf(each))),
  };
}

/** Of what is granted now, what goes on: what was agreed to, ticked, or told. A policy that has changed meanwhile adds nothing. */
export function goesOn(now: GrantDecision, { given }: Offer, { agreed, ticked }: Said): readonly string[] {
  const seen = new Set([...agreed, ...[...given, ...ticked].flatMap(({ scopes }) => scopes)]);
  return now.scopes.flatMap(({ requested, scopes }) =>
    agreed.includes(requested) ? scopes : scopes.filter((scope) => seen.has(scope)),
  );
}
