import { isoTime } from "../../kernel/time.ts";
import { isFhirType } from "../../scopes/fhir.ts";
import { ACT_CODE_SYSTEM } from "../../scopes/securityLabels.ts";
import { codingOf } from "../hl7Codes.ts";
import { areasOf } from "../supersession.ts";
import type { Consent, ConsentException } from "../types.ts";
import { type CodingCheck, checkAction, checkCode, checkLabel, checkPurpose } from "./fhirCodes.ts";
import {
  type FhirConsent,
  type FhirPeriod,
  type FhirProvision,
  type FhirReference,
  INCLUDE_NARROWER,
  RECIPIENT_ROLE,
  REPLACES_ALL,
  RESOURCE_TYPES_SYSTEM,
} from "./fhirConsent.ts";
import { type FlatTerms, TERMS, writeOtherTerms } from "./otherTerms.ts";
import { targetOf, writeRecipient } from "./references.ts";

/** What holds beside a provision that refuses. */
const OPTOUT = { system: ACT_CODE_SYSTEM, code: "OPTOUT" };
/** The same beside one that permits, where OPTOUT would contradict it: FHIR asks for a policy or a rule (ppc-1). */
const NOTHING_ELSE = { uri: "urn:scopewarden:fhir:nothing-else-is-permitted" };
const CONSENT_DOCUMENT = { system: "http://loinc.org", code: "59284-0" };

/** The years that a date of FHIR can say. */
const [FIRST, LAST] = [-62_135_596_800_000, 253_402_300_799_999];
const isWritten = (time: number | null): time is number => time !== null && time > FIRST && time < LAST;

const fits =
  (check: CodingCheck) =>
  (code: string): boolean =>
    check(codingOf(code)) === null;

const isIdOf = (reference: string): boolean => targetOf(reference) !== null;

/** Whether FHIR R4 has a place for a member as it is, so that it is read as it was written. */
const HAS_PLACE: { readonly [N in keyof FlatTerms]: (value: NonNullable<FlatTerms[N]>) => boolean } = {
  recipients: (all) => all.length > 0 && all.every((each) => writeRecipient(each) !== null),
  scopes: () => false,
  purposes: (all) => all.length > 0 && all.every(fits(checkPurpose)),
  actions: (all) => all.length > 0 && all.every(fits(checkAction)),
  validFrom: isWritten,
  validUntil: isWritten,
  resourceTypes: (all) => all.length > 0 && all.every((type) => isFhirType(type)),
  categories: () => false,
  labels: (all) => all.length > 0 && all.every(fits(checkLabel)),
  codes: (all) => all.length > 0 && all.every(fits(checkCode)),
  references: (all) => all.length > 0 && all.every(({ reference }) => isIdOf(reference)),
  authors: () => false,
  from: isWritten,
  until: isWritten,
  grantId: () => false,
  answers: () => false,
};

const isSayable = (terms: FlatTerms, name: keyof FlatTerms): boolean =>
  (HAS_PLACE[name] as (value: unknown) => boolean)(terms[name]);

/** What is said and has no place. A period whose ends are the wrong way round is none of FHIR's. */
function otherTerms(terms: FlatTerms): Partial<FlatTerms> {
  const inverted = (from: number | null, until: number | null) => from !== null && until !== null && until <= from;
  const withoutPlace = new Set<keyof FlatTerms>([
    ...(inverted(terms.validFrom, terms.validUntil) ? (["validFrom", "validUntil"] as const) : []),
    ...(inverted(terms.from, terms.until) ? (["from", "until"] as const) : []),
  ]);
  const said = TERMS.filter((name) => terms[name] !== null);
  return Object.fromEntries(
    said.filter((name) => withoutPlace.has(name) || !isSayable(terms, name)).map((name) => [name, terms[name]]),
  );
}

/** FHIR includes the end of a period, the last millisecond here. */
function writePeriod(from: number | null, until: number | null): FhirPeriod | null {
  if (from === null && until === null) return null;
  return { ...(from !== null && { start: isoTime(from) }), ...(until !== null && { end: isoTime(until - 1) }) };
}

const concept = (code: string) => ({ coding: [codingOf(code)] });
const actor = (reference: FhirReference) => ({ role: { coding: [RECIPIENT_ROLE] }, reference });

/** An exception, or the whole of a consent but for its exceptions. */
type Written = ConsentException & Pick<Consent, "answers">;

function writeProvision({ answers, data, effect, grantId, ...rest }: Written): Omit<FhirProvision, "provision"> {
  const terms: FlatTerms = { ...rest, ...data, grantId: grantId ?? null, answers: answers ?? null };
  const other = otherTerms(terms);
  const extension = writeOtherTerms(other);
  const said = <N extends keyof FlatTerms>(name: N): FlatTerms[N] | null => (name in other ? null : terms[name]);
  const period = writePeriod(said("validFrom"), said("validUntil"));
  const dataPeriod = writePeriod(said("from"), said("until"));
  const [recipients, actions, labels] = [said("recipients"), said("actions"), said("labels")];
  const [purposes, resourceTypes, codes, references] = [
    said("purposes"),
    said("resourceTypes"),
    said("codes"),
    said("references"),
  ];
  return {
    ...(extension.length > 0 && { modifierExtension: extension }),
    type: effect === "PERMIT" ? "permit" : "deny",
    ...(period !== null && { period }),
    ...(recipients !== null && { actor: recipients.flatMap((each) => writeRecipient(each) ?? []).map(actor) }),
    ...(actions !== null && { action: actions.map(concept) }),
    ...(labels !== null && { securityLabel: labels.map(codingOf) }),
    ...(purposes !== null && { purpose: purposes.map(codingOf) }),
    ...(resourceTypes !== null && {
      class: resourceTypes.map((code) => ({ system: RESOURCE_TYPES_SYSTEM, code })),
    }),
    ...(codes !== null && { code: codes.map(concept) }),
    ...(dataPeriod !== null && { dataPeriod }),
    ...(references !== null && {
      data: references.map(({ meaning, reference }) => ({ meaning, reference: { reference } })),
    }),
  };
}

/**
 * A consent as a Consent of FHIR R4, of which reading gives the same terms, step and time again. What FHIR R4 has no place
 * for stands in modifier extensions, so that no reader goes on without it.
 */
export function writeFhirConsent(consent: Consent): FhirConsent {
  const { actions, data, effect, exceptions, includeNarrower, madeAt, purposes, recipients, scopes } = consent;
  const { answers, validFrom, validUntil } = consent;
  const said = { actions, data, effect, purposes, recipients, scopes, validFrom, validUntil };
  const root = writeProvision({ ...said, ...(answers !== undefined && { answers }) });
  const modifiers = [...(includeNarrower ? [INCLUDE_NARROWER] : []), ...(consent.replacesAll ? [REPLACES_ALL] : [])];
  return {
    resourceType: "Consent",
    id: consent.id,
    ...(modifiers.length > 0 && { modifierExtension: modifiers.map((url) => ({ url, valueBoolean: true })) }),
    status: consent.step === "RECORDED" ? "active" : "inactive",
    scope: { coding: areasOf(consent).map(codingOf) },
    category: [{ coding: [CONSENT_DOCUMENT] }],
    patient: { reference: `Patient/${consent.patient}` },
    ...(isWritten(madeAt) && { dateTime: isoTime(madeAt) }),
    ...(effect === "PERMIT" ? { policy: [NOTHING_ELSE] } : { policyRule: { coding: [OPTOUT] } }),
    provision: { ...root, ...(exceptions.length > 0 && { provision: exceptions.map((each) => writeProvision(each)) }) },
  };
}
