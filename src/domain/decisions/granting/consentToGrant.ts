import { type ConsentVerdict, checkConsent } from "../../consent/checkConsent.ts";
import { canonicalPurpose } from "../../consent/hl7Codes.ts";
import type { Consent } from "../../consent/types.ts";
import { settingsOf, silenceFor } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { SILENCES, type Silence } from "../../policy/types.ts";
import { consentProblem, noPatientNamed } from "../consentReasons.ts";
import { isPatientData, recipientOf } from "../consentUse.ts";
import { Unknown } from "../partial.ts";
import type { GrantQuestion } from "../question.ts";
import type { Reason } from "../reason.ts";
import type { Place } from "./places.ts";

const NONE: readonly Consent[] = [];

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
function silenceIn(snapshot: Snapshot, organization: string | null | Unknown, purpose: string | null): Silence {
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
  if (request.purposeOfUse !== null) return [[canonicalPurpose(request.purposeOfUse)]];
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
export function consentToGrant(question: GrantQuestion, cell: UsedIn, asking: AskingScope): Reason | null {
  const { facts, request } = question;
  const patient = request.context?.patient ?? null;
  const { carried, name, requiresConsent } = asking;
  if (patient === null) {
    const isMissing = requiresConsent && question.isAccess === true && (facts.gathered?.consents ?? NONE).length === 0;
    return isMissing ? noPatientNamed("SCOPE", name) : null;
  }
  const { organization, patients, roles } = cell.place;
  const silence = silenceIn(facts.snapshot, organization, request.purposeOfUse);
  if (patients !== "CONTEXT") {
    // The token is for the patient in context: for others, or for nobody, there is no consent.
    if (requiresConsent) return noPatientNamed("SCOPE", name);
    const isAsked = silence !== "PERMIT" && isPatientData(cell.resourceType, cell.action === "search");
    return isAsked && patients === "NOBODY" ? noPatientNamed("SILENCE", name) : null;
  }
  const consents = (facts.gathered?.consents ?? NONE).filter((consent) => consent.patient === patient);
  if (consents.length === 0 && silence === "PERMIT" && !requiresConsent) return null;
  let refused: Extract<ConsentVerdict, { readonly permits: false }> | null = null;
  for (const purposes of purposesOf(question, consents)) {
    const verdict = checkConsent(
      { consents, silence },
      {
        question: {
          patient,
          recipient: recipientOf(request, roles.keys()),
          purposes,
          scope: carried,
          action: null,
          at: facts.now,
          data: { kind: "SET", resourceType: cell.resourceType },
        },
        // Of a purpose that is not declared yet `silence` is the loosest already.
        purpose: request.purposeOfUse ?? "TREAT",
        scopeAsks: requiresConsent,
        isOwn:
          request.subject?.id === patient || question.known?.entities.subject?.properties?.patientRecord === patient,
      },
    );
    if (verdict.permits) return null;
    refused ??= verdict;
  }
  return refused === null ? null : consentProblem(refused, name);
}
