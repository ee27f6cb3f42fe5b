import { listWithout, PartlyKnown, UNKNOWN, Unknown } from "../partial.ts";
import type { GrantQuestion } from "../question.ts";
import type { PartialFacts } from "../ruleEngine.ts";
import type { Subject } from "../types.ts";
import type { Cell } from "./cells.ts";
import type { Place } from "./places.ts";

/** What is given is known. What is not given is not known: a resource server may send it later. */
function laterUnknown<T extends object>(given: T): { readonly [N in keyof T]: T[N] | Unknown } {
  const entries = Object.entries(given).map(([name, value]) => [name, value === null ? UNKNOWN : value]);
  return Object.fromEntries(entries) as { readonly [N in keyof T]: T[N] | Unknown };
}

/**
 * The subject, of which the directory may know more. Where the request says no attributes, a resource server may send
 * others than those that are known; these it can't change.
 */
function openSubject({ known, request: { subject } }: GrantQuestion) {
  if (subject === null) return null;
  const { attributes } = subject;
  if (attributes === null || known?.moreAttributes !== true) return subjectOf(subject);
  return { ...subjectOf(subject), attributes: new PartlyKnown(attributes) };
}

/** Whom the resources of a place may name: where it is one of several, any of them stands alone in `patient`, or none. */
function patientsIn(
  { patients }: Place,
  patient: string | null,
): Pick<PartialFacts["request"]["resource"], "patient" | "patients"> {
  if (patients === "NOBODY") return { patient: null, patients: null };
  if (patients !== "OTHERS" || patient === null) return { patient: UNKNOWN, patients: UNKNOWN };
  return { patient: new Unknown([patient]), patients: listWithout([patient]) };
}

function subjectOf({ roles: _, ...subject }: Subject) {
  return laterUnknown(subject);
}

/** What conditions can see of the requests of a cell. */
export function openFacts(question: GrantQuestion, { place, typeForConditions }: Cell): PartialFacts {
  const { client, facts, request } = question;
  const patient = request.context?.patient ?? null;
  return {
    client: { id: request.clientId, name: client?.name ?? null },
    now: facts.now,
    request: {
      subject: openSubject(question),
      purposeOfUse: request.purposeOfUse ?? UNKNOWN,
      context: request.context === null ? UNKNOWN : laterUnknown(request.context),
      resource: {
        type: typeForConditions,
        id: UNKNOWN,
        ...patientsIn(place, patient),
        organization: place.organization,
        labels: UNKNOWN,
        attributes: UNKNOWN,
      },
    },
  };
}
