import { parameterKinds } from "../scopes/fhir.ts";
import type { MeaningfulProperty } from "./properties.ts";

/**
 * What an attribute tells by its values: `PEOPLE`, whose data it is or who asks; `NOBODY`, what is the same of many. `UNKNOWN`: neither
 * FHIR nor the directory has the name, so that it may be somebody's number.
 */
export type AttributeTells = "PEOPLE" | "NOBODY" | "UNKNOWN";

const MEANINGS = {
  name: "PEOPLE",
  address: "PEOPLE",
  organization: "PEOPLE",
  patient: "PEOPLE",
  patients: "PEOPLE",
  labels: "NOBODY",
  careTeam: "PEOPLE",
  appointments: "PEOPLE",
  orders: "PEOPLE",
  referrals: "PEOPLE",
  unit: "PEOPLE",
  departments: "PEOPLE",
  groups: "PEOPLE",
  identifiers: "PEOPLE",
  household: "PEOPLE",
  relatives: "PEOPLE",
  patientRecord: "PEOPLE",
  represents: "PEOPLE",
  vip: "PEOPLE",
  fhirReferences: "PEOPLE",
  fhirUser: "PEOPLE",
  accounts: "PEOPLE",
  references: "PEOPLE",
  codes: "NOBODY",
} as const satisfies Record<MeaningfulProperty | "references" | "codes", AttributeTells>;
const meanings = new Map<string, AttributeTells>(Object.entries(MEANINGS));

/** Kinds of search parameters (FHIR R4, section 3.1.1.4) whose values many share; a reference, a text or a URI may be of one. */
const SHARED: ReadonlySet<string> = new Set(["token", "date", "number", "quantity"]);
/** Names of those kinds that are of one all the same: identifiers, ways to reach somebody, birth and death. */
const OF_ONE =
  /(?:id|identifier|identity|identified|birthdate|death-?date|email|phone|telecom|user|din|accession|instance|requisition)$/;

/** A year, a month or a day, as FHIR writes it; before it, in a constraint, how it is compared. */
const WHOLE_DAY = /^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)?\d{4}(?:-\d\d){0,2}$/;
export const isDayOrMore = (value: string): boolean => WHOLE_DAY.test(value);

/** What an attribute, or a search parameter, of this name tells. */
export function attributeTells(name: string): AttributeTells {
  const meaning = meanings.get(name);
  if (meaning !== undefined) return meaning;
  const kinds = parameterKinds(name);
  if (kinds.size === 0) return "UNKNOWN";
  return OF_ONE.test(name) || [...kinds].some((kind) => !SHARED.has(kind)) ? "PEOPLE" : "NOBODY";
}

/** Whether an attribute, or a search parameter, of this name says when: to the day many share it, to the second it may be of one. */
export const saysWhen = (name: string): boolean =>
  attributeTells(name) === "NOBODY" && parameterKinds(name).has("date");
