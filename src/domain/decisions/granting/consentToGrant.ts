import { type ConsentFacts, type ConsentUse, type ConsentVerdict, checkConsent } from "../../consent/checkConsent.ts";
import { purposesAsked } from "../../consent/hl7Codes.ts";
import type { Consent } from "../../consent/types.ts";
import { settingsOf, silenceFor } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { SILENCES, type Silence } from "../../policy/types.ts";
import type { Purpose } from "../../scopes/purposes.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { consentProblem, noPatientNamed } from "../consentReasons.ts";
import { ifWrites, isPatientData, recipientOf } from "../consentUse.ts";
import { isEmergencyUse } from "../emergency.ts";
import { Unknown } from "../partial.ts";
import type { GrantQuestion } from "../question.ts";
import type { Reason } from "../reason.ts";
import { emergencyToGrant } from "./emergencyToGrant.ts";
import type { Place } from "./places.ts";

const NONE: readonly Consent[] = [];

/** The consent that requests of a kind need. */
export interface ConsentToGrant {
  /** Why none of them has it; null: they have it, or some may have it. */
  readonly lacking: Reason | null;
  /** When the consents end on which that rests, in milliseconds since 1970; null: it rests on none, or they have no end. */
  readonly until: () => number | null;
}

const NEVER = (): null => null;
const NOT_ASKED: ConsentToGrant = { lacking: null, until: NEVER };
const lacks = (lacking: Reason): ConsentToGrant => ({ lacking, until: NEVER });

/** Ends that are looked at, so that the work stays bounded; the last of more counts as one after which nothing is permitted. */
const MOST_ENDS = 8;

/** The first end of what a permission rests on after which it is not permitted. */
function endOf(facts: ConsentFacts, use: ConsentUse, basedOn: Extract<ConsentVerdict, { permits: true }>["basedOn"]) {
  const consents = facts.consents.filter(({ id }) => basedOn.some((ref) => ref.id === id));
  const ends = consents.flatMap(({ exceptions, validUntil }) => [
    validUntil,
    ...exceptions.flatMap((exception) => [exception.validFrom, exception.validUntil]),
  ]);
  const after = ends.filter((end) => end !== null && end > use.question.at) as readonly number[];
  const turns = [...new Set(after)].sort((a, b) => a - b);
  for (const [i, at] of turns.entries())
    if (i === MOST_ENDS || !checkConsent(facts, { ...use, question: { ...use.question, at } }).permits) return at;
  return null;
}

/** What asks: a scope that may ask for consent whatever silence means. */
interface AskingScope {
  readonly name: string;
  readonly requiresConsent: boolean;
  /** The scope that the token would carry, to which the patient agrees: `authorize` asks by the one that is presented. */
  readonly carried: string;
}

/** What consent looks at of a cell. */
interface UsedIn {
  readonly place: Place;
  readonly action: string;
  readonly resourceType: string;
}

const looser = (a: Silence, b: Silence): Silence => (SILENCES.indexOf(a) > SILENCES.indexOf(b) ? a : b);

/** What silence means in a place; of what is not known yet the loosest, as a request may be made where that holds. */
function silenceIn(snapshot: Snapshot, organization: string | null | Unknown, purpose: Purpose | null): Silence {
  const inOne = (id: string | null): Silence => {
    const rules = settingsOf(snapshot, id).consentOnSilence;
    return purpose === null
      ? rules.map(({ silence }) => silence).reduce(looser, silenceFor(rules, null))
      : silenceFor(rules, purpose);
  };
  if (!(organization instanceof Unknown)) return inOne(organization);
  const others = [...snapshot.organizations.values()].filter(
    ({ consentOnSilence, id }) => consentOnSilence !== null && !organization.not.includes(id),
  );
  return others.map(({ id }) => inOne(id)).reduce(looser, inOne(null));
}

/** The purposes under which a token may be used: the one that is declared, or each that a consent speaks of, and none. */
function purposesOf({ request }: GrantQuestion, consents: readonly Consent[]): readonly (readonly string[])[] {
  if (request.purposeOfUse !== null) return [purposesAsked(request.purposeOfUse)];
  const named = consents.flatMap(({ exceptions, purposes }) => [
    ...(purposes ?? []),
    ...exceptions.flatMap((exception) => exception.purposes ?? []),
  ]);
  return [[], ...[...new Set(named)].sort().map((purpose) => [purpose])];
}

/**
 * Why requests of a cell have not the consent that they need; null: they have it, or some may have it. What the resource is
 * comes later, as does whose it is where the token is for no patient in particular: then `authorize` asks for it.
 */
export function consentToGrant(question: GrantQuestion, cell: UsedIn, asking: AskingScope): ConsentToGrant {
  const { facts, request } = question;
  if (isEmergencyUse(request)) {
    const lacking = emergencyToGrant(question, cell, asking.name);
    return lacking === null ? NOT_ASKED : lacks(lacking);
  }
  const patient = request.context?.patient ?? null;
  const { carried, name, requiresConsent } = asking;
  if (patient === null) {
    const isMissing = requiresConsent && question.isAccess === true && (facts.gathered?.consents ?? NONE).length === 0;
    return isMissing ? lacks(noPatientNamed("SCOPE", name)) : NOT_ASKED;
  }
  const { organization, patients, roles } = cell.place;
  const silence = silenceIn(facts.snapshot, organization, request.purposeOfUse);
  // A search that names nobody is confined to the patient in context by such a scope.
  const isConfined = patients === "NOBODY" && parseSmartScope(carried)?.context === "PATIENT";
  if (patients !== "CONTEXT" && !isConfined) {
    // The token is for the patient in context: for others, or for nobody, there is no consent.
    if (requiresConsent) return lacks(noPatientNamed("SCOPE", name));
    const isAsked = silence !== "PERMIT" && isPatientData(cell.resourceType, cell.action === "search");
    return isAsked && patients === "NOBODY" ? lacks(noPatientNamed("SILENCE", name)) : NOT_ASKED;
  }
  const consents = (facts.gathered?.consents ?? NONE).filter((consent) => consent.patient === patient);
  if (consents.length === 0 && silence === "PERMIT" && !requiresConsent) return NOT_ASKED;
  const recipient = recipientOf(request, {
    gathered: facts.gathered,
    known: question.known,
    patient,
    roles,
    scope: carried,
    snapshot: facts.snapshot,
  });
  let refused: Extract<ConsentVerdict, { readonly permits: false }> | null = null;
  for (const purposes of purposesOf(question, consents)) {
    const use: ConsentUse = {
      question: {
        patient,
        recipient,
        purposes,
        scope: carried,
        action: null,
        ...ifWrites(cell.action),
        at: facts.now,
        data: { kind: "SET", resourceType: cell.resourceType },
      },
      // Of a purpose that is not declared yet `silence` is the loosest already.
      purpose: request.purposeOfUse ?? "TREAT",
      scopeAsks: requiresConsent,
    };
    const verdict = checkConsent({ consents, isGuarded: false, silence }, use);
    if (verdict.permits) {
      const { basedOn } = verdict;
      return basedOn.length === 0
        ? NOT_ASKED
        : { lacking: null, until: () => endOf({ consents, isGuarded: false, silence }, use, basedOn) };
    }
    refused ??= verdict;
  }
  return refused === null ? NOT_ASKED : lacks(consentProblem(refused, name, recipient));
}
