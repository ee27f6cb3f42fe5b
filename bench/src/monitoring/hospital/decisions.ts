import type { ReasonCode } from "../../../../src/domain/decisions/reason.ts";
import type { NetworkPlace, WatchedDecision } from "../../../../src/domain/monitoring/watchedDecision.ts";
import type { Random } from "../random.ts";
import {
  CLINICS_NETWORK,
  EHR,
  ORGANIZATION,
  PORTAL,
  ROLE_SCOPES,
  type SystemClient,
  WARDS_NETWORK,
} from "./clients.ts";
import type { GroundDecision, Label, Patient, Staff } from "./types.ts";

/** What somebody does to whose data. */
export interface Deed {
  readonly action: string;
  readonly resourceType: string;
  readonly patient: Patient | null;
}

/** What differs from the ordinary. */
type Beside = Partial<Omit<GroundDecision, "at" | "label" | "patients">>;

const ALLOWED: readonly ReasonCode[] = ["ALLOWED_BY_RULE"];
const LETTERS: Readonly<Record<string, string>> = { create: "c", read: "r", update: "u", delete: "d", search: "s" };

/** The scope of a token that covers a deed; null: none does. */
function covering(scopes: readonly string[], { action, resourceType }: Deed): string | null {
  const letter = LETTERS[action] ?? action;
  return (
    scopes.find((scope) => {
      const [name = "", letters = ""] = (scope.split("/")[1] ?? "").split(".");
      return (name === resourceType || name === "*") && letters.includes(letter);
    }) ?? null
  );
}

/** Restricted data is a part of what there is of a patient; which part is the same for all who look. */
function labelsOf({ patient, resourceType }: Deed): WatchedDecision["labels"] {
  if (patient === null || !patient.sensitive) return ["N"];
  return ["Observation", "Condition", "DocumentReference", "MedicationRequest"].includes(resourceType)
    ? ["PSY", "R"]
    : ["N"];
}

function resourceIdOf({ action, patient, resourceType }: Deed, random: Random): string | null {
  if (patient === null || action === "search" || action === "create") return null;
  return resourceType === "Patient" ? patient.id : `${patient.id}-${resourceType}-${random.below(40)}`;
}

function decision(at: number, deed: Deed, random: Random, scopesAsked: readonly string[]) {
  const used = covering(scopesAsked, deed);
  return {
    at,
    kind: "ACCESS",
    outcome: "ALLOW",
    reasons: ALLOWED,
    scopesAsked,
    scopesUsed: used === null ? [] : [used],
    action: deed.action,
    resourceType: deed.resourceType,
    resourceId: resourceIdOf(deed, random),
    labels: labelsOf(deed),
    patients: deed.patient === null ? [] : [deed.patient.id],
    organization: ORGANIZATION,
    breakGlass: false,
  } as const;
}

const OFFICE_UNITS = /^(clinic|coding|quality|it$)/;

/** Somebody of the staff at work. */
export function staffDecision(
  {
    at,
    person,
    label,
    random,
  }: { readonly at: number; readonly person: Staff; readonly label: Label; readonly random: Random },
  deed: Deed,
  beside: Beside = {},
): GroundDecision {
  const place: NetworkPlace = OFFICE_UNITS.test(person.unit) ? CLINICS_NETWORK : WARDS_NETWORK;
  const clientId = beside.clientId ?? EHR;
  return {
    ...decision(at, deed, random, beside.scopesAsked ?? ROLE_SCOPES[person.role]),
    callerId: `key-${clientId}`,
    clientId,
    subject: { type: "user", id: person.id },
    roles: [person.role],
    unit: person.unit,
    purposeOfUse: person.role === "coder" ? "HPAYMT" : person.role === "auditor" ? "HOPERAT" : "TREAT",
    place,
    label,
    ...beside,
  };
}

/** A client for itself. */
export function systemDecision(
  {
    at,
    client,
    label,
    random,
  }: { readonly at: number; readonly client: SystemClient; readonly label: Label; readonly random: Random },
  deed: Deed,
  beside: Beside = {},
): GroundDecision {
  return {
    ...decision(at, deed, random, beside.scopesAsked ?? client.scopes),
    callerId: client.callerId,
    clientId: client.id,
    subject: null,
    roles: ["system"],
    unit: null,
    purposeOfUse: client.purpose,
    place: client.place,
    label,
    ...beside,
  };
}

/** A patient, or who speaks for one, at home. */
export function patientDecision(
  {
    at,
    self,
    place,
    label,
    random,
    client = PORTAL,
  }: {
    readonly at: number;
    readonly self: Patient;
    readonly place: NetworkPlace;
    readonly label: Label;
    readonly random: Random;
    readonly client?: SystemClient;
  },
  deed: Deed,
  beside: Beside = {},
): GroundDecision {
  const own = systemDecision({ at, client, label, random }, deed);
  return { ...own, subject: { type: "patient", id: self.id }, roles: ["patient"], place, ...beside };
}

/** The token with which work begins. */
export function tokenOf(first: GroundDecision, at: number, scopes = first.scopesAsked ?? []): GroundDecision {
  const none = { action: null, resourceType: null, resourceId: null, labels: [], patients: [] };
  return {
    ...first,
    ...none,
    at,
    kind: "GRANT",
    outcome: "ALLOW",
    reasons: ALLOWED,
    scopesAsked: scopes,
    scopesUsed: scopes,
    breakGlass: false,
  };
}

/** The same as one that was refused. */
export const refused = (one: GroundDecision, ...reasons: ReasonCode[]): GroundDecision => ({
  ...one,
  outcome: "DENY",
  reasons,
  scopesUsed: [],
});
