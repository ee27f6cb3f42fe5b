import type { ConsentStore } from "../consent/store.ts";
import type { Consent } from "../consent/types.ts";
import { requestedAction } from "../scopes/atom.ts";
import type { FactQuery, FactSource } from "./gather.ts";
import { patientsOf } from "./patientsOf.ts";

type Request = FactQuery["requests"][number];

/**
 * Whose consents a question may rest on: of those whom its resource names; of a token, and of a search that names nobody, of
 * the patient in context.
 */
export function consentPatients(request: Request): readonly string[] {
  const named = "resource" in request ? patientsOf(request.resource) : [];
  const isSet = !("resource" in request) || requestedAction(request.action, request.resource) === "search";
  if (named.length > 0 || !isSet) return named;
  const patient = request.context?.patient ?? null;
  return patient === null ? named : [patient];
}

/**
 * The newest version of each consent of the patients of a question, withdrawn and expired ones too, as they count for why it
 * is denied. All questions of a request are one read, which begins after they came: what was recorded before, on any
 * instance, is in it. Where nobody is named nothing is read.
 */
export function createConsentSource(store: Pick<ConsentStore, "ofPatients">): FactSource {
  return {
    async gather({ requests }) {
      const asked = requests.map(consentPatients);
      const patients = [...new Set(asked.flat())];
      const consents = patients.length === 0 ? [] : await store.ofPatients(patients);
      const byPatient = new Map<string, Consent[]>();
      for (const consent of consents) {
        const others = byPatient.get(consent.patient);
        if (others === undefined) byPatient.set(consent.patient, [consent]);
        else others.push(consent);
      }
      return asked.map((named) => ({ consents: named.flatMap((patient) => byPatient.get(patient) ?? []) }));
    },
  };
}
