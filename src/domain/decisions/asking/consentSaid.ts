import type { ConsentVerdict } from "../../consent/checkConsent.ts";
import { isUnlabelled } from "../../consent/checkConsent.ts";
import { deciding, type OpenPart, type Way, waysOf } from "../../consent/openWays.ts";
import type { Consent, ConsentRef } from "../../consent/types.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { settingsOf, silenceFor } from "../../policy/organizations.ts";
import { consentProblem } from "../consentReasons.ts";
import { dataAsked } from "../consentUse.ts";
import { consentVerdict, isGuarded } from "../consentVerdict.ts";
import type { DecideFacts } from "../facts.ts";
import { linkedNow } from "../gather.ts";
import { queryOf } from "../holds/query.ts";
import { mergeFacts } from "../mergeFacts.ts";
import type { ReasonCode } from "../reason.ts";
import type { AccessRequest } from "../types.ts";

/** PERMITTED: by what the patient said. BY_SILENCE: nothing that they said speaks to it. DEPENDS: on roles, scopes or clients that consents name. */
export type SaidOutcome = "PERMITTED" | "BY_SILENCE" | "DENIED" | "DEPENDS";

/** What a patient's consents say of an access, without rules, scopes and roles. */
export interface ConsentSaid {
  readonly outcome: SaidOutcome;
  /** Why it is denied, or of DEPENDS would be; null: it is permitted. */
  readonly code: ReasonCode | null;
  /** In a sentence or two. */
  readonly text: string;
  /** Whether a part of the data is withheld. */
  readonly isPartial: boolean;
  /** The consents on which it rests. */
  readonly basedOn: readonly ConsentRef[];
}

/** A question about one patient's data; the client null: any. */
export interface SaidQuestion {
  readonly clientId: string | null;
  readonly request: AccessRequest;
}

const NO_BECAUSE: { readonly [Code in ReturnType<typeof consentProblem>["code"]]?: string } = {
  CONSENT_REQUIRED: "No: the patient said nothing that permits it, and it needs consent.",
  CONSENT_REFUSED: "No: the patient refuses it.",
  CONSENT_WITHDRAWN: "No: the consent for it was withdrawn.",
  CONSENT_EXPIRED: "No: the consent for it is not in force now.",
  CONSENT_OTHER_PURPOSE: "No: the patient agreed to other purposes.",
  CONSENT_OTHER_RECIPIENT: "No: the patient agreed to others.",
  CONSENT_DATA_EXCEPTED: "No: the patient kept this data back.",
  BREAK_GLASS_REQUIRED: "No: without consent it takes an emergency that is open.",
};
const KIND_WORDS = { CLIENT: "the client", ROLE: "the role", SCOPE: "the scope" } as const;
/** Ways that a sentence names. */
const MOST_NAMED = 3;

const partsText = (parts: readonly OpenPart[]): string =>
  parts.map(({ kind, name }) => `${KIND_WORDS[kind]} ${name}`).join(" and ");

interface Tried {
  readonly way: Way;
  readonly verdict: ConsentVerdict;
  readonly code: ReasonCode | null;
}

function textOf(
  { code, verdict }: Tried,
  {
    areAll,
    named,
    withheld,
  }: {
    readonly named: readonly (readonly OpenPart[])[];
    readonly areAll: boolean;
    readonly withheld: readonly string[];
  },
): string {
  const base = verdict.permits
    ? verdict.basedOn.length > 0
      ? "Yes: the patient's consents permit it."
      : "Yes: the patient said nothing against it, and silence permits it."
    : (NO_BECAUSE[code ?? "CONSENT_REQUIRED"] ?? "No.");
  const shown = named.slice(0, MOST_NAMED).map(partsText);
  const more = named.length > MOST_NAMED ? " and others" : "";
  const otherwise =
    shown.length === 0 ? "" : ` ${verdict.permits ? "No" : "Yes"} with ${shown.join(", or with ")}${more}.`;
  const untried = areAll ? "" : " The consents name more clients, roles and scopes than can be tried together.";
  return `${base}${otherwise}${untried}${withheld.map((each) => ` ${each}`).join("")}`;
}

/**
 * What the newest versions of a patient's consents say of an access, by the same check as a decision's, whatever the policy would allow: each way
 * in which roles, scope and client can be is tried, as far as the consents tell them apart.
 */
export async function consentSaid(
  facts: DecideFacts,
  consents: readonly Consent[],
  { patient, question: { clientId, request: asked } }: { readonly patient: string; readonly question: SaidQuestion },
  breathe: Breathe,
): Promise<ConsentSaid> {
  const gathered = { consents, linked: linkedNow(consents, asked, facts.directory) };
  const { known, request } = mergeFacts(facts.directory, asked);
  const settings = settingsOf(facts.snapshot, request.resource.organization);
  const silence = silenceFor(settings.consentOnSilence, request.purposeOfUse);
  const query = queryOf(facts, request, []);
  const data = dataAsked({ facts: { ...facts, gathered }, known, query, request });
  const { areAll, ways } = waysOf(consents, clientId);
  let isPatient = false;
  const attempt = (way: Way): Tried => {
    const { recipient, verdict } = consentVerdict(
      {
        ...{ facts: { ...facts, gathered }, known, query },
        request: { ...request, clientId: way.clientId },
        held: new Map(way.roles.map((role) => [role, null])),
      },
      // What is withheld of unlabelled data whatever was said is told beside it.
      { patient, consents, scope: way.scope, scopeAsks: false, data, settings, silence, isGuarded: false },
    );
    isPatient ||= recipient.who === "PATIENT";
    return { way, verdict, code: verdict.permits ? null : consentProblem(verdict, way.scope, recipient).code };
  };
  const [base, ...others] = ways;
  const first = attempt(base);
  const tried = [first];
  for (const way of others) {
    await breathe();
    tried.push(attempt(way));
  }
  const { permits } = first.verdict;
  const named = deciding(tried.map(({ verdict, way }) => ({ way, isOtherwise: verdict.permits !== permits })));
  const isPartial = tried.some(({ verdict }) => verdict.permits && verdict.obligations.length > 0);
  const guarded = isGuarded({ query }, settings) && isUnlabelled(data) && !isPatient;
  const isAllowedAnyhow = tried.some(({ verdict }) => verdict.permits);
  const withheld = [
    ...(isPartial ? ["A part of it is withheld."] : []),
    ...(guarded && isAllowedAnyhow
      ? ["What is specially protected among it is withheld unless a consent names it."]
      : []),
  ];
  const isOpen = named.length > 0 || !areAll;
  const settled = permits ? (first.verdict.basedOn.length > 0 ? "PERMITTED" : "BY_SILENCE") : "DENIED";
  return {
    outcome: isOpen ? "DEPENDS" : settled,
    code: first.code,
    text: textOf(first, { named, areAll, withheld }),
    isPartial: isPartial || withheld.length > 0,
    basedOn: first.verdict.basedOn,
  };
}
