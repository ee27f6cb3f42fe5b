import { type KnownEntity, textsOf } from "./patientAccess.ts";

/** The properties of a patient that tie them to people, units or departments. */
const TIES = ["unit", "departments", "careTeam", "appointments", "orders", "referrals"] as const;

/** Whether the directory ties a patient to anybody or any place; null: it does not know the patient. */
export const isUnderCare = (patient: KnownEntity | null): boolean | null =>
  patient === null || patient.properties === null
    ? null
    : TIES.some((property) => textsOf(patient, property).length > 0);
