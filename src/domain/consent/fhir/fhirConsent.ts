/**
 * A Consent of FHIR R4 (https://hl7.org/fhir/R4/consent.html), as far as it is written. It is compared with what the
 * specification defines where it is read, not by these types.
 */
export interface FhirConsent {
  readonly resourceType: "Consent";
  readonly id: string;
  readonly modifierExtension?: readonly FhirExtension[];
  readonly status: "active" | "inactive";
  readonly scope: FhirConcept;
  readonly category: readonly FhirConcept[];
  readonly patient: FhirReference;
  readonly dateTime?: string;
  readonly policy?: readonly { readonly uri: string }[];
  readonly policyRule?: FhirConcept;
  readonly provision: FhirProvision;
}

export interface FhirCoding {
  readonly system: string;
  readonly code: string;
}
interface FhirConcept {
  readonly coding: readonly FhirCoding[];
}
export interface FhirPeriod {
  readonly start?: string;
  readonly end?: string;
}
export interface FhirReference {
  readonly reference?: string;
  readonly identifier?: { readonly system: string; readonly value: string };
}
export interface FhirExtension {
  readonly url: string;
  readonly valueBoolean?: boolean;
  readonly valueString?: string;
}

export interface FhirProvision {
  readonly modifierExtension?: readonly FhirExtension[];
  readonly type: "permit" | "deny";
  readonly period?: FhirPeriod;
  readonly actor?: readonly { readonly role: FhirConcept; readonly reference: FhirReference }[];
  readonly action?: readonly FhirConcept[];
  readonly securityLabel?: readonly FhirCoding[];
  readonly purpose?: readonly FhirCoding[];
  readonly class?: readonly FhirCoding[];
  readonly code?: readonly FhirConcept[];
  readonly dataPeriod?: FhirPeriod;
  readonly data?: readonly { readonly meaning: string; readonly reference: FhirReference }[];
  readonly provision?: readonly FhirProvision[];
}

/** Whether purposes stand for narrower ones too, for which FHIR R4 has no place. A modifier: who does not know it must not go on. */
export const INCLUDE_NARROWER = "urn:scopewarden:fhir:include-narrower";

/** That it ends all that was said before of the same recipients and purposes, whatever data it names. */
export const REPLACES_ALL = "urn:scopewarden:fhir:replaces-all";

/** What a provision says beside what FHIR R4 has a place for, as JSON. A modifier too: it narrows. */
export const OTHER_TERMS = "urn:scopewarden:fhir:consent-terms";

/** Who is meant by an actor: the one who gets the data (HL7 v3 ParticipationType IRCP, information recipient). */
export const RECIPIENT_ROLE: FhirCoding = {
  system: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
  code: "IRCP",
};
export const RESOURCE_TYPES_SYSTEM = "http://hl7.org/fhir/resource-types";
