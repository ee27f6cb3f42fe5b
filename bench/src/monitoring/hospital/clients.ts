import type { NetworkPlace } from "../../../../src/domain/monitoring/watchedDecision.ts";
import type { Hl7Purpose } from "../../../../src/domain/scopes/purposes.ts";
import type { StaffRole } from "./types.ts";

export const ORGANIZATION = "general-hospital";

// Networks and numbers of RFC 5737 and RFC 5398, which belong to nobody.
export const WARDS_NETWORK: NetworkPlace = { network: "192.0.2.0/24", autonomousSystem: 64496, country: "NL" };
export const CLINICS_NETWORK: NetworkPlace = { network: "198.51.100.0/24", autonomousSystem: 64496, country: "NL" };
export const DATA_CENTRE: NetworkPlace = { network: "203.0.113.0/24", autonomousSystem: 64497, country: "NL" };

/** A line at home: many networks of few providers. */
export const homeNetwork = (line: number): NetworkPlace => ({
  network: `100.${64 + ((line >> 8) % 64)}.${line % 256}.0/24`,
  autonomousSystem: 64500 + (line % 4),
  country: line % 97 === 0 ? "BE" : "NL",
});

/** What may be read with a token of a role, by the EHR and the rounds app. */
export const ROLE_SCOPES: Readonly<Record<StaffRole, readonly string[]>> = {
  nurse: [
    "user/Patient.rs",
    "user/Observation.crus",
    "user/MedicationRequest.rs",
    "user/MedicationAdministration.crus",
    "user/CarePlan.rs",
  ],
  physician: [
    "user/Patient.rs",
    "user/Observation.rs",
    "user/MedicationRequest.crus",
    "user/Condition.crus",
    "user/DiagnosticReport.rs",
    "user/DocumentReference.crus",
  ],
  therapist: ["user/Patient.rs", "user/CarePlan.rus", "user/Observation.rs"],
  technician: ["user/Patient.rs", "user/ServiceRequest.rs", "user/Observation.crus", "user/DiagnosticReport.crus"],
  clerk: ["user/Patient.rus", "user/Encounter.crus", "user/Coverage.rs"],
  coder: ["user/Patient.rs", "user/Encounter.rus", "user/Condition.rs", "user/DocumentReference.rs"],
  auditor: ["user/Patient.rs", "user/Encounter.rs", "user/DocumentReference.rs"],
  admin: ["user/Practitioner.rs"],
  pharmacist: ["user/Patient.rs", "user/MedicationRequest.rus", "user/AllergyIntolerance.rs", "user/Observation.rs"],
  infectionControl: ["user/Patient.rs", "user/Observation.rs", "user/Encounter.rs"],
  palliative: ["user/Patient.rs", "user/Observation.rs", "user/CarePlan.crus", "user/DocumentReference.rs"],
  dischargePlanner: ["user/Patient.rs", "user/Encounter.rus", "user/CarePlan.rs", "user/Coverage.rs"],
};

/** A client of the hospital that acts for itself, or for patients. */
export interface SystemClient {
  readonly id: string;
  readonly callerId: string;
  readonly scopes: readonly string[];
  readonly purpose: Hl7Purpose;
  readonly place: NetworkPlace;
}
const system = (id: string, purpose: Hl7Purpose, ...scopes: string[]): SystemClient => ({
  id,
  callerId: `key-${id}`,
  scopes,
  purpose,
  place: DATA_CENTRE,
});

export const LAB_SYSTEM = system("lab-system", "TREAT", "system/Observation.c", "system/ServiceRequest.rs");
export const PHARMACY = system(
  "pharmacy-system",
  "TREAT",
  "system/MedicationRequest.rs",
  "system/AllergyIntolerance.rs",
);
export const BILLING = system(
  "billing-batch",
  "HPAYMT",
  "system/Encounter.rs",
  "system/Claim.crus",
  "system/Coverage.rs",
);
export const WAREHOUSE = system("research-warehouse", "HRESCH", "system/Observation.rs", "system/Condition.rs");
export const SCHEDULING = system("scheduling-system", "HOPERAT", "system/Appointment.crus", "system/Patient.rs");
/** It was used in the first week, and nobody took it away. */
export const OLD_INTERFACE = system("old-interface", "HOPERAT", "system/Patient.rs", "system/Observation.rs");
export const PORTAL = system(
  "patient-portal",
  "PATRQT",
  "patient/Observation.rs",
  "patient/Appointment.rs",
  "patient/DocumentReference.rs",
);
export const WEARABLE = system("wearable-app", "PATRQT", "patient/Observation.crs");
/** Rolled out in the scored weeks. */
export const TELEHEALTH = system(
  "telehealth",
  "TREAT",
  "user/Patient.rs",
  "user/Observation.rs",
  "user/Appointment.rs",
);

/** The clients that staff works with. */
export const EHR = "ehr";
export const ROUNDS = "rounds-app";

export const SYSTEM_CLIENTS: readonly SystemClient[] = [
  LAB_SYSTEM,
  PHARMACY,
  BILLING,
  WAREHOUSE,
  SCHEDULING,
  OLD_INTERFACE,
  PORTAL,
  WEARABLE,
  TELEHEALTH,
];
