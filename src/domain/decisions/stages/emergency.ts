import type { KeptBreakGlass } from "../../consent/breakGlass/breakGlass.ts";
import { checkConsent as lookAtConsent } from "../../consent/checkConsent.ts";
import { checkInEmergency } from "../../consent/checkInEmergency.ts";
import { purposesAsked } from "../../consent/hl7Codes.ts";
import { settingsOf, silenceFor } from "../../policy/organizations.ts";
import type { ConsentDuties } from "../consentObligations.ts";
import { allowedByConsent, consentProblem } from "../consentReasons.ts";
import { dataAsked, ifWrites, recipientOf } from "../consentUse.ts";
import { isGuarded } from "../consentVerdict.ts";
import { breakGlassRequired, emergenciesFor, inBreakGlass, isEmergencyUse } from "../emergency.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import type { Reason } from "../reason.ts";
import type { AccessCheck, GrantCheck } from "../scopeCheck.ts";
import { patientsIn } from "./consent.ts";

/**
 * Stage 5 where the purpose is to break glass: an emergency is open for the subject, for each patient whose data it is, and in
 * the organization of the resource. It satisfies what asks for consent; what would have come of it without is told as well. A
 * refusal that stands against it is told also where no emergency is open.
 */
export function checkEmergency(question: AccessQuestion, check: AccessCheck): boolean {
  const { facts, held, request } = question;
  if (!isEmergencyUse(request)) return true;
  const { purposeOfUse: purpose, resource, subject } = request;
  const patients = patientsIn(question, check);
  if (patients.length === 0) {
    check.emergency = breakGlassRequired("NOBODY", check.scope);
    return false;
  }
  const asked = check.version?.requiresConsent === true ? check.version : check.asking[0];
  const scope = asked?.name ?? check.scope;
  const settings = settingsOf(facts.snapshot, resource.organization);
  const silence = silenceFor(settings.consentOnSilence, purpose);
  const guarded = isGuarded(question, settings);
  const of = {
    purposes: purposesAsked(purpose),
    scope: check.scope,
    action: null,
    ...ifWrites(question.query.action),
    at: facts.now,
    data: dataAsked(question),
  };
  const emergencies = [];
  const notices: Reason[] = [];
  const duties: ConsentDuties[] = [];
  const elsewhere: KeptBreakGlass[] = [];
  for (const patient of patients) {
    const anywhere = emergenciesFor(facts, subject, patient);
    const open = anywhere.find((each) => each.organization === resource.organization);
    if (open === undefined) {
      elsewhere.push(...anywhere);
      check.emergency = breakGlassRequired("PATIENT", check.scope, elsewhere);
    } else emergencies.push(open);
    const consents = (facts.gathered?.consents ?? []).filter((consent) => consent.patient === patient);
    const known = { consents, isGuarded: guarded, silence };
    const recipient = recipientOf(request, {
      gathered: facts.gathered,
      patient,
      known: question.known,
      roles: held,
      scope: check.scope,
      snapshot: facts.snapshot,
    });
    const use = { question: { patient, recipient, ...of }, purpose, scopeAsks: asked !== undefined };
    const verdict = checkInEmergency(known, use, settings.emergencyOverridesRefusal);
    if (!verdict.permits) {
      check.consent = consentProblem(verdict, scope, recipient);
      break;
    }
    if (open === undefined) continue;
    const ordinary = lookAtConsent(known, use);
    notices.push(
      inBreakGlass(open, ordinary.permits ? null : consentProblem(ordinary, scope, recipient).code, check.scope),
    );
    if (ordinary.permits && ordinary.basedOn.length > 0) notices.push(allowedByConsent(ordinary.basedOn, check.scope));
    const { basedOn, noRedisclosure, obligations } = verdict;
    if (obligations.length > 0 || noRedisclosure)
      duties.push({ askEachPatient: false, basedOn, noRedisclosure, obligations });
  }
  check.emergencies = emergencies;
  check.consentNotices = notices;
  check.consentDuties = duties;
  return check.emergency === null && check.consent === null;
}

/** The same of a scope for a token: an emergency is open in which what the rules can allow is refused by nobody. */
export function checkEmergencyToGrant({ request }: GrantQuestion, { lacking, problems }: GrantCheck): boolean {
  if (!isEmergencyUse(request) || lacking === null) return true;
  problems.push(lacking);
  return false;
}
