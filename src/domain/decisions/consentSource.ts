import { CONSENTS_OF_REQUEST, type ConsentStore } from "../consent/store.ts";
import type { Consent } from "../consent/types.ts";
import { badInput, ScopewardenError } from "../kernel/errors.ts";
import { requestedAction } from "../scopes/atom.ts";
import { patientsMember } from "./consentBounds.ts";
import type { FactQuery, FactSource } from "./gather.ts";
import { patientsOf } from "./patientsOf.ts";

const NONE: readonly Consent[] = [];
const NOTHING = { consents: NONE };

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

/** That the patients of a request have more consents than are read for one, told of the question that names most of them. */
function tooMany(
  requests: readonly Request[],
  asked: readonly (readonly string[])[],
  pathOf: (index: number) => string,
): ScopewardenError {
  const at = asked.reduce((most, patients, i) => (patients.length > (asked[most]?.length ?? 0) ? i : most), 0);
  const [request] = requests.slice(at);
  const member = request === undefined ? "resource" : patientsMember(request);
  const message = `and the patients of the other questions have more than ${CONSENTS_OF_REQUEST} consents, the most that are read for one request; ask about fewer patients at once`;
  return badInput([{ path: `${pathOf(at)}.${member}`, message }]);
}

/**
 * The newest version of each consent of the patients of a question, withdrawn and expired ones too, as they count for why it
 * is denied. All questions of a request are one read, which begins after they came: what was recorded before, on any
 * instance, is in it. Where nobody is named nothing is read.
 */
export function createConsentSource(store: Pick<ConsentStore, "ofPatients">): FactSource {
  return {
    async gather({ pathOf, requests }) {
      const asked = requests.map(consentPatients);
      const patients = [...new Set(asked.flat())];
      const most = pathOf === undefined ? undefined : CONSENTS_OF_REQUEST;
      const consents =
        patients.length === 0
          ? []
          : await store.ofPatients(patients, most).catch((error: unknown) => {
              if (pathOf === undefined || !(error instanceof ScopewardenError && error.code === "BAD_USER_INPUT"))
                throw error;
              throw tooMany(requests, asked, pathOf);
            });
      const byPatient = new Map<string, Consent[]>();
      for (const consent of consents) {
        const others = byPatient.get(consent.patient);
        if (others === undefined) byPatient.set(consent.patient, [consent]);
        else others.push(consent);
      }
      return asked.map((named) => {
        const [only] = named;
        if (only === undefined) return NOTHING;
        if (named.length === 1) return { consents: byPatient.get(only) ?? NONE };
        return { consents: named.flatMap((patient) => byPatient.get(patient) ?? NONE) };
      });
    },
  };
}
