import { isUnlabelled } from "../../consent/checkConsent.ts";
import { guardsAgainst } from "../../consent/specialProtection.ts";
import type { Consent } from "../../consent/types.ts";
import { settingsOf, silenceFor } from "../../policy/organizations.ts";
import { EXPORT } from "../../scopes/exports.ts";
import { isOfSet } from "../consentData.ts";
import type { ConsentDuties } from "../consentObligations.ts";
import { allowedByConsent, consentProblem, noPatientNamed } from "../consentReasons.ts";
import { dataAsked, isPatientData, isPatientFhirData } from "../consentUse.ts";
import { consentVerdict, isGuarded } from "../consentVerdict.ts";
import { isEmergencyUse } from "../emergency.ts";
import { saysLabels } from "../labelsStated.ts";
import { patientsOf } from "../patientsOf.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import type { Reason } from "../reason.ts";
import type { AccessCheck, GrantCheck } from "../scopeCheck.ts";

const NONE: readonly Consent[] = [];

/** Whose data it is: whom the resource names, or to whom the scope confines a search that names nobody. */
export function patientsIn({ request }: AccessQuestion, { within }: AccessCheck): readonly string[] {
  const named = patientsOf(request.resource);
  if (named.length > 0 || within.length === 0) return named;
  const confined = within.map(({ patient }) => patient);
  return confined.some((patient) => patient === null) ? named : [...new Set(confined as readonly string[])];
}

/** HL7 v3 ObservationValue: that nobody can be told from the data any more. What has pseudonyms (PSEUDED) is still some patient's. */
const ANONYMISED = ["ANONYED", "http://terminology.hl7.org/CodeSystem/v3-ObservationValue|ANONYED"];

/** Whether what is exported is nobody's data, as the directory says it; what the caller says of it does not count. */
function isAnonymised({ known, query }: AccessQuestion): boolean {
  const labels = known?.entities.resource?.properties?.labels;
  if (query.action !== EXPORT || !Array.isArray(labels)) return false;
  return labels.some((label) => ANONYMISED.includes(label as string));
}

/** Stage 5 for one scope: the consent that scope, data or organization ask for is there, and no patient refuses. */
export function checkConsent(question: AccessQuestion, check: AccessCheck): boolean {
  const { facts, query, request } = question;
  // Where the purpose is to break glass, checkEmergency has looked at consent.
  if (isEmergencyUse(request)) return true;
  const { asking, version } = check;
  const asked = version?.requiresConsent === true ? version : asking[0];
  const { purposeOfUse: purpose, resource } = request;
  const settings = settingsOf(facts.snapshot, resource.organization);
  const silence = silenceFor(settings.consentOnSilence, purpose);
  const consents = facts.gathered?.consents ?? NONE;
  const guarded = isGuarded(question, settings);
  const isSet = isOfSet(query.action);
  const areLabelsSaid = resource.labels !== null || saysLabels(resource.attributes);
  const mayAsk = asked !== undefined || silence !== "PERMIT" || areLabelsSaid;
  if (!mayAsk && !guarded && !isSet && consents.length === 0) return true;

  const patients = patientsIn(question, check);
  const scope = asked?.name ?? check.scope;
  if (patients.length === 0) {
    const lacks = asked !== undefined || (silence !== "PERMIT" && isPatientData(query.resourceType, isSet));
    if (lacks) {
      check.consent = noPatientNamed(asked === undefined ? "SILENCE" : "SCOPE", scope);
      return false;
    }
    const obligations = guarded && isUnlabelled(dataAsked(question)) ? guardsAgainst([]) : [];
    const askEachPatient = isSet && isPatientFhirData(query.resourceType) && !isAnonymised(question);
    if (askEachPatient || obligations.length > 0)
      check.consentDuties = [{ askEachPatient, basedOn: [], noRedisclosure: false, obligations }];
    return true;
  }
  const data = dataAsked(question);
  const notices: Reason[] = [];
  const duties: ConsentDuties[] = [];
  // What is about several people needs the consent of each.
  for (const patient of patients) {
    const own = patients.length === 1 ? consents : consents.filter((consent) => consent.patient === patient);
    const { recipient, verdict } = consentVerdict(question, {
      ...{ patient, scope: check.scope, consents: own, data, settings, silence },
      ...{ isGuarded: guarded, scopeAsks: asked !== undefined },
    });
    if (!verdict.permits) {
      check.consent = consentProblem(verdict, scope, recipient);
      return false;
    }
    const { basedOn, noRedisclosure, obligations } = verdict;
    if (basedOn.length > 0) notices.push(allowedByConsent(basedOn, check.scope));
    if (obligations.length > 0 || noRedisclosure)
      duties.push({ askEachPatient: false, basedOn, noRedisclosure, obligations });
  }
  check.consentNotices = notices;
  check.consentDuties = duties;
  return true;
}

/** The same of a scope for a token: what the rules can allow has its consent. */
export function checkConsentToGrant(_question: GrantQuestion, { lacking, problems }: GrantCheck): boolean {
  if (lacking !== null) problems.push(lacking);
  return problems.length === 0;
}
