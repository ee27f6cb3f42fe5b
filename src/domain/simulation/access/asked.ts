import type { DecideFacts } from "../../decisions/facts.ts";
import { queryOf } from "../../decisions/holds/query.ts";
import { type HeldRoles, organizationsOf, rolesIn } from "../../decisions/holds/roles.ts";
import { mayReachShared } from "../../decisions/holds/sharedReach.ts";
import { type KnownFacts, mergeFacts } from "../../decisions/mergeFacts.ts";
import { PartlyKnown, UNKNOWN, Unknown } from "../../decisions/partial.ts";
import type { PartialFacts } from "../../decisions/ruleEngine.ts";
import type { AccessRequest, Resource, Subject } from "../../decisions/types.ts";
import { settingsOf } from "../../policy/organizations.ts";
import { ALL_ORGANIZATIONS, USER } from "../../policy/types.ts";
import type { AtomRequest } from "../../scopes/match.ts";
import { isSharedType } from "../../scopes/sharedTypes.ts";
import type { Whose } from "./accessWords.ts";

/** Organizations that are told apart; of more, not all are. */
const MOST_PLACES = 50;

/** What is known of the requests that are asked about: all but the resource, and what else is not said. */
export interface AskedOf extends Pick<AccessRequest, "clientId" | "subject" | "purposeOfUse" | "context"> {
  readonly scopes: readonly string[];
  /** Whose the resource is; null: any, or nobody's. */
  readonly organization: string | null;
}

/** Where a resource may be, as far as roles and settings tell. */
export interface Place {
  /** Null: in none of the others, or in no organization. */
  readonly name: string | null;
  readonly organization: string | Unknown;
  readonly roles: HeldRoles;
}

/** One question about access, ready to be asked for each of its scopes. */
export interface Asked {
  readonly facts: DecideFacts;
  readonly of: AskedOf;
  /** A request of its kind, as the directory completes it: without a resource. */
  readonly request: AccessRequest;
  readonly known: KnownFacts | null;
  readonly places: readonly Place[];
  /** The organizations that are told apart. */
  readonly named: readonly string[];
  /** Not all organizations are told apart. */
  readonly isCut: boolean;
}

const NO_RESOURCE: Resource = {
  type: "*",
  id: null,
  patient: null,
  patients: null,
  organization: null,
  labels: null,
  attributes: null,
};

/** The organizations that have a setting of their own of what `patient/` scopes reach, of what silence means, or of purposes. */
function decidingOtherwise({ snapshot }: DecideFacts): readonly string[] {
  const all = settingsOf(snapshot, null);
  const own = [...snapshot.organizations.values()].filter(
    ({ consentOnSilence, id, patientScopesReachShared, purposeRequired }) =>
      id !== ALL_ORGANIZATIONS &&
      (patientScopesReachShared === !all.patientScopesReachShared ||
        purposeRequired === !all.purposeRequired ||
        consentOnSilence !== null),
  );
  return own.map(({ id }) => id);
}

export function askedOf(facts: DecideFacts, of: AskedOf): Asked {
  const { clientId, context, organization, purposeOfUse, scopes, subject } = of;
  const asked = {
    clientId,
    context,
    purposeOfUse,
    scopes,
    subject,
    action: "",
    resource: NO_RESOURCE,
    requestId: null,
  };
  const { known, request } = mergeFacts(facts.directory, asked);
  const placeOf = (name: string | null, others: readonly string[]): Place => ({
    name,
    organization: name ?? new Unknown(others),
    roles: rolesIn(facts, request, name),
  });
  if (organization !== null)
    return { facts, of, request, known, places: [placeOf(organization, [])], named: [organization], isCut: false };
  const all = [...new Set([...organizationsOf(facts, request), ...decidingOtherwise(facts)])].sort();
  const named = all.slice(0, MOST_PLACES);
  const places = [...named, null].map((name) => placeOf(name, named));
  return { facts, of, request, known, places, named, isCut: all.length > named.length };
}

/** Stands for a patient in context who is not said, and for somebody else: no id has a line feed. */
const [SOMEBODY, SOMEBODY_ELSE] = ["\n", "\n\n"];

/** What is asked of atoms, for the requests of one kind; attributes are not known. */
export function atomRequestOf(
  { facts, of, request }: Asked,
  on: { readonly action: string; readonly resourceType: string; readonly place: Place; readonly whose: Whose },
): AtomRequest {
  const { action, place, resourceType, whose } = on;
  const resource = { ...NO_RESOURCE, type: resourceType, organization: place.name };
  const isOpen = whose === "ANYONE" || whose === "NO_CONTEXT";
  const patient = isOpen ? null : (of.context?.patient ?? SOMEBODY);
  return {
    ...queryOf(facts, { ...request, action, resource }, of.scopes),
    contextPatient: patient,
    resourcePatients: whose === "OWN" && patient !== null ? [patient] : whose === "OTHERS" ? [SOMEBODY_ELSE] : [],
    reachesShared: whose === "NOBODY" && isSharedType(resourceType) && mayReachShared(facts.snapshot, place.name),
  };
}

/** Somebody of whom nothing is known but the roles that a policy gives. */
export const ANY_HOLDER: Subject = { id: SOMEBODY, type: USER, organization: null, roles: null, attributes: null };

/** What conditions can see of such a subject. */
const NOTHING_KNOWN = { id: UNKNOWN, type: UNKNOWN, organization: UNKNOWN, attributes: UNKNOWN };

/** What is given is known; what is not, a resource server may send. */
const laterUnknown = <T extends object>(given: T): { readonly [N in keyof T]: T[N] | Unknown } =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? UNKNOWN])) as {
    readonly [N in keyof T]: T[N] | Unknown;
  };

/** What conditions can see of the requests of one kind. */
export function partialFactsOf({ facts, known, request }: Asked, place: Place, type: string | Unknown): PartialFacts {
  const { clientId, context, purposeOfUse, subject: of } = request;
  const client = facts.snapshot.clients.get(clientId);
  const { roles: _, ...subject } = of ?? { roles: null };
  const isAny = of?.id === ANY_HOLDER.id;
  const open = isAny ? NOTHING_KNOWN : laterUnknown(subject as Omit<NonNullable<typeof of>, "roles">);
  const isMore = of !== null && of.attributes !== null && known?.moreAttributes === true;
  return {
    client: { id: clientId, name: client?.name ?? null },
    now: facts.now,
    request: {
      subject: of === null ? null : isMore ? { ...open, attributes: new PartlyKnown(of.attributes ?? {}) } : open,
      purposeOfUse: purposeOfUse ?? UNKNOWN,
      context: context === null ? UNKNOWN : laterUnknown(context),
      resource: {
        type,
        id: UNKNOWN,
        patient: UNKNOWN,
        patients: UNKNOWN,
        organization: place.organization,
        labels: UNKNOWN,
        attributes: UNKNOWN,
      },
    },
  };
}
